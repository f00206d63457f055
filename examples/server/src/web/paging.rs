//! Long lists in pages.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Where one is in a long list, and the links to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pages {
    /// From 1.
    pub(crate) number: u32,
    pub(crate) count: u32,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

impl Pages {
    /// The page that was asked for, or the last one when there are fewer.
    pub(crate) fn new(path: &str, search: &str, asked: u32, total: u64, per_page: u32) -> Self {
        let count = u32::try_from(total.div_ceil(u64::from(per_page.max(1))))
            .unwrap_or(u32::MAX)
            .max(1);
        let number = asked.clamp(1, count);
        let url = |page: u32| {
            let mut query = Vec::new();
            if !search.is_empty() {
                query.push(format!("q={}", utf8_percent_encode(search, NON_ALPHANUMERIC)));
            }
            if page > 1 {
                query.push(format!("page={page}"));
            }
            if query.is_empty() {
                path.to_owned()
            } else {
                format!("{path}?{}", query.join("&"))
            }
        };
        Self {
            number,
            count,
            previous: (number > 1).then(|| url(number.saturating_sub(1))),
            next: (number < count).then(|| url(number.saturating_add(1))),
        }
    }

    /// How many entries come before this page.
    pub(crate) const fn offset(&self, per_page: u32) -> u32 {
        self.number.saturating_sub(1).saturating_mul(per_page)
    }

    /// Whether there is more than one page.
    pub(crate) const fn is_needed(&self) -> bool {
        self.count > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_go_one_page_on_and_back() {
        let pages = Pages::new("/", "a&b", 2, 61, 30);
        assert_eq!((pages.number, pages.count, pages.offset(30)), (2, 3, 30));
        assert_eq!(pages.previous.as_deref(), Some("/?q=a%26b"));
        assert_eq!(pages.next.as_deref(), Some("/?q=a%26b&page=3"));
    }

    #[test]
    fn pages_that_are_not_there_become_the_nearest() {
        let first = Pages::new("/", "", 0, 60, 30);
        assert_eq!((first.number, first.previous.is_none()), (1, true));
        let last = Pages::new("/", "", u32::MAX, 60, 30);
        assert_eq!((last.number, last.next.is_none()), (2, true));
        assert!(!Pages::new("/", "", 1, 0, 30).is_needed());
    }
}

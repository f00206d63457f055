//! Attribute lists ([RFC 8216bis section 4.2](https://datatracker.ietf.org/doc/html/draft-ietf-hls-rfc8216bis#section-4.2)), read
//! strictly: what two readers could take for two things is none.

/// One attribute, as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    /// The value without its quotes.
    pub(super) value: &'a str,
    pub(super) quoted: bool,
    /// Where the value starts in the list, behind the quote when there is one.
    pub(super) at: usize,
}

/// Reads a list one attribute after another. Yields `Err(())` once, and ends, where the grammar is broken.
#[derive(Debug, Clone)]
pub(super) struct Attributes<'a> {
    list: &'a str,
    at: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// An attribute must follow.
    Expecting,
    Ended,
}

/// The list is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadList;

impl<'a> Attributes<'a> {
    pub(super) fn of(list: &'a str) -> Self {
        Self {
            list: list.trim_end(),
            at: 0,
            state: State::Expecting,
        }
    }

    fn read(&mut self) -> Option<Attribute<'a>> {
        let rest = self.list.get(self.at..)?;
        // No grammar has a space behind the comma, many writers do.
        let trimmed = rest.trim_start_matches(' ');
        let (name, value) = trimmed.split_once('=')?;
        if name.is_empty() || !name.bytes().all(is_name_byte) {
            return None;
        }
        let start = self.list.len().checked_sub(value.len())?;
        let (attribute, after) = if let Some(quoted) = value.strip_prefix('"') {
            let (text, after) = quoted.split_once('"')?;
            let at = start.checked_add(1)?;
            (
                Attribute {
                    name,
                    value: text,
                    quoted: true,
                    at,
                },
                after,
            )
        } else {
            let end = value.find(',').unwrap_or(value.len());
            let (text, after) = value.split_at_checked(end)?;
            if text.is_empty() || text.contains(['"', ' ', '\t']) {
                return None;
            }
            (
                Attribute {
                    name,
                    value: text,
                    quoted: false,
                    at: start,
                },
                after,
            )
        };
        match after.strip_prefix(',') {
            None if after.is_empty() => self.state = State::Ended,
            // A comma at the very end, as some writers leave it, announces nothing.
            Some("") => self.state = State::Ended,
            Some(rest) => self.at = self.list.len().checked_sub(rest.len())?,
            None => return None,
        }
        Some(attribute)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, BadList>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Ended {
            return None;
        }
        let attribute = self.read();
        if attribute.is_none() {
            self.state = State::Ended;
        }
        Some(attribute.ok_or(BadList))
    }
}

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_with_commas_in_quotes() {
        let list = "METHOD=AES-128,URI=\"a,b=c.key\", IV=0x1,";
        let read: Vec<_> = Attributes::of(list).collect::<Result<_, _>>().unwrap();
        let pairs: Vec<_> = read.iter().map(|a| (a.name, a.value, a.quoted)).collect();
        assert_eq!(
            pairs,
            [
                ("METHOD", "AES-128", false),
                ("URI", "a,b=c.key", true),
                ("IV", "0x1", false)
            ]
        );
        for attribute in read {
            assert_eq!(&list[attribute.at..][..attribute.value.len()], attribute.value);
        }
    }

    #[test]
    fn what_breaks_the_grammar_is_no_list() {
        for list in [
            "", "A", "=1", "A=", "A=,B=1", "A=\"x", "A=\"x\"y", "A=x\"y\"", "A=1,,B=1", "A B=1", "A=1 ,B=1",
            "A=x y", "\u{e9}=1",
        ] {
            assert!(Attributes::of(list).any(|read| read.is_err()), "{list:?}");
        }
    }
}

//! The generated parts of a page: each stands between two markers, and all around them is written by hand.

use std::io;

/// Puts text between the markers `<!-- NAME -->` and `<!-- /NAME -->`, in place of what stands there.
///
/// # Errors
/// When the page does not have both, in this order.
pub fn replace(page: &str, name: &str, text: &str) -> io::Result<String> {
    let (open, close) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let missing = || io::Error::other(format!("the page has no part between {open} and {close}"));
    let (before, rest) = page.split_once(&open).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&close).ok_or_else(missing)?;
    Ok(format!("{before}{open}\n\n{}\n\n{close}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_markers_changes() {
        let page = "# By hand\n<!-- a -->\nold\n<!-- /a -->\nmore\n<!-- b -->\n<!-- /b -->\n";
        let once = replace(page, "a", "new\n").unwrap();
        assert_eq!(
            once,
            "# By hand\n<!-- a -->\n\nnew\n\n<!-- /a -->\nmore\n<!-- b -->\n<!-- /b -->\n"
        );
        assert_eq!(replace(&once, "a", "new").unwrap(), once);
    }

    #[test]
    fn a_page_without_the_markers_is_left_alone() {
        assert!(replace("<!-- a --> text", "a", "new").is_err());
        assert!(replace("<!-- /a --> <!-- a -->", "a", "new").is_err());
    }
}

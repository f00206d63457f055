//! Text that stands in HTML, and addresses that stand in links.

use std::fmt;

use flaskflix_core::id::TitleId;
use flaskflix_http::route::encode_segment;

/// Shows text so that it stays text, in content and in quoted attributes.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.0.split_inclusive(['&', '<', '>', '"', '\'']) {
            let mut chars = piece.chars();
            let last = chars.next_back();
            let entity = match last {
                Some('&') => "&amp;",
                Some('<') => "&lt;",
                Some('>') => "&gt;",
                Some('"') => "&quot;",
                Some('\'') => "&#39;",
                _ => {
                    f.write_str(piece)?;
                    continue;
                }
            };
            f.write_str(chars.as_str())?;
            f.write_str(entity)?;
        }
        Ok(())
    }
}

/// The address of a title's player page. Needs no escaping in HTML.
pub(super) fn play_path(title: &TitleId) -> String {
    format!("/play/{}", encode_segment(title.as_str()))
}

/// The address below which all media of a title lies, with the closing slash. Needs no escaping in HTML.
pub(super) fn stream_path(title: &TitleId) -> String {
    format!("/stream/{}/", encode_segment(title.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text() {
        for (text, html) in [
            ("plain", "plain"),
            ("", ""),
            ("a < b & c", "a &lt; b &amp; c"),
            ("<b>\"it's\"</b>", "&lt;b&gt;&quot;it&#39;s&quot;&lt;/b&gt;"),
            ("Amélie &", "Amélie &amp;"),
        ] {
            assert_eq!(Escaped(text).to_string(), html);
        }
    }

    #[test]
    fn links_hold_no_markup() {
        let title = TitleId::parse("a\"b <c>&'?#é.mp4").unwrap();
        assert_eq!(play_path(&title), "/play/a%22b%20%3Cc%3E%26%27%3F%23%C3%A9.mp4");
        assert_eq!(stream_path(&TitleId::parse("demo").unwrap()), "/stream/demo/");
    }
}

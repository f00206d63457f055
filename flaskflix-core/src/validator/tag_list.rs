//! The entity tags of a request: `If-Match` and `If-None-Match` lists, the one tag of `If-Range`
//! ([RFC 9110 section 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)).
//!
//! Borrowed from the header and compared in place; nothing is allocated.

use super::EntityTag;

/// How two tags are compared ([RFC 9110 section 8.8.3.2](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.2)).
///
/// Our own tags are always strong, so only the weakness of the client's tag can matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// "two entity tags are equivalent if both are not weak and their opaque-tags match character-by-character."
    Strong,
    /// "two entity tags are equivalent if their opaque-tags match character-by-character, regardless of either or
    /// both being tagged as 'weak'."
    Weak,
}

/// Whether a field of the form `"*" / #entity-tag` names the current version.
///
/// A field that is not of this form names nothing, even when a good tag stands in it: then `If-Match` fails (412)
/// and `If-None-Match` sends the body, the safe side of both.
pub(super) fn names(field: &[u8], current: &EntityTag, comparison: Comparison) -> bool {
    let mut rest = trim_ows_start(field);
    if let [b'*', after @ ..] = rest {
        return trim_ows_start(after).is_empty();
    }
    let mut found = false;
    loop {
        // Empty list elements are allowed (RFC 9110 section 5.6.1.2).
        while let [b',', after @ ..] = rest {
            rest = trim_ows_start(after);
        }
        if rest.is_empty() {
            return found;
        }
        let Some((tag, after)) = Tag::take(rest) else {
            return false;
        };
        found |= tag.matches(current, comparison);
        rest = trim_ows_start(after);
        if !matches!(rest, [] | [b',', ..]) {
            return false;
        }
    }
}

/// One entity tag as a client wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    weak: bool,
    opaque: &'a [u8],
}

impl<'a> Tag<'a> {
    /// Parses a field that is one entity tag, as in `If-Range`.
    pub(super) fn parse(field: &'a [u8]) -> Option<Self> {
        let (tag, after) = Self::take(trim_ows_start(field))?;
        trim_ows_start(after).is_empty().then_some(tag)
    }

    /// Takes a tag off the front: `[ "W/" ] DQUOTE *etagc DQUOTE`. "W/" is case-sensitive.
    fn take(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (weak, quoted) = match text.strip_prefix(b"W/") {
            Some(quoted) => (true, quoted),
            None => (false, text),
        };
        let inner = quoted.strip_prefix(b"\"")?;
        let end = inner.iter().position(|&byte| !is_etagc(byte))?;
        let (opaque, after) = inner.split_at(end);
        Some((Self { weak, opaque }, after.strip_prefix(b"\"")?))
    }

    /// Whether this is the current version's tag.
    pub(super) fn matches(self, current: &EntityTag, comparison: Comparison) -> bool {
        (comparison == Comparison::Weak || !self.weak) && self.opaque == current.opaque().as_bytes()
    }
}

/// `%x21 / %x23-7E / obs-text`: anything but controls, space and the quote.
const fn is_etagc(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'~' | 0x80..=0xff)
}

/// `OWS` of RFC 9110 section 5.6.3 is spaces and tabs, nothing else.
fn trim_ows_start(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn current() -> EntityTag {
        EntityTag::strong("1").unwrap()
    }

    #[test]
    fn the_comparison_table_of_the_rfc_holds() {
        // RFC 9110 section 8.8.3.2, table 3, the rows where one tag is strong as ours are.
        #[rustfmt::skip]
        let rows: [(&[u8], bool, bool); 3] = [
            (b"W/\"1\"", false, true),
            (b"W/\"2\"", false, false),
            (b"\"1\"",   true,  true),
        ];
        for (field, strong, weak) in rows {
            assert_eq!(names(field, &current(), Comparison::Strong), strong);
            assert_eq!(names(field, &current(), Comparison::Weak), weak);
        }
    }

    #[test]
    fn a_comma_inside_quotes_does_not_end_a_tag() {
        let tag = EntityTag::strong("a,b").unwrap();
        assert!(names(b"\"x\", \"a,b\"", &tag, Comparison::Strong));
        assert!(!names(b"\"a\",\"b\"", &tag, Comparison::Strong));
        // What a scan from comma to comma would take for the tag b.
        let inner = EntityTag::strong("b").unwrap();
        assert!(!names(b"\"a,\"b\"", &inner, Comparison::Strong));
    }

    #[test]
    fn a_backslash_escapes_nothing() {
        // RFC 9110 section 8.8.3: opaque-tag is no quoted-string.
        let tag = EntityTag::strong("a\\").unwrap();
        assert!(names(b"\"a\\\", \"c\"", &tag, Comparison::Strong));
    }

    #[test]
    fn foreign_tags_may_hold_obs_text() {
        assert!(names(b"\"\xe9\xff\", \"1\"", &current(), Comparison::Strong));
        assert!(!names(b"\"a b\", \"1\"", &current(), Comparison::Strong));
        assert!(!names(b"\"a\x7f\", \"1\"", &current(), Comparison::Strong));
    }

    proptest! {
        #[test]
        fn every_tag_is_found_in_any_list_of_tags(
            before in prop::collection::vec("(W/)?\"[!#-~\u{e9}]{0,6}\"", 0..5),
            opaque in "[!#-~]{0,12}",
            after in prop::collection::vec("(W/)?\"[!#-~]{0,6}\"", 0..5),
            separator in "[ \t]{0,2},([ \t]{0,2},)?[ \t]{0,2}",
        ) {
            let tag = EntityTag::strong(opaque).unwrap();
            let list = [before, vec![tag.to_string()], after].concat().join(&separator);
            prop_assert!(names(list.as_bytes(), &tag, Comparison::Strong), "{list}");
            // Any junk at either end spoils it.
            for spoilt in [format!("{list};"), format!("x{list}")] {
                prop_assert!(!names(spoilt.as_bytes(), &tag, Comparison::Weak));
            }
        }
    }
}

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

//! Path segments: decoded once, written in one way.

use std::{borrow::Cow, fmt};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Decodes one path segment, once. `None` on an escape that is cut short, not hex, or not UTF-8 when decoded.
pub(super) fn decode(segment: &str) -> Option<Cow<'_, str>> {
    let escapes_are_whole = segment.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.next().is_some() && digits.next().is_some()
    });
    if !escapes_are_whole {
        return None;
    }
    percent_decode_str(segment).decode_utf8().ok()
}

/// Writes text as one path segment, percent-encoded as in every URL of ours: for links beside the media, such as a
/// player's page.
///
/// # Examples
/// ```
/// use flaskflix_http::route::encode_segment;
/// assert_eq!(format!("/play/{}", encode_segment("a film.mp4")), "/play/a%20film.mp4");
/// ```
pub fn encode_segment(text: &str) -> impl Iterator<Item = &str> + fmt::Display {
    utf8_percent_encode(text, SEGMENT)
}

/// A decimal number from 1 without sign or leading zero, so that one segment has one URL.
pub(super) fn canonical_number(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    digits.then(|| text.parse().ok()).flatten()
}

/// What is escaped in a segment: all but the unreserved characters of RFC 3986 section 2.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

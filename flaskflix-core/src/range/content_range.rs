//! The text of `Content-Range` ([RFC 9110 section 14.4](https://www.rfc-editor.org/rfc/rfc9110#section-14.4)).

use super::ByteRange;

/// Renders the `Content-Range` of one part of an object of `object_len` bytes, for a 206.
///
/// The range is taken as it is: that it lies inside the object is the caller's to know ([`resolve`] sees to it).
///
/// # Examples
/// ```
/// use flaskflix_core::range::{ByteRange, content_range};
/// let first_ten = ByteRange::new(0, 10).unwrap();
/// assert_eq!(content_range(first_ten, 100), "bytes 0-9/100");
/// ```
///
/// [`resolve`]: super::resolve
#[must_use]
pub fn content_range(range: ByteRange, object_len: u64) -> String {
    format!("bytes {}-{}/{object_len}", range.start(), range.last())
}

/// Renders the `Content-Range` of a 416: it tells the client how long the object is.
///
/// # Examples
/// ```
/// assert_eq!(flaskflix_core::range::content_range_unsatisfied(100), "bytes */100");
/// ```
#[must_use]
pub fn content_range_unsatisfied(object_len: u64) -> String {
    format!("bytes */{object_len}")
}

//! The text of `Content-Range` ([RFC 9110 section 14.4](https://www.rfc-editor.org/rfc/rfc9110#section-14.4)).

use std::fmt;

use super::ByteRange;

/// The value of a `Content-Range` header; its text is what [`Display`](fmt::Display) writes.
///
/// # Examples
/// ```
/// use flaskflix_core::range::{ByteRange, ContentRange};
/// let range = ByteRange::new(0, 10).unwrap();
/// assert_eq!(ContentRange::Part { range, object_len: 100 }.to_string(), "bytes 0-9/100");
/// assert_eq!(ContentRange::Unsatisfied { object_len: 100 }.to_string(), "bytes */100");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentRange {
    /// One part of an object, for a 206.
    ///
    /// The range is taken as it is: that it lies inside the object is the caller's to know ([`resolve`] sees to it).
    ///
    /// [`resolve`]: super::resolve
    Part {
        /// Which bytes.
        range: ByteRange,
        /// Length of the object in bytes.
        object_len: u64,
    },
    /// No part, for a 416: it tells the client how long the object is.
    Unsatisfied {
        /// Length of the object in bytes.
        object_len: u64,
    },
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part { range, object_len } => {
                write!(f, "bytes {}-{}/{object_len}", range.start(), range.last())
            }
            Self::Unsatisfied { object_len } => write!(f, "bytes */{object_len}"),
        }
    }
}

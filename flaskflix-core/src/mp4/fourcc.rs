//! Four-character codes: the names of boxes, brands, handlers and codecs.

use std::fmt;

/// A four-character code (ISO 14496-12 section 4.2).
///
/// Any four bytes are one; those that are not printable ASCII are shown escaped.
///
/// # Examples
/// ```
/// use flaskflix_core::mp4::FourCc;
/// assert_eq!(FourCc(*b"moov").to_string(), "moov");
/// assert_eq!(FourCc(*b"\xa9nam").to_string(), "\\xa9nam");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FourCc(pub [u8; 4]);

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

//! HTTP dates ([RFC 9110 section 5.6.7](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7)) and
//! `Last-Modified` ([section 8.8.2](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.2)).

use std::{fmt, str};

use crate::{source::ObjectInfo, time::UnixTime};

/// A moment as HTTP writes it, to the second.
///
/// # Examples
/// ```
/// use flaskflix_core::{time::UnixTime, validator::HttpDate};
/// let date = HttpDate::from(UnixTime::from_secs(784_111_777));
/// assert_eq!(date.to_string(), "Sun, 06 Nov 1994 08:49:37 GMT");
/// assert_eq!(HttpDate::parse(b"Sunday, 06-Nov-94 08:49:37 GMT"), Some(date));
/// assert_eq!(HttpDate::parse(b"yesterday"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpDate(UnixTime);

impl HttpDate {
    /// Parses any of the three formats that a recipient must accept. Any bytes will do.
    ///
    /// `None` when the text is not a date, its weekday is not that date's, or its year is outside 1970 to 9999.
    /// Two-digit years mean 1970 to 2069.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let time = httpdate::parse_http_date(str::from_utf8(text).ok()?).ok()?;
        Some(Self(UnixTime::from_system_time(time)))
    }

    /// The moment.
    #[must_use]
    pub const fn time(self) -> UnixTime {
        self.0
    }
}

impl From<UnixTime> for HttpDate {
    fn from(time: UnixTime) -> Self {
        Self(time)
    }
}

/// The preferred format. Years past 9999, which it cannot write, come out as its last second.
impl fmt::Display for HttpDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        httpdate::HttpDate::from(self.0.to_system_time()).fmt(f)
    }
}

/// The `Last-Modified` to send with an object, if its source knows one.
///
/// RFC 9110 section 8.8.2.1: when the last modification is "some time in the future, according to the origin
/// server's clock, then the origin server MUST replace that value with the message origination date".
#[must_use]
pub fn last_modified(info: &ObjectInfo, now: UnixTime) -> Option<HttpDate> {
    info.last_modified.map(|time| HttpDate(time.min(now)))
}

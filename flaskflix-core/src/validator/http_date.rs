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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::validator::EntityTag;

    #[test]
    fn all_three_formats_are_read() {
        // RFC 9110 section 5.6.7: "A recipient that parses a timestamp value in an HTTP field MUST accept all three
        // HTTP-date formats."
        let date = Some(HttpDate::from(UnixTime::from_secs(784_111_777)));
        assert_eq!(HttpDate::parse(b"Sun, 06 Nov 1994 08:49:37 GMT"), date);
        assert_eq!(HttpDate::parse(b"Sunday, 06-Nov-94 08:49:37 GMT"), date);
        assert_eq!(HttpDate::parse(b"Sun Nov  6 08:49:37 1994"), date);
    }

    #[test]
    fn two_digit_years_are_never_more_than_fifty_years_ahead() {
        // RFC 9110 section 5.6.7: a two-digit year "that appears to be more than 50 years in the future" means "the
        // most recent year in the past that had the same last two digits". The pivot holds from 2020 on.
        assert_eq!(
            HttpDate::parse(b"Tuesday, 31-Dec-69 00:00:00 GMT")
                .unwrap()
                .to_string(),
            "Tue, 31 Dec 2069 00:00:00 GMT"
        );
        assert_eq!(
            HttpDate::parse(b"Thursday, 01-Jan-70 00:00:00 GMT")
                .unwrap()
                .to_string(),
            "Thu, 01 Jan 1970 00:00:00 GMT"
        );
    }

    #[test]
    fn what_is_no_date_is_none() {
        let texts: [&[u8]; 11] = [
            b"",
            b"0",
            b"now",
            b"Sun, 06 Nov 1994 08:49:37",
            b"Sun, 06 Nov 1994 08:49:37 UTC",
            b"Mon, 06 Nov 1994 08:49:37 GMT",
            b"Sun, 31 Feb 1994 08:49:37 GMT",
            b"Sun, 06 Nov 1994 24:00:00 GMT",
            b"Sun, 6 Nov 1994 08:49:37 GMT",
            b"\xff\xfe",
            b"Sun, 06 Nov 1994 08:49:3\xc3\xa9",
        ];
        for text in texts {
            assert_eq!(HttpDate::parse(text), None, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn last_modified_is_never_in_the_future() {
        let at = UnixTime::from_secs;
        let info = |last_modified| ObjectInfo {
            len: 0,
            etag: EntityTag::strong("").unwrap(),
            last_modified,
        };
        assert_eq!(last_modified(&info(Some(at(5))), at(9)), Some(at(5).into()));
        assert_eq!(last_modified(&info(Some(at(9))), at(5)), Some(at(5).into()));
        assert_eq!(last_modified(&info(None), at(5)), None);
    }

    #[test]
    fn the_far_future_is_written_as_the_last_second_of_9999() {
        let text = HttpDate::from(UnixTime::from_secs(u64::MAX)).to_string();
        assert_eq!(text, "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    proptest! {
        #[test]
        fn every_second_comes_back(secs in 0_u64..253_402_300_800) {
            let date = HttpDate::from(UnixTime::from_secs(secs));
            prop_assert_eq!(HttpDate::parse(date.to_string().as_bytes()), Some(date));
        }

        #[test]
        fn near_misses_do_not_panic(
            text in "(Sun|Monday|Fri)[, ]{0,2}[0-9A-Za-z\u{e9}]{0,4}[ -](Nov|Feb|xx)[ -][0-9]{0,5} [0-9:]{0,8}( GMT)?",
            cut in 0_usize..40,
        ) {
            let bytes = text.as_bytes();
            let _ = HttpDate::parse(bytes);
            let _ = HttpDate::parse(bytes.get(..cut).unwrap_or(bytes));
        }
    }
}

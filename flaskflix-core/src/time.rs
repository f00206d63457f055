//! Time with a unit: wall-clock seconds and media time with a timescale.
//!
//! The only file of the project that reads the clock.

use std::{
    cmp::Ordering,
    fmt,
    num::NonZeroU32,
    time::{Duration, SystemTime},
};

/// A moment in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// Makes a moment from seconds since the epoch.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// This moment, `duration` later (whole seconds), saturating.
    #[must_use]
    pub const fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_secs()))
    }

    /// Converts a system time. Moments before the epoch become the epoch.
    #[must_use]
    pub fn from_system_time(time: SystemTime) -> Self {
        Self(
            time.duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
        )
    }

    /// Converts to a system time, for formatting as an HTTP date. Saturates where the platform's ends.
    #[must_use]
    pub fn to_system_time(self) -> SystemTime {
        // HTTP dates have four-digit years; 253_402_300_799 is the end of the year 9999.
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.0.min(253_402_300_799))
    }
}

/// A moment in whole milliseconds since 1970-01-01T00:00:00Z: what progress is ordered by.
///
/// `Display` writes it as [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339#section-5.6) in UTC, with milliseconds.
///
/// # Examples
/// ```
/// use flaskflix_core::time::UnixMillis;
/// let moment = UnixMillis::from_millis(1_700_000_000_250);
/// assert_eq!(moment.to_string(), "2023-11-14T22:13:20.250Z");
/// assert_eq!(moment.to_unix_time().as_secs(), 1_700_000_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(u64);

impl UnixMillis {
    /// Makes a moment from milliseconds since the epoch. Moments after the year 9999 become its end.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(if millis < END_OF_TIME_MILLIS {
            millis
        } else {
            END_OF_TIME_MILLIS
        })
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The whole second that this moment lies in.
    #[must_use]
    pub const fn to_unix_time(self) -> UnixTime {
        UnixTime::from_secs(self.0 / 1000)
    }

    /// The time from `earlier` to this moment; zero when it is not earlier.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl From<UnixTime> for UnixMillis {
    fn from(time: UnixTime) -> Self {
        Self::from_millis(time.as_secs().saturating_mul(1000))
    }
}

impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (secs, millis) = (self.0 / 1000, self.0 % 1000);
        let (days, second) = (secs / 86_400, secs % 86_400);
        let (year, month, day) = civil_date(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
        )
    }
}

/// Year, month and day of a day since the epoch, in the proleptic Gregorian calendar. The year is taken to begin in March,
/// so that the day that comes and goes is its last.
const fn civil_date(days: u64) -> (u64, u64, u64) {
    // 719,468 days from 0000-03-01 to the epoch; 146,097 days in 400 years.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// The last millisecond that RFC 3339 can write.
const END_OF_TIME_MILLIS: u64 = 253_402_300_799_999;

/// Tells the time. The edge asks it once per request and hands the answer down as an argument.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The current moment.
    fn now(&self) -> UnixTime;

    /// The current moment in milliseconds. A clock that only knows seconds answers with the second's start.
    fn now_millis(&self) -> UnixMillis {
        self.now().into()
    }
}

/// The machine's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clock"
    )]
    fn now(&self) -> UnixTime {
        UnixTime::from_system_time(SystemTime::now())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clock"
    )]
    fn now_millis(&self) -> UnixMillis {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        UnixMillis::from_millis(since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// A signed point or length on a media timeline: `ticks / timescale` seconds (ISO 14496-12 section 8.4.2).
///
/// Comparison is exact between different timescales.
///
/// # Examples
/// ```
/// use flaskflix_core::time::MediaTime;
/// use std::num::NonZeroU32;
/// let video = MediaTime::new(25_600, NonZeroU32::new(12_800).unwrap());
/// let audio = MediaTime::new(96_000, NonZeroU32::new(48_000).unwrap());
/// assert_eq!(video, audio);
/// assert_eq!(video.as_micros(), 2_000_000);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct MediaTime {
    ticks: i64,
    timescale: NonZeroU32,
}

impl MediaTime {
    /// The start of every timeline.
    pub const ZERO: Self = Self {
        ticks: 0,
        timescale: NonZeroU32::MIN,
    };

    /// Makes a time of `ticks` units of `1 / timescale` seconds.
    #[must_use]
    pub const fn new(ticks: i64, timescale: NonZeroU32) -> Self {
        Self { ticks, timescale }
    }

    /// The number of ticks.
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.ticks
    }

    /// Ticks per second.
    #[must_use]
    pub const fn timescale(self) -> NonZeroU32 {
        self.timescale
    }

    /// Microseconds, rounded to nearest (half away from zero), saturating.
    #[must_use]
    pub fn as_micros(self) -> i64 {
        scale_round(self.ticks, 1_000_000, self.timescale.get())
    }

    /// The same time in another timescale, rounded to nearest (half away from zero), saturating.
    #[must_use]
    pub fn rescale(self, timescale: NonZeroU32) -> Self {
        Self {
            ticks: scale_round(self.ticks, timescale.get(), self.timescale.get()),
            timescale,
        }
    }
}

/// `ticks * to / from`, rounded to nearest, half away from zero, saturating at the ends of `i64`.
fn scale_round(ticks: i64, to: u32, from: u32) -> i64 {
    let (product, from) = (i128::from(ticks) * i128::from(to), i128::from(from));
    let half = if product < 0 { -(from / 2) } else { from / 2 };
    let rounded = (product + half) / from.max(1);
    i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX })
}

impl PartialEq for MediaTime {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for MediaTime {}

impl PartialOrd for MediaTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for MediaTime {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = i128::from(self.ticks) * i128::from(other.timescale.get());
        let right = i128::from(other.ticks) * i128::from(self.timescale.get());
        left.cmp(&right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(timescale: u32) -> NonZeroU32 {
        NonZeroU32::new(timescale).unwrap()
    }

    #[test]
    fn rescale_rounds_half_away_from_zero() {
        assert_eq!(MediaTime::new(1, scale(2)).rescale(scale(1)).ticks(), 1);
        assert_eq!(MediaTime::new(-1, scale(2)).rescale(scale(1)).ticks(), -1);
        assert_eq!(MediaTime::new(1, scale(3)).rescale(scale(1)).ticks(), 0);
        assert_eq!(
            MediaTime::new(i64::MAX, scale(1)).rescale(scale(48_000)).ticks(),
            i64::MAX
        );
        assert_eq!(MediaTime::new(i64::MIN, scale(1)).as_micros(), i64::MIN);
    }

    #[test]
    fn comparison_is_exact_across_timescales() {
        assert!(MediaTime::new(1, scale(3)) < MediaTime::new(33_334, scale(100_000)));
        assert!(MediaTime::new(1, scale(3)) > MediaTime::new(33_333, scale(100_000)));
        assert_eq!(MediaTime::ZERO, MediaTime::new(0, scale(90_000)));
    }

    #[test]
    fn moments_are_written_in_the_calendar() {
        // From `date -u -d @N +%FT%TZ`.
        for (secs, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_868_799, "2000-02-29T23:59:59.000Z"),
            (951_868_800, "2000-03-01T00:00:00.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
            (1_735_689_599, "2024-12-31T23:59:59.000Z"),
            (253_402_300_799, "9999-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(UnixMillis::from(UnixTime::from_secs(secs)).to_string(), text);
        }
        assert_eq!(
            UnixMillis::from_millis(u64::MAX).to_string(),
            "9999-12-31T23:59:59.999Z"
        );
    }

    #[test]
    fn far_future_does_not_panic() {
        let _ = UnixTime::from_secs(u64::MAX).to_system_time();
        assert_eq!(
            UnixTime::from_secs(u64::MAX)
                .saturating_add(Duration::MAX)
                .as_secs(),
            u64::MAX
        );
    }
}

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

/// Tells the time. The edge asks it once per request and hands the answer down as an argument.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The current moment.
    fn now(&self) -> UnixTime;
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

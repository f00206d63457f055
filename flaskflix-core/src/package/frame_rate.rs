//! How many pictures a second a track shows.

use crate::{dash::lowest_terms, mp4::Track};

/// A frame rate as a fraction: so many pictures in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameRate {
    pictures: u64,
    seconds: u64,
}

impl FrameRate {
    /// From the frame duration that most of the first frames have, or from the average, to a thousandth, when the film has no such
    /// duration (variable frame rate). `None` for an empty track.
    pub(super) fn of(track: &Track) -> Option<Self> {
        let mut durations: Vec<u32> = track
            .samples
            .samples(0..1024)
            .map(|sample| sample.duration)
            .collect();
        let frames = durations.len();
        durations.sort_unstable();
        let common = durations.chunk_by(|a, b| a == b).max_by_key(|run| run.len())?;
        let timescale = u64::from(track.timescale.get());
        Some(match common {
            [duration, ..] if common.len() > frames / 2 && *duration > 0 => {
                Self::new(timescale, u64::from(*duration))
            }
            _ => {
                let ticks = track.samples.duration().max(1);
                let pictures = u64::from(track.samples.len()).saturating_mul(timescale);
                Self::new(rounded_thousandths(pictures, ticks)?, 1000)
            }
        })
    }

    const fn new(pictures: u64, seconds: u64) -> Self {
        let (pictures, seconds) = lowest_terms(pictures, seconds);
        Self { pictures, seconds }
    }

    /// Pictures per 1000 seconds, rounded.
    pub(super) fn thousandths(self) -> Option<u64> {
        rounded_thousandths(self.pictures, self.seconds)
    }

    /// The fraction in lowest terms: 30000 pictures in 1001 seconds.
    pub(super) const fn fraction(self) -> (u64, u64) {
        (self.pictures, self.seconds)
    }
}

fn rounded_thousandths(pictures: u64, seconds: u64) -> Option<u64> {
    let thousandths = u128::from(pictures) * 1000 + u128::from(seconds / 2);
    u64::try_from(thousandths.checked_div(u128::from(seconds))?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_told_in_lowest_terms_and_in_thousandths() {
        for (timescale, duration, fraction, thousandths) in [
            (12_800, 512, (25, 1), 25_000),
            (30_000, 1001, (30_000, 1001), 29_970),
            (90_000, 3750, (24, 1), 24_000),
            (24_000, 1001, (24_000, 1001), 23_976),
        ] {
            let rate = FrameRate::new(timescale, duration);
            assert_eq!(
                (rate.fraction(), rate.thousandths()),
                (fraction, Some(thousandths))
            );
        }
    }
}

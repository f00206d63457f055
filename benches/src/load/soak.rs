//! Whether memory grows while nothing else changes.

use serde::Serialize;

use super::{arrivals::Window, watch::Moment};
use crate::numbers::{Spread, float};

/// The slope of the resident memory over a window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Slope {
    /// MiB in an hour; the least squares line through the medians of equal parts of the window.
    pub mib_per_hour: f64,
    /// Half of the 95 % confidence interval around it (Student's t).
    pub plus_minus: f64,
    /// The middle of all values, in MiB.
    pub level_mib: f64,
}

impl Slope {
    /// Of the server's memory in a window; [`None`] when it was not watched for long enough.
    ///
    /// Neighbouring seconds resemble each other, so that a line through all of them would look surer than it is:
    /// parts are nearly independent. The first fifth is left out: buffers and pools still fill in it.
    #[must_use]
    pub fn of(moments: &[Moment], window: Window) -> Option<Self> {
        let (from, to) = (window.from.as_secs_f64(), window.to.as_secs_f64());
        let from = from + (to - from) / 5.0;
        let part = (to - from) / float(PARTS);
        let level = |place: u64| {
            let (begin, end) = (
                from + part * float(place),
                from + part * float(place.saturating_add(1)),
            );
            let inside = moments
                .iter()
                .filter(|moment| (begin..end).contains(&moment.at_seconds));
            let levels = Spread::of(inside.map(|moment| float(moment.resident_bytes) / MIB));
            Some((float(place) * part / 3600.0, levels?.median))
        };
        let points: Vec<(f64, f64)> = (0..PARTS).map(level).collect::<Option<_>>()?;
        Some(Self::through(&points))
    }

    /// The line through points of (hours, MiB).
    fn through(points: &[(f64, f64)]) -> Self {
        let count = float(u64::try_from(points.len()).unwrap_or(1));
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
        let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
        let spread: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
        let slope = points
            .iter()
            .map(|(x, y)| (x - mean_x) * (y - mean_y))
            .sum::<f64>()
            / spread;
        let error: f64 = points
            .iter()
            .map(|(x, y)| (y - mean_y - slope * (x - mean_x)).powi(2))
            .sum();
        Self {
            mib_per_hour: slope,
            plus_minus: STUDENT_T * (error / (count - 2.0) / spread).sqrt(),
            level_mib: mean_y,
        }
    }

    /// Whether no growth was seen: zero lies in the interval, memory shrinks, or what it grew in a window of this length is less
    /// than a hundredth of it.
    #[must_use]
    pub fn is_within_noise(&self, window: Window) -> bool {
        let grown = self.mib_per_hour * window.length().as_secs_f64() / 3600.0;
        self.mib_per_hour <= self.plus_minus || grown < self.level_mib / 100.0
    }
}

/// Parts of the window.
const PARTS: u64 = 12;

/// Student's t for 95 % and [`PARTS`] - 2 degrees of freedom.
const STUDENT_T: f64 = 2.228;

const MIB: f64 = 1024.0 * 1024.0;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::dice::Dice;

    const WINDOW: Window = Window {
        viewers: 1,
        from: Duration::from_secs(100),
        to: Duration::from_secs(700),
    };

    /// Ten minutes of one value a second: 80 MiB, noise of 2 MiB, and growth of so many bytes in a second.
    fn moments(growth: u64) -> Vec<Moment> {
        let mut dice = Dice::new(5);
        (0_u32..800)
            .map(|second| Moment {
                at_seconds: f64::from(second),
                cpu_seconds: 0.0,
                resident_bytes: (80 << 20) + dice.below(2 << 20) + growth * u64::from(second),
                open_files: 0,
                own_cpu_seconds: 0.0,
            })
            .collect()
    }

    #[test]
    fn noise_is_not_taken_for_growth() {
        let slope = Slope::of(&moments(0), WINDOW).unwrap();
        assert!(slope.is_within_noise(WINDOW), "{slope:?}");
        assert!((80.5..81.5).contains(&slope.level_mib), "{slope:?}");
    }

    #[test]
    fn growth_is_found_and_measured() {
        // 10 KiB in a second: 35 MiB in an hour.
        let slope = Slope::of(&moments(10 << 10), WINDOW).unwrap();
        assert!(!slope.is_within_noise(WINDOW), "{slope:?}");
        assert!((slope.mib_per_hour - 35.16).abs() < 5.0, "{slope:?}");
    }

    #[test]
    fn a_line_without_noise_is_certain() {
        let slope = Slope::through(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]);
        assert!((slope.mib_per_hour - 2.0).abs() < 1e-9, "{slope:?}");
        assert!(slope.plus_minus < 1e-9, "{slope:?}");
    }

    #[test]
    fn too_short_a_watch_has_no_slope() {
        assert_eq!(Slope::of(&moments(0)[..200], WINDOW), None);
    }
}

//! When viewers come, and which times are measured.

use std::time::Duration;

use serde::Serialize;

/// How the viewers come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// Evenly, all of them; then they watch.
    Ramp {
        /// While they come.
        ramp: Duration,
        /// What is measured after that.
        steady: Duration,
    },
    /// So many more at each step, evenly; then all who are there watch, and that is measured.
    Steps {
        /// Viewers of one step.
        viewers: u32,
        /// While they come.
        ramp: Duration,
        /// What is measured after that.
        steady: Duration,
    },
}

/// A time that is measured: nobody comes in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Window {
    /// How many watch.
    pub viewers: u32,
    /// From the first arrival.
    pub from: Duration,
    /// Not included.
    pub to: Duration,
}

impl Window {
    /// Whether a moment lies in it.
    #[must_use]
    pub fn holds(&self, at: Duration) -> bool {
        (self.from..self.to).contains(&at)
    }

    /// Its length.
    #[must_use]
    pub const fn length(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

impl Arrivals {
    /// When one of so many viewers comes, from the first arrival.
    #[must_use]
    pub fn of(&self, viewer: u32, viewers: u32) -> Duration {
        let evenly =
            |ramp: Duration, place: u32, of: u32| ramp.mul_f64(f64::from(place) / f64::from(of.max(1)));
        match *self {
            Self::Ramp { ramp, .. } => evenly(ramp, viewer, viewers),
            Self::Steps {
                viewers: each,
                ramp,
                steady,
            } => {
                let step = viewer.checked_div(each).unwrap_or(0);
                let before = ramp.saturating_add(steady).saturating_mul(step);
                let place = viewer.saturating_sub(step.saturating_mul(each));
                before.saturating_add(evenly(ramp, place, each))
            }
        }
    }

    /// What is measured, with so many viewers at the end.
    #[must_use]
    pub fn windows(&self, viewers: u32) -> Vec<Window> {
        let (each, ramp, steady) = match *self {
            Self::Ramp { ramp, steady } => (viewers, ramp, steady),
            Self::Steps {
                viewers,
                ramp,
                steady,
            } => (viewers, ramp, steady),
        };
        let steps = viewers.div_ceil(each.max(1));
        (0..steps)
            .map(|step| {
                let from = ramp
                    .saturating_add(steady)
                    .saturating_mul(step)
                    .saturating_add(ramp);
                Window {
                    viewers: each.saturating_mul(step.saturating_add(1)).min(viewers),
                    from,
                    to: from.saturating_add(steady),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn a_ramp_is_even_and_measured_after_the_last_arrival() {
        let ramp = Arrivals::Ramp {
            ramp: secs(10),
            steady: secs(60),
        };
        assert_eq!((ramp.of(0, 100), ramp.of(50, 100)), (secs(0), secs(5)));
        let window = Window {
            viewers: 100,
            from: secs(10),
            to: secs(70),
        };
        assert_eq!(ramp.windows(100), [window]);
        assert!(window.holds(secs(10)) && !window.holds(secs(70)));
    }

    #[test]
    fn a_step_comes_when_the_one_before_has_been_measured() {
        let steps = Arrivals::Steps {
            viewers: 100,
            ramp: secs(5),
            steady: secs(20),
        };
        assert_eq!((steps.of(99, 250).as_secs(), steps.of(100, 250)), (4, secs(25)));
        assert_eq!(steps.of(150, 250).as_millis(), 27_500);
        let windows = steps.windows(250);
        let shown: Vec<_> = windows.iter().map(|w| (w.viewers, w.from, w.to)).collect();
        assert_eq!(
            shown,
            [
                (100, secs(5), secs(25)),
                (200, secs(30), secs(50)),
                (250, secs(55), secs(75))
            ]
        );
    }
}

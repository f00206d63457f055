//! What one window showed, and where a server breaks.

use std::fmt;

use serde::Serialize;

use super::{
    arrivals::Window,
    tally::{Percentiles, Totals},
    watch::Moment,
};
use crate::numbers::float;

/// One window of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// When, and how many watched.
    pub window: Window,
    /// Latency of segments, of viewers with nothing in the way.
    pub segments: Percentiles,
    /// Buffers that ran empty.
    pub rebuffers: u64,
    /// Errors.
    pub errors: u64,
    /// Segment bytes, in Mbit/s.
    pub megabits_per_second: f64,
    /// The server; absent when it was not watched.
    pub server: Option<Cost>,
}

/// What a server used in a window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// CPU seconds.
    pub cpu_seconds: f64,
    /// Processors busy on average.
    pub cores: f64,
    /// The same of the load generator, which shares the machine.
    pub own_cores: f64,
    /// The most resident memory.
    pub resident_bytes: u64,
}

/// What broke first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Break {
    /// Requests failed.
    Errors,
    /// More than one viewer of a hundred ran out of film.
    Rebuffers,
    /// One segment of a hundred took longer than [`LATENCY_BOUND_MS`].
    Latency,
}

impl Measured {
    /// Sums a window up.
    #[must_use]
    pub fn of(totals: &Totals, moments: &[Moment], window: Window) -> Self {
        let sum = |of: fn(&super::tally::Second) -> u64| -> u64 { totals.within(window).map(of).sum() };
        let seconds = window.length().as_secs_f64().max(f64::MIN_POSITIVE);
        let segments = totals.within(window).flat_map(|second| &second.segments_us);
        Self {
            window,
            segments: Percentiles::of_micros(segments.copied()),
            rebuffers: sum(|second| u64::from(second.rebuffers)),
            errors: sum(|second| u64::from(second.errors)),
            megabits_per_second: float(sum(|second| second.bytes)) * 8.0 / 1e6 / seconds,
            server: Cost::of(moments, window),
        }
    }

    /// What is broken in it, the worst first.
    #[must_use]
    pub fn broken(&self) -> Option<Break> {
        if self.errors > 0 {
            Some(Break::Errors)
        } else if self.rebuffers.saturating_mul(100) > u64::from(self.window.viewers) {
            Some(Break::Rebuffers)
        } else if self.segments.p99_ms > LATENCY_BOUND_MS {
            Some(Break::Latency)
        } else {
            None
        }
    }

    /// Whether to go on to more viewers: a slow answer is a bad sign, and not yet the end.
    #[must_use]
    pub fn still_stands(&self) -> bool {
        matches!(self.broken(), None | Some(Break::Latency))
    }
}

impl Cost {
    fn of(moments: &[Moment], window: Window) -> Option<Self> {
        let (from, to) = (window.from.as_secs_f64(), window.to.as_secs_f64());
        let inside: Vec<&Moment> = moments
            .iter()
            .filter(|moment| (from..=to).contains(&moment.at_seconds))
            .collect();
        let (first, last) = (inside.first()?, inside.last()?);
        let seconds = last.at_seconds - first.at_seconds;
        let cores = |used: f64| if seconds > 0.0 { used / seconds } else { 0.0 };
        let cpu_seconds = last.cpu_seconds - first.cpu_seconds;
        Some(Self {
            cpu_seconds,
            cores: cores(cpu_seconds),
            own_cores: cores(last.own_cpu_seconds - first.own_cpu_seconds),
            resident_bytes: inside.iter().map(|moment| moment.resident_bytes).max()?,
        })
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Errors => "errors",
            Self::Rebuffers => "rebuffers",
            Self::Latency => "latency",
        })
    }
}

/// Past this, the 99th percentile of segments counts as broken.
pub const LATENCY_BOUND_MS: f64 = 500.0;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::load::tally::{Step, Tally};

    const WINDOW: Window = Window {
        viewers: 200,
        from: Duration::from_secs(10),
        to: Duration::from_secs(12),
    };

    fn measured(fill: impl FnOnce(&Tally)) -> Measured {
        let tally = Tally::default();
        // All of this is outside.
        for second in [9, 12] {
            tally.failed(Step::Segment, "cut", Duration::from_secs(second));
        }
        fill(&tally);
        let moment = |at_seconds, cpu_seconds, resident_bytes| Moment {
            at_seconds,
            cpu_seconds,
            resident_bytes,
            open_files: 0,
            own_cpu_seconds: 0.5 * cpu_seconds,
        };
        let moments = [
            moment(9.0, 1.0, 999),
            moment(10.0, 5.0, 7),
            moment(11.0, 5.5, 9),
            moment(12.0, 7.0, 8),
        ];
        Measured::of(&tally.totals(), &moments, WINDOW)
    }

    #[test]
    fn only_what_lies_in_the_window_counts() {
        let measured = measured(|tally| {
            tally.at(Duration::from_secs(11), |second| second.bytes = 250_000);
        });
        assert_eq!((measured.megabits_per_second, measured.broken()), (1.0, None));
        let server = measured.server.unwrap();
        assert_eq!(
            (server.cpu_seconds, server.cores, server.own_cores),
            (2.0, 1.0, 0.5)
        );
        assert_eq!(server.resident_bytes, 9);
    }

    #[test]
    fn one_rebuffer_in_a_hundred_is_borne_and_more_is_broken() {
        let with = |rebuffers| measured(|tally| tally.at(WINDOW.from, |second| second.rebuffers = rebuffers));
        assert_eq!(with(2).broken(), None);
        assert_eq!(with(3).broken(), Some(Break::Rebuffers));
        assert!(!with(3).still_stands());
    }

    #[test]
    fn an_error_is_worse_than_a_slow_answer() {
        let slow = |tally: &Tally| tally.at(WINDOW.from, |second| second.segments_us = vec![600_000]);
        assert_eq!(measured(slow).broken(), Some(Break::Latency));
        assert!(measured(slow).still_stands());
        let both = measured(|tally| {
            slow(tally);
            tally.failed(Step::Segment, "cut", WINDOW.from);
        });
        assert_eq!(both.broken(), Some(Break::Errors));
    }
}

//! What all viewers saw.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Serialize;

use super::buffer::Buffer;

/// What one request was for. Its latency runs from the request to the last byte of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Making an account, before anything is measured.
    Register,
    /// Logging in.
    LogIn,
    /// Asking for a stream token.
    Token,
    /// The multivariant playlist.
    Master,
    /// A media playlist.
    Playlist,
    /// An initialisation section.
    Init,
    /// A media segment.
    Segment,
    /// Posting a position: until it is acknowledged.
    Progress,
}

/// Shared by all viewers.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Totals>);

/// All numbers of a run.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Latencies of the steady time; of steps that belong to the ramp (up to the first segments) of all of it.
    pub latencies: BTreeMap<Step, Vec<Duration>>,
    /// From asking for the token until the first segment of every stream was there.
    pub first_segments: Vec<Duration>,
    /// Errors by what was asked for and what came.
    pub errors: BTreeMap<String, u64>,
    /// Body bytes of segments in the steady time.
    pub steady_bytes: u64,
    /// Body bytes of segments in each second, from the first arrival.
    pub bytes_by_second: Vec<u64>,
    /// Viewers that have begun to play.
    pub started: u32,
    /// How often playing viewers ran empty.
    pub rebuffers: u64,
    /// For how long, together.
    pub starved: Duration,
    /// Media played, together.
    pub played: Duration,
    /// TCP connections that were opened.
    pub connects: u64,
    /// Sampled segments: path behind the token, with its SHA-256; the same path may come more than once.
    pub samples: BTreeMap<String, Vec<[u8; 32]>>,
}

impl Tally {
    /// The numbers so far.
    pub fn totals(&self) -> MutexGuard<'_, Totals> {
        // A viewer that panicked between two additions spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an answer. `in_ramp` is true while viewers still come: segments and positions of that time are not
    /// measured, because the load is still growing.
    pub fn answered(&self, step: Step, took: Duration, in_ramp: bool) {
        if !(in_ramp && matches!(step, Step::Segment | Step::Progress)) {
            self.totals().latencies.entry(step).or_default().push(took);
        }
    }

    /// Counts segment bytes that arrived at this time from the first arrival.
    pub fn received(&self, bytes: u64, since_begin: Duration, in_ramp: bool) {
        let mut totals = self.totals();
        let second = usize::try_from(since_begin.as_secs()).unwrap_or(usize::MAX);
        if second < LONGEST_SECONDS {
            let needed = totals.bytes_by_second.len().max(second.saturating_add(1));
            totals.bytes_by_second.resize(needed, 0);
            if let Some(sum) = totals.bytes_by_second.get_mut(second) {
                *sum = sum.saturating_add(bytes);
            }
        }
        if !in_ramp {
            totals.steady_bytes = totals.steady_bytes.saturating_add(bytes);
        }
    }

    /// Counts an error.
    pub fn failed(&self, step: Step, what: impl fmt::Display) {
        let kind = format!("{step}: {what}");
        let mut totals = self.totals();
        let count = totals.errors.entry(kind).or_default();
        *count = count.saturating_add(1);
    }

    /// Keeps the hash of a sampled segment.
    pub fn sampled(&self, path: &str, hash: [u8; 32]) {
        self.totals()
            .samples
            .entry(path.to_owned())
            .or_default()
            .push(hash);
    }

    /// A viewer has left.
    pub fn left(&self, buffer: &Buffer) {
        let mut totals = self.totals();
        totals.started = totals.started.saturating_add(u32::from(buffer.has_started()));
        totals.rebuffers = totals.rebuffers.saturating_add(u64::from(buffer.rebuffers()));
        totals.starved = totals.starved.saturating_add(buffer.starved());
        totals.played = totals.played.saturating_add(buffer.played());
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Register => "register",
            Self::LogIn => "log in",
            Self::Token => "token",
            Self::Master => "master playlist",
            Self::Playlist => "media playlist",
            Self::Init => "init segment",
            Self::Segment => "segment",
            Self::Progress => "progress",
        })
    }
}

/// Count, middle, tail and maximum of some latencies, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Percentiles {
    /// How many there were.
    pub count: usize,
    /// The middle one.
    pub p50_ms: f64,
    /// Nine of ten are at most this.
    pub p90_ms: f64,
    /// 99 of 100 are at most this.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

impl Percentiles {
    /// Nearest rank, so that every number is one that was measured. Zeros when there is none.
    #[must_use]
    pub fn of(latencies: &[Duration]) -> Self {
        let mut sorted = latencies.to_vec();
        sorted.sort_unstable();
        let ms = |duration: &Duration| duration.as_secs_f64() * 1000.0;
        let rank = |percent: usize| {
            let rank = sorted.len().saturating_mul(percent).div_ceil(100);
            sorted.get(rank.saturating_sub(1)).map_or(0.0, ms)
        };
        Self {
            count: sorted.len(),
            p50_ms: rank(50),
            p90_ms: rank(90),
            p99_ms: rank(99),
            max_ms: sorted.last().map_or(0.0, ms),
        }
    }
}

/// A day: no run is longer.
const LONGEST_SECONDS: usize = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let latencies: Vec<_> = (1..=200).rev().map(Duration::from_millis).collect();
        let percentiles = Percentiles::of(&latencies);
        assert_eq!((percentiles.p50_ms, percentiles.p90_ms), (100.0, 180.0));
        assert_eq!((percentiles.p99_ms, percentiles.max_ms), (198.0, 200.0));
        assert_eq!(
            Percentiles::of(&[Duration::from_millis(7)]),
            Percentiles {
                count: 1,
                p50_ms: 7.0,
                p90_ms: 7.0,
                p99_ms: 7.0,
                max_ms: 7.0
            }
        );
        assert_eq!(Percentiles::of(&[]), Percentiles::default());
    }

    #[test]
    fn segments_of_the_ramp_are_not_measured_but_errors_are() {
        let tally = Tally::default();
        tally.answered(Step::Segment, Duration::from_secs(9), true);
        tally.answered(Step::LogIn, Duration::from_secs(1), true);
        tally.received(5, Duration::from_secs(2), true);
        tally.failed(Step::Segment, "status 503");
        let totals = tally.totals();
        assert_eq!(totals.latencies.keys().collect::<Vec<_>>(), [&Step::LogIn]);
        assert_eq!(
            (totals.steady_bytes, &totals.bytes_by_second[..]),
            (0, &[0, 0, 5][..])
        );
        assert_eq!(totals.errors["segment: status 503"], 1);
    }
}

//! What all viewers saw.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Serialize, Serializer};

use super::{arrivals::Window, buffer::Buffer, scenario::Kind};

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
    /// From a jump until the film plays again.
    Seek,
}

/// Shared by all viewers.
#[derive(Debug, Default)]
pub struct Tally(Mutex<Totals>);

/// All numbers of a run.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Latencies by step; those of segments stand in the seconds.
    pub latencies: BTreeMap<Step, Vec<Duration>>,
    /// What happened in each second from the first arrival.
    pub seconds: Vec<Second>,
    /// Errors by what was asked for and what came.
    pub errors: BTreeMap<String, u64>,
    /// What became of the viewers of each kind.
    pub kinds: BTreeMap<Kind, Fate>,
    /// Lines that broke in the middle of a segment, as flaky ones do.
    pub breaks: u64,
    /// Changes of quality.
    pub switches: u64,
    /// TCP connections that were opened.
    pub connects: u64,
    /// Sampled segments: path behind the folder of the master, with its SHA-256; the same path may come more than once.
    pub samples: BTreeMap<String, Vec<[u8; 32]>>,
}

/// One second of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Second {
    /// Body bytes of segments.
    pub bytes: u64,
    /// Viewers that came.
    pub arrivals: u32,
    /// Microseconds from a request for a segment to its last byte, of viewers with nothing in the way.
    #[serde(rename = "segments", serialize_with = "as_percentiles")]
    pub segments_us: Vec<u32>,
    /// Microseconds from pressing play to the first picture, of the same.
    #[serde(rename = "starts", serialize_with = "as_percentiles")]
    pub starts_us: Vec<u32>,
    /// Buffers that ran empty.
    pub rebuffers: u32,
    /// Errors.
    pub errors: u32,
}

/// What became of viewers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Fate {
    /// How many have begun to play.
    pub started: u32,
    /// How often their buffers ran empty.
    pub rebuffers: u64,
    /// For how long, together.
    pub starved: Duration,
    /// How often they jumped.
    pub seeks: u64,
    /// Media played, together.
    pub played: Duration,
}

impl Tally {
    /// The numbers so far.
    pub fn totals(&self) -> MutexGuard<'_, Totals> {
        // A viewer that panicked between two additions spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an answer to anything but a segment.
    pub fn answered(&self, step: Step, took: Duration) {
        self.totals().latencies.entry(step).or_default().push(took);
    }

    /// Counts what happened at this time from the first arrival.
    pub fn at(&self, moment: Duration, count: impl FnOnce(&mut Second)) {
        let mut totals = self.totals();
        let place = usize::try_from(moment.as_secs()).unwrap_or(usize::MAX);
        if place < LONGEST_SECONDS {
            let needed = totals.seconds.len().max(place.saturating_add(1));
            totals.seconds.resize_with(needed, Second::default);
            if let Some(second) = totals.seconds.get_mut(place) {
                count(second);
            }
        }
    }

    /// Counts an error.
    pub fn failed(&self, step: Step, what: impl fmt::Display, moment: Duration) {
        self.at(moment, |second| second.errors = second.errors.saturating_add(1));
        let mut totals = self.totals();
        let count = totals.errors.entry(format!("{step}: {what}")).or_default();
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
    pub fn left(&self, kind: Kind, buffer: &Buffer) {
        let mut totals = self.totals();
        let fate = totals.kinds.entry(kind).or_default();
        fate.started = fate.started.saturating_add(u32::from(buffer.has_started()));
        fate.rebuffers = fate.rebuffers.saturating_add(u64::from(buffer.rebuffers()));
        fate.starved = fate.starved.saturating_add(buffer.starved());
        fate.seeks = fate.seeks.saturating_add(u64::from(buffer.seeks()));
        fate.played = fate.played.saturating_add(buffer.played());
    }
}

impl Totals {
    /// The seconds that lie in a window.
    pub fn within(&self, window: Window) -> impl Iterator<Item = &Second> {
        let first = usize::try_from(window.from.as_secs()).unwrap_or(usize::MAX);
        let seconds = usize::try_from(window.length().as_secs()).unwrap_or(usize::MAX);
        self.seconds.iter().skip(first).take(seconds)
    }

    /// The viewers of all kinds together.
    #[must_use]
    pub fn fate(&self) -> Fate {
        self.kinds.values().fold(Fate::default(), |sum, fate| Fate {
            started: sum.started.saturating_add(fate.started),
            rebuffers: sum.rebuffers.saturating_add(fate.rebuffers),
            starved: sum.starved.saturating_add(fate.starved),
            seeks: sum.seeks.saturating_add(fate.seeks),
            played: sum.played.saturating_add(fate.played),
        })
    }
}

/// As the seconds keep them: more than an hour is an hour and a bit.
#[must_use]
pub fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
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
            Self::Seek => "seek until it plays",
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
        Self::of_micros(latencies.iter().copied().map(micros))
    }

    /// The same of microseconds.
    #[must_use]
    pub fn of_micros(latencies: impl IntoIterator<Item = u32>) -> Self {
        let mut sorted: Vec<u32> = latencies.into_iter().collect();
        sorted.sort_unstable();
        let ms = |micros: &u32| f64::from(*micros) / 1000.0;
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

/// A second of a large run has thousands: JSON gets what people look at.
fn as_percentiles<S: Serializer>(latencies_us: &[u32], serializer: S) -> Result<S::Ok, S::Error> {
    Percentiles::of_micros(latencies_us.iter().copied()).serialize(serializer)
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
    fn what_happens_is_counted_in_its_second_and_a_window_takes_whole_seconds() {
        let tally = Tally::default();
        tally.at(Duration::from_millis(1999), |second| second.bytes += 5);
        tally.at(Duration::from_millis(2000), |second| second.bytes += 7);
        tally.failed(Step::Segment, "status 503", Duration::from_secs(3));
        let totals = tally.totals();
        let bytes: Vec<_> = totals.seconds.iter().map(|second| second.bytes).collect();
        assert_eq!(bytes, [0, 5, 7, 0]);
        assert_eq!(totals.errors["segment: status 503"], 1);
        let window = Window {
            viewers: 1,
            from: Duration::from_secs(2),
            to: Duration::from_secs(4),
        };
        let errors: u32 = totals.within(window).map(|second| second.errors).sum();
        let bytes: u64 = totals.within(window).map(|second| second.bytes).sum();
        assert_eq!((errors, bytes), (1, 7));
    }
}

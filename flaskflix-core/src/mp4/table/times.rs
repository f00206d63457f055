//! Decode times: durations summed up (`stts`, ISO 14496-12 section 8.6.1.2).

use super::{
    rows::pair,
    runs::{Runs, Values, started_within},
};
use crate::mp4::{BoxFault, Mp4Error, walk::BoxView};

/// The decode times of a track.
#[derive(Debug, Clone, Default)]
pub(super) struct DecodeTimes {
    runs: Runs,
    /// Decode time at every mark of `runs`.
    marks: Vec<u64>,
    samples: u32,
    duration: u64,
}

impl DecodeTimes {
    /// Reads the durations of a track with `samples` samples, of which there is at least one.
    pub(super) fn parse(stts: &BoxView, samples: u32) -> Result<Self, Mp4Error> {
        let (mut marks, mut time) = (Vec::new(), 0_u64);
        let runs = Runs::parse(stts, samples, |row, _, count, delta| {
            if row.is_multiple_of(Runs::STRIDE) {
                marks.push(time);
            }
            // Half the range is meant as negative durations, which leave no order of decoding.
            if i32::try_from(delta).is_err() {
                return Err(BoxFault::BadEntry {
                    entry: row as u64,
                    value: u64::from(delta),
                });
            }
            // At most 2^32 samples of at most 2^31 ticks each, or the count does not match and this is moot.
            time = time.saturating_add(u64::from(count).saturating_mul(u64::from(delta)));
            Ok(())
        })?;
        let mut times = Self {
            runs,
            marks,
            samples,
            duration: 0,
        };
        times.duration = times.sum_before(samples);
        if times.duration == 0 {
            return Err(stts.fault(BoxFault::BadField {
                field: "duration of all samples",
                value: 0,
            }));
        }
        Ok(times)
    }

    /// Keeps the first `samples` durations.
    pub(super) fn truncate(&mut self, samples: u32) {
        self.duration = self.sum_before(samples);
        self.samples = samples;
    }

    /// Duration of all samples.
    pub(super) const fn duration(&self) -> u64 {
        self.duration
    }

    /// Decode time of a sample; the duration for every sample past the last.
    pub(super) fn time_of(&self, sample: u32) -> u64 {
        if sample < self.samples {
            self.sum_before(sample)
        } else {
            self.duration
        }
    }

    /// The last sample whose decode time is not after `time`.
    pub(super) fn sample_at(&self, time: u64) -> u32 {
        let mark = self.marks.partition_point(|&at| at <= time).saturating_sub(1);
        let mut at = self.marks.get(mark).copied().unwrap_or(0);
        let mut started = self.runs.first_of(mark);
        for row in self.runs.rows_from(mark) {
            let (count, delta) = pair(row);
            if at > time {
                break;
            }
            started = started.saturating_add(started_within(time.saturating_sub(at), delta, count));
            at = at.saturating_add(u64::from(count).saturating_mul(u64::from(delta)));
        }
        if at <= time {
            // The one sample that the runs may have forgotten, or past the end.
            started = self.samples;
        }
        started.min(self.samples).saturating_sub(1)
    }

    /// The durations from `sample` on.
    pub(super) fn durations_from(&self, sample: u32) -> Values<'_> {
        self.runs.values_from(sample, true)
    }

    /// Durations of the first `samples` samples, summed up.
    fn sum_before(&self, samples: u32) -> u64 {
        let mark = self.runs.mark_before(samples);
        let mut time = self.marks.get(mark).copied().unwrap_or(0);
        let mut left = samples.saturating_sub(self.runs.first_of(mark));
        let mut delta = 0;
        for row in self.runs.rows_from(mark) {
            if left == 0 {
                break;
            }
            let count;
            (count, delta) = pair(row);
            let taken = left.min(count);
            time = time.saturating_add(u64::from(taken).saturating_mul(u64::from(delta)));
            left = left.saturating_sub(taken);
        }
        time.saturating_add(u64::from(left).saturating_mul(u64::from(delta)))
    }

    /// Bytes held apart from the `moov` box.
    pub(super) fn heap_bytes(&self) -> usize {
        let marks = self.marks.capacity().saturating_mul(size_of::<u64>());
        marks.saturating_add(self.runs.heap_bytes())
    }
}

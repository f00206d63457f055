//! What the samples of a range have in common, told by the columns without walking over samples.

use std::ops::Range;

use super::SampleTable;

/// What somebody has to know about the samples of a segment who does not write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outline {
    /// How many they are.
    pub(crate) samples: u32,
    /// Bytes of all of them.
    pub(crate) bytes: u64,
    /// The duration of all of them, when it is the same.
    pub(crate) same_duration: Option<u32>,
    /// How many of them decoding may start at.
    pub(crate) sync_samples: u32,
    /// Whether decoding may start at the first. True when there is none.
    pub(crate) starts_with_sync: bool,
    /// Whether any of them has a composition offset that is not 0.
    pub(crate) has_offsets: bool,
    /// Whether any of them is presented before the first.
    pub(crate) presents_earlier: bool,
}

impl SampleTable {
    /// The outline of the samples of a range. `None` when the track has samples of no bytes, which are not written: only a walk
    /// over the samples tells what is.
    ///
    /// # Cost
    /// Looks at sizes and at runs of equal times, not at samples: sound costs a fraction of a nanosecond per sample.
    pub(crate) fn outline(&self, range: Range<u32>) -> Option<Outline> {
        if self.sizes.smallest() == 0 {
            return None;
        }
        let (start, end) = (range.start.min(self.len()), range.end.min(self.len()));
        let samples = end.saturating_sub(start);
        let (has_offsets, presents_earlier) = self.presentation(start, samples);
        Some(Outline {
            samples,
            bytes: self.sizes.bytes_in(start..end),
            same_duration: self.same_duration(start, samples),
            sync_samples: self.sync.count_in(start..end),
            starts_with_sync: samples == 0 || self.sync.at_or_before(start) == Some(start),
            has_offsets,
            presents_earlier,
        })
    }

    /// The duration of so many samples from `start` on, when it is the same.
    fn same_duration(&self, start: u32, samples: u32) -> Option<u32> {
        let (mut durations, mut left, mut same) = (self.times.durations_from(start), samples, None);
        while left > 0 {
            let (count, duration) = durations.advance_run(left);
            left = left.saturating_sub(count);
            if *same.get_or_insert(duration) != duration {
                return None;
            }
        }
        same
    }

    /// Whether any of so many samples from `start` on has a composition offset that is not 0, and whether any is presented before
    /// the first.
    ///
    /// Among samples with the same offset the first is presented first, so that only they are looked at.
    fn presentation(&self, start: u32, samples: u32) -> (bool, bool) {
        let Some(column) = &self.composition else {
            return (false, false);
        };
        let (mut offsets, mut durations) = (column.offsets_from(start), self.times.durations_from(start));
        let (mut left, mut decoded, mut first_shown) = (samples, 0_u64, None);
        let (mut has_offsets, mut presents_earlier) = (false, false);
        while left > 0 {
            let (count, offset) = offsets.advance_run(left);
            left = left.saturating_sub(count);
            let shown = i128::from(decoded).saturating_add(i128::from(offset.cast_signed()));
            presents_earlier |= shown < *first_shown.get_or_insert(shown);
            has_offsets |= offset != 0;
            decoded = decoded.saturating_add(durations.advance_by(count));
        }
        (has_offsets, presents_earlier)
    }
}

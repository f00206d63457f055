//! Iterates over the samples of a range: one cursor per column, no search per sample.

use std::ops::Range;

use super::{SampleTable, SyncSamples, chunks::Place, runs::Values};
use crate::mp4::Sample;

/// Iterates over the samples of a range. See [`SampleTable::samples`].
#[derive(Debug, Clone)]
pub struct Samples<'a> {
    table: &'a SampleTable,
    range: Range<u32>,
    decode_time: u64,
    durations: Values<'a>,
    offsets: Option<Values<'a>>,
    /// `None`: nobody asks where the samples are.
    place: Option<Place<'a>>,
    sync: SyncSamples<'a>,
    next_sync: Option<u32>,
}

impl<'a> Samples<'a> {
    /// `range` must lie inside the table.
    pub(super) fn new(table: &'a SampleTable, range: Range<u32>) -> Self {
        let place = table.chunks.place_of(range.start, &table.sizes);
        Self {
            place: Some(place),
            ..Self::unplaced(table, range)
        }
    }

    /// The same without looking up chunks: every [`Sample::offset`] is 0. `range` must lie inside the table.
    pub(super) fn unplaced(table: &'a SampleTable, range: Range<u32>) -> Self {
        let mut sync = table.sync.samples_from(range.start, table.len());
        Self {
            table,
            decode_time: table.decode_time(range.start),
            durations: table.times.durations_from(range.start),
            offsets: table
                .composition
                .as_ref()
                .map(|column| column.offsets_from(range.start)),
            place: None,
            next_sync: sync.next(),
            sync,
            range,
        }
    }
}

impl Samples<'_> {
    /// Passes over so many samples, or over all that are left.
    fn pass(&mut self, samples: usize) {
        let passed = samples.min(self.range.len());
        let passed = u32::try_from(passed).unwrap_or(u32::MAX);
        self.decode_time = self.decode_time.saturating_add(self.durations.advance_by(passed));
        if let Some(offsets) = &mut self.offsets {
            offsets.advance_by(passed);
        }
        self.range.start = self.range.start.saturating_add(passed);
        if self.next_sync.is_some_and(|sync| sync < self.range.start) {
            self.sync = self.table.sync.samples_from(self.range.start, self.table.len());
            self.next_sync = self.sync.next();
        }
    }
}

impl Iterator for Samples<'_> {
    type Item = Sample;

    #[inline]
    fn next(&mut self) -> Option<Sample> {
        let index = self.range.next()?;
        let decode_time = self.decode_time;
        let duration = self.durations.advance();
        self.decode_time = decode_time.saturating_add(u64::from(duration));
        let size = self.table.sizes.get(index);
        let sync = self.next_sync == Some(index);
        if sync {
            self.next_sync = self.sync.next();
        }
        Some(Sample {
            index,
            decode_time,
            duration,
            composition_offset: self
                .offsets
                .as_mut()
                .map_or(0, |offsets| offsets.advance().cast_signed()),
            size,
            offset: self.place.as_mut().map_or(0, |place| place.advance(size)),
            sync,
        })
    }

    /// Passes over runs, not over samples, as long as nobody asks where the samples are.
    fn nth(&mut self, n: usize) -> Option<Sample> {
        if self.place.is_none() {
            self.pass(n);
        } else {
            for _ in 0..n {
                self.next()?;
            }
        }
        self.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl ExactSizeIterator for Samples<'_> {}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use crate::{
        mp4::{Limits, index_bytes},
        testing::mp4::{TestCodec, TestMovie, TestTrack},
    };

    proptest! {
        #[test]
        fn passing_over_samples_leads_where_walking_does(
            samples in vec((1..9_u32, 1..4_u32, 0..3_i32, any::<bool>()), 2..400),
            (first, steps) in (0..40_u32, vec(0..60_usize, 1..20)),
            run_lengths: bool,
        ) {
            let track = TestTrack { run_lengths, ..TestTrack::new(TestCodec::H264, 1000, samples) };
            let film = TestMovie::new(vec![track]).build();
            let index = index_bytes(&film, &Limits::default()).unwrap();
            let table = &index.tracks()[0].samples;
            for placed in [false, true] {
                let range = first..table.len();
                let from = || if placed { table.samples(range.clone()) } else { table.unplaced_samples(range.clone()) };
                let (mut passing, mut walking) = (from(), from());
                for &step in &steps {
                    let mut walked = walking.next();
                    for _ in 0..step {
                        walked = walking.next();
                    }
                    prop_assert_eq!(passing.nth(step), walked);
                    prop_assert_eq!(passing.len(), walking.len());
                }
            }
        }
    }
}

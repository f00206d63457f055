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

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl ExactSizeIterator for Samples<'_> {}

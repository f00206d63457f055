//! Composition offsets: presentation time less decode time (`ctts`, ISO 14496-12 section 8.6.1.3).

use super::runs::{Runs, Values};
use crate::mp4::{Mp4Error, walk::BoxView};

/// The composition offsets of a track.
#[derive(Debug, Clone, Default)]
pub(super) struct CompositionOffsets {
    runs: Runs,
    largest: i32,
    smallest: i32,
}

impl CompositionOffsets {
    /// Reads the offsets of a track with `samples` samples.
    ///
    /// Offsets are taken as signed in version 0 too, as every player does: muxers write negative ones there, and
    /// unsigned ones past 2^31 make no sense.
    pub(super) fn parse(ctts: &BoxView, samples: u32) -> Result<Self, Mp4Error> {
        let (mut largest, mut smallest) = (0, 0);
        let runs = Runs::parse(ctts, samples, |_, _, _, offset| {
            largest = largest.max(offset.cast_signed());
            smallest = smallest.min(offset.cast_signed());
            Ok(())
        })?;
        Ok(Self {
            runs,
            largest,
            smallest,
        })
    }

    /// The largest offset, at least 0.
    pub(super) const fn largest(&self) -> i32 {
        self.largest
    }

    /// The smallest offset, at most 0.
    pub(super) const fn smallest(&self) -> i32 {
        self.smallest
    }

    /// The offsets from `sample` on, as two's complement.
    pub(super) fn offsets_from(&self, sample: u32) -> Values<'_> {
        self.runs.values_from(sample, false)
    }

    /// Bytes held apart from the `moov` box.
    pub(super) fn heap_bytes(&self) -> usize {
        self.runs.heap_bytes()
    }
}

//! The sample table of a track.

use std::{marker::PhantomData, ops::Range};

use crate::mp4::Sample;

/// The samples of a track.
#[derive(Debug, Clone, Default)]
pub struct SampleTable {}

impl SampleTable {
    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> u32 {
        0
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Duration of all samples, in track ticks.
    #[must_use]
    pub fn duration(&self) -> u64 {
        0
    }

    /// Bytes of all samples.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        0
    }

    /// Number of samples that decoding may start at.
    #[must_use]
    pub fn sync_count(&self) -> u32 {
        0
    }

    /// Every sample that decoding may start at, in order.
    pub fn sync_samples(&self) -> impl Iterator<Item = u32> + '_ {
        std::iter::empty()
    }

    /// The last sync sample at or before `index`.
    #[must_use]
    pub fn sync_at_or_before(&self, index: u32) -> Option<u32> {
        let _ = index;
        None
    }

    /// The last sample whose decode time is not after `decode_time`; 0 when there is none.
    #[must_use]
    pub fn sample_at(&self, decode_time: u64) -> u32 {
        let _ = decode_time;
        0
    }

    /// Decode time of a sample; [`duration`](Self::duration) for every index past the last.
    #[must_use]
    pub fn decode_time(&self, index: u32) -> u64 {
        let _ = index;
        0
    }

    /// One sample. `None` past the last.
    #[must_use]
    pub fn sample(&self, index: u32) -> Option<Sample> {
        self.samples(index..index.saturating_add(1)).next()
    }

    /// The samples of a range, in decode order. The part of the range past the last sample yields nothing.
    pub fn samples(&self, range: Range<u32>) -> Samples<'_> {
        Samples {
            left: range.len(),
            table: PhantomData,
        }
    }

    /// Bytes of the samples of a range.
    #[must_use]
    pub fn bytes_in(&self, range: Range<u32>) -> u64 {
        let _ = range;
        0
    }
}

/// Iterates over the samples of a range. See [`SampleTable::samples`].
#[derive(Debug, Clone)]
pub struct Samples<'a> {
    left: usize,
    table: PhantomData<&'a SampleTable>,
}

impl Iterator for Samples<'_> {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        self.left = 0;
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Samples<'_> {}

//! The sample table of a track: all columns together.

use std::ops::Range;

use super::{
    Samples, SyncSamples, chunks::Chunks, composition::CompositionOffsets, sizes::SampleSizes, sync::Sync,
    times::DecodeTimes,
};
use crate::mp4::{BoxFault, FourCc, Mp4Error, Sample, movie::Film, walk::BoxView};

/// The samples of a track, in decode order.
///
/// Every index handed out lies below [`len`](Self::len); every sample's bytes lie inside the file. Lookups never
/// fail: what could make them fail was an error of indexing.
///
/// # Cost
/// Lookups are a binary search and a walk over at most 256 table entries, wherever in the film. Iterating costs a
/// few nanoseconds per sample, and one lookup per column to start.
#[derive(Debug, Clone, Default)]
pub struct SampleTable {
    pub(super) sizes: SampleSizes,
    pub(super) times: DecodeTimes,
    pub(super) composition: Option<CompositionOffsets>,
    pub(super) sync: Sync,
    pub(super) chunks: Chunks,
    /// Bytes of tables that are not those of the `moov` box.
    own_bytes: usize,
}

/// The boxes of an `stbl` that make up a sample table.
#[derive(Debug)]
pub(in crate::mp4) struct SampleTableBoxes {
    pub(in crate::mp4) stts: Option<BoxView>,
    pub(in crate::mp4) ctts: Option<BoxView>,
    pub(in crate::mp4) stss: Option<BoxView>,
    /// `stsz` or `stz2`.
    pub(in crate::mp4) sizes: Option<BoxView>,
    pub(in crate::mp4) stsc: Option<BoxView>,
    /// `co64` or `stco`.
    pub(in crate::mp4) offsets: Option<BoxView>,
}

impl SampleTable {
    /// Reads the columns and validates them against each other and the file.
    pub(in crate::mp4) fn parse(boxes: &SampleTableBoxes, film: &Film<'_>) -> Result<Self, Mp4Error> {
        let need = |table: &Option<BoxView>, name: &[u8; 4]| {
            table
                .clone()
                .ok_or(Mp4Error::in_box(FourCc(*name), BoxFault::Missing))
        };
        let sizes = SampleSizes::parse(&need(&boxes.sizes, b"stsz")?, film.limits)?;
        let samples = sizes.count();
        if samples == 0 {
            return Ok(Self::default());
        }
        if sizes.total() == 0 {
            return Err(Mp4Error::in_box(
                FourCc(*b"stsz"),
                BoxFault::BadField {
                    field: "size of all samples",
                    value: 0,
                },
            ));
        }
        let stsc = need(&boxes.stsc, b"stsc")?;
        let offsets = need(&boxes.offsets, b"stco")?;
        Ok(Self {
            times: DecodeTimes::parse(&need(&boxes.stts, b"stts")?, samples)?,
            composition: boxes
                .ctts
                .as_ref()
                .map(|ctts| CompositionOffsets::parse(ctts, samples))
                .transpose()?,
            sync: boxes
                .stss
                .as_ref()
                .map(|stss| Sync::parse(stss, samples))
                .transpose()?
                .unwrap_or_default(),
            chunks: Chunks::parse(&stsc, &offsets, &sizes, film.object_len)?,
            sizes,
            own_bytes: 0,
        })
    }

    /// The same table, whose rows are so many bytes that are held for it alone.
    pub(in crate::mp4) const fn owning(mut self, own_bytes: usize) -> Self {
        self.own_bytes = own_bytes;
        self
    }

    /// Keeps the first `len` samples.
    pub(in crate::mp4) fn truncate(&mut self, len: u32) {
        if len < self.len() {
            self.sizes.truncate(len);
            self.times.truncate(len);
            self.sync.truncate(len);
        }
    }

    /// Number of samples.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.sizes.count()
    }

    /// Whether there is no sample.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Duration of all samples, in track ticks. 0 only when there is no sample.
    #[must_use]
    pub const fn duration(&self) -> u64 {
        self.times.duration()
    }

    /// Bytes of all samples.
    #[must_use]
    pub const fn total_bytes(&self) -> u64 {
        self.sizes.total()
    }

    /// The smallest composition offset of all samples, at most 0: how far the file lets a sample be presented before its
    /// decode time.
    #[must_use]
    pub fn smallest_composition_offset(&self) -> i32 {
        self.composition.as_ref().map_or(0, CompositionOffsets::smallest)
    }

    /// Number of samples that decoding may start at.
    #[must_use]
    pub fn sync_count(&self) -> u32 {
        self.sync.count(self.len())
    }

    /// Every sample that decoding may start at, in order. All samples when the file has no `stss` box.
    pub fn sync_samples(&self) -> SyncSamples<'_> {
        self.sync.samples_from(0, self.len())
    }

    /// The last sample at or before `index` that decoding may start at.
    #[must_use]
    pub fn sync_at_or_before(&self, index: u32) -> Option<u32> {
        let last = self.len().checked_sub(1)?;
        self.sync.at_or_before(index.min(last))
    }

    /// The last sample whose decode time is not after `decode_time`: the last of all past the end. 0 when there
    /// is no sample.
    #[must_use]
    pub fn sample_at(&self, decode_time: u64) -> u32 {
        self.times.sample_at(decode_time)
    }

    /// Decode time of a sample, in track ticks; [`duration`](Self::duration) for every index past the last.
    #[must_use]
    pub fn decode_time(&self, index: u32) -> u64 {
        self.times.time_of(index)
    }

    /// One sample. `None` past the last. To walk over many, use [`samples`](Self::samples).
    #[must_use]
    pub fn sample(&self, index: u32) -> Option<Sample> {
        self.samples(index..index.saturating_add(1)).next()
    }

    /// The samples of a range, in decode order. The part of the range past the last sample yields nothing.
    pub fn samples(&self, range: Range<u32>) -> Samples<'_> {
        let (start, end) = (range.start.min(self.len()), range.end.min(self.len()));
        Samples::new(self, start..end)
    }

    /// One sample for those who ask for its times and size only: its [`Sample::offset`] is 0. `None` past the last.
    pub(crate) fn unplaced_sample(&self, index: u32) -> Option<Sample> {
        self.unplaced_samples(index..index.saturating_add(1)).next()
    }

    /// The samples of a range for those who ask for times and sizes only, in half the time: every [`Sample::offset`] is 0.
    pub(crate) fn unplaced_samples(&self, range: Range<u32>) -> Samples<'_> {
        let (start, end) = (range.start.min(self.len()), range.end.min(self.len()));
        Samples::unplaced(self, start..end)
    }

    /// Bytes of the samples of a range. The part of the range past the last sample has none.
    #[must_use]
    pub fn bytes_in(&self, range: Range<u32>) -> u64 {
        self.sizes.bytes_in(range)
    }

    /// The smallest composition offset of all samples, at most 0, and the largest, at least 0.
    pub(in crate::mp4) fn composition_offsets(&self) -> (i32, i32) {
        let column = self.composition.as_ref();
        column.map_or((0, 0), |column| (column.smallest(), column.largest()))
    }

    /// Where presentation ends before edits, at the latest: the duration and the largest composition offset.
    pub(in crate::mp4) fn latest_end(&self) -> u64 {
        let offset = self.composition.as_ref().map_or(0, CompositionOffsets::largest);
        self.duration().saturating_add(u64::from(offset.unsigned_abs()))
    }

    /// Bytes held on the heap, apart from the shared bytes of the `moov` box.
    pub(in crate::mp4) fn heap_bytes(&self) -> usize {
        self.sizes
            .heap_bytes()
            .saturating_add(self.times.heap_bytes())
            .saturating_add(
                self.composition
                    .as_ref()
                    .map_or(0, CompositionOffsets::heap_bytes),
            )
            .saturating_add(self.chunks.heap_bytes())
            .saturating_add(self.own_bytes)
    }
}

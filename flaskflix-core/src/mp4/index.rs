//! The index of a film: everything a packager needs, without the media.

use std::{mem::size_of, num::NonZeroU32};

use bytes::Bytes;

use super::{BoxWriter, FourCc, ListedChapter, Mp4Error, Track, walk::BoxView};

/// The index of one film: its tracks, and where every sample of them is.
///
/// # Cost
/// Holds the bytes of the `moov` box as they are, and checkpoints into them of about a fiftieth of their size:
/// for three hours of film with three tracks 10 MB and 0.2 MB. See [`memory_bytes`](Self::memory_bytes).
#[derive(Debug, Clone)]
pub struct Index {
    brands: Vec<FourCc>,
    timescale: NonZeroU32,
    duration: u64,
    tracks: Vec<Track>,
    chapters: Vec<ListedChapter>,
    /// The payload of the `moov` box, which the tables are slices of.
    moov: Bytes,
    memory_bytes: u64,
    fragments: Option<FragmentSummary>,
}

impl Index {
    pub(super) fn new(
        brands: Vec<FourCc>,
        timescale: NonZeroU32,
        duration: u64,
        tracks: Vec<Track>,
        moov: Bytes,
    ) -> Self {
        let own = size_of::<Self>()
            .saturating_add(brands.capacity().saturating_mul(size_of::<FourCc>()))
            .saturating_add(
                tracks
                    .iter()
                    .map(Track::heap_bytes)
                    .fold(0, usize::saturating_add),
            )
            .saturating_add(tracks.capacity().saturating_mul(size_of::<Track>()));
        Self {
            brands,
            timescale,
            duration,
            tracks,
            chapters: Vec::new(),
            memory_bytes: own.saturating_add(moov.len()) as u64,
            fragments: None,
            moov,
        }
    }

    pub(super) const fn with_fragments(mut self, fragments: Option<FragmentSummary>) -> Self {
        self.fragments = fragments;
        self
    }

    /// The same index with the chapters that the film lists.
    pub(super) fn with_chapters(mut self, chapters: Vec<ListedChapter>) -> Self {
        let bytes = chapters
            .iter()
            .map(|chapter| size_of::<ListedChapter>().saturating_add(chapter.title.capacity()))
            .fold(0, usize::saturating_add);
        self.memory_bytes = self.memory_bytes.saturating_add(bytes as u64);
        Self { chapters, ..self }
    }

    /// The chapters that the film lists itself (`moov/udta/chpl`), in the file's order; empty when it has no such list. A track
    /// of chapters is another thing: see [`Track::chapters`].
    #[must_use]
    pub fn chapters(&self) -> &[ListedChapter] {
        &self.chapters
    }

    /// All tracks in file order.
    #[must_use]
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// Ticks per second of [`duration`](Self::duration) (`mvhd`).
    #[must_use]
    pub const fn timescale(&self) -> NonZeroU32 {
        self.timescale
    }

    /// Length of the longest track as the file claims it (`mvhd`), in ticks of [`timescale`](Self::timescale).
    #[must_use]
    pub const fn duration(&self) -> u64 {
        self.duration
    }

    /// The brands of the `ftyp` box, the major brand first. Empty when there is no such box.
    #[must_use]
    pub fn brands(&self) -> &[FourCc] {
        &self.brands
    }

    /// The payload of the `moov` box.
    pub(super) const fn moov(&self) -> &Bytes {
        &self.moov
    }

    /// Bytes of memory that the index holds, the `moov` box included.
    #[must_use]
    pub const fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// The fragments that the film is in. `None`: the `moov` box of the file lists all samples.
    #[must_use]
    pub const fn fragments(&self) -> Option<FragmentSummary> {
        self.fragments
    }
}

/// What an index remembers of the fragments that it was made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FragmentSummary {
    /// Number of `moof` boxes. 0 when the film could have fragments and has none.
    pub count: u32,
    /// Samples of the last fragment, over all tracks, that are not served because the file ends before they do.
    pub samples_cut_off: u32,
    /// Whether the file was cut off: it ends inside a box, or before the data of its last fragment. What else is missing is
    /// not known.
    pub cut_off: bool,
}

impl FragmentSummary {
    /// A box of our own: only synthetic `moov` boxes have it.
    pub(super) const BOX: FourCc = FourCc(*b"ffrg");

    pub(super) fn parse(summary: &BoxView) -> Result<Self, Mp4Error> {
        let mut fields = summary.fields();
        Ok(Self {
            count: fields.u32()?,
            samples_cut_off: fields.u32()?,
            cut_off: fields.u8()? != 0,
        })
    }

    pub(super) fn write(self, w: &mut BoxWriter) {
        w.start(Self::BOX);
        w.u32(self.count);
        w.u32(self.samples_cut_off);
        w.u8(u8::from(self.cut_off));
        w.end();
    }
}

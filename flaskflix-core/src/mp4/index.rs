//! The index of a film: everything a packager needs, without the media.

use std::num::NonZeroU32;

use super::{FourCc, Track};

/// The index of one film.
#[derive(Debug, Clone)]
pub struct Index {
    pub(super) brands: Vec<FourCc>,
    pub(super) timescale: NonZeroU32,
    pub(super) duration: u64,
    pub(super) tracks: Vec<Track>,
    pub(super) memory_bytes: u64,
}

impl Index {
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

    /// Bytes of memory that the index holds, the `moov` box included.
    #[must_use]
    pub const fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }
}

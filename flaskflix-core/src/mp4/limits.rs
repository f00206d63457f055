//! What a reader of untrusted files is willing to spend.

/// Caps on everything an MP4 file may ask of its reader.
///
/// Every cap is a setting; the error that a cap causes names it, the value found and the cap itself.
///
/// # Defaults
/// | setting | default | enough for |
/// |---|---|---|
/// | `max_moov_bytes` | 128 MiB | 10 hours of 60 frames per second with an entry per sample in every table, and six sound tracks |
/// | `max_samples` | 16,777,216 | 38 hours of 120 frames per second |
/// | `max_tracks` | 128 | |
/// | `max_fragments` | 1,048,576 | 12 hours with a fragment for each of 24 frames per second, or 24 days of fragments of 2 seconds |
/// | `max_boxes` | 65,536 | |
/// | `max_depth` | 32 | three times the deepest path that is read |
/// | `max_probes` | 256 | a file with 256 `mdat` boxes in front of its `moov` |
/// | `max_cover_bytes` | 8 MiB | a JPEG of 4096 x 4096 |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest `moov` box in bytes, header included. The index keeps the whole box in memory: for a film in fragments the box
    /// that would have listed all samples. No `moof` box may be larger, either.
    pub max_moov_bytes: u64,
    /// Most samples in one track.
    pub max_samples: u32,
    /// Most tracks in the film, of any kind.
    pub max_tracks: u32,
    /// Most fragments (`moof` boxes). Indexing takes a read of some KiB for each, or one for several small ones.
    pub max_fragments: u32,
    /// Most boxes looked at, over the whole file; in a film in fragments up to the first, and from each to the next.
    pub max_boxes: u32,
    /// Deepest nesting of boxes; a top-level box has depth 1.
    pub max_depth: u32,
    /// Most reads of at most 64 KiB each that may be spent on finding the `moov` box, and the next fragment.
    pub max_probes: u32,
    /// Largest cover picture in bytes.
    pub max_cover_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_moov_bytes: 128 << 20,
            max_samples: 1 << 24,
            max_tracks: 128,
            max_fragments: 1 << 20,
            max_boxes: 1 << 16,
            max_depth: 32,
            max_probes: 256,
            max_cover_bytes: 8 << 20,
        }
    }
}

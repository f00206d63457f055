//! One sample of a track.

/// One sample: a frame of picture or sound, when it is decoded and shown, and where its bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Number of the sample in its track, from 0.
    pub index: u32,
    /// Decode time in track ticks: the durations of all samples before it.
    pub decode_time: u64,
    /// Duration in track ticks. May be 0.
    pub duration: u32,
    /// Presentation less decode time in track ticks, before [`Track::shift`](super::Track::shift).
    pub composition_offset: i32,
    /// Size in bytes. May be 0.
    pub size: u32,
    /// Where its bytes start in the file. They lie inside it.
    pub offset: u64,
    /// Whether decoding may start here.
    pub sync: bool,
}

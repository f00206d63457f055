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

impl Sample {
    /// When the sample is presented on its media's own timeline, in track ticks: decode time and composition offset
    /// (ISO 14496-12 section 8.6.1.1). Edit lists are not counted. Saturates: 2^63 ticks at 1 GHz are 292 years.
    #[must_use]
    pub fn composition_time(&self) -> i64 {
        i64::try_from(self.decode_time)
            .unwrap_or(i64::MAX)
            .saturating_add(i64::from(self.composition_offset))
    }
}

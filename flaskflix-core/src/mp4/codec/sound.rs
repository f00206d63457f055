//! What a codec's configuration says of a sound track.

/// A sound track that can be packaged: its codec string, and what its configuration corrects about the sample entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mp4) struct Sound {
    /// The codec string.
    pub(in crate::mp4) rfc6381: String,
    /// Samples per second that come out of the decoder; `None` when only the sample entry says it.
    pub(in crate::mp4) sample_rate: Option<u32>,
    /// Channels that come out of the decoder; `None` when only the sample entry says it.
    pub(in crate::mp4) channels: Option<u16>,
    /// The complexity index of joint object coding, when the sound has objects.
    pub(in crate::mp4) objects: Option<u8>,
}

impl Sound {
    /// A sound whose codec string is this; numbers that are 0 are not known.
    pub(in crate::mp4) fn new(rfc6381: &str, sample_rate: u32, channels: u16) -> Self {
        Self {
            rfc6381: rfc6381.to_owned(),
            sample_rate: Some(sample_rate).filter(|rate| *rate > 0),
            channels: Some(channels).filter(|channels| *channels > 0),
            objects: None,
        }
    }
}

//! What a fragment says once for many samples: `trex` (ISO 14496-12 section 8.8.3) and `tfhd` (section 8.8.7).

use crate::mp4::{Mp4Error, walk::BoxView};

/// Values of samples that do not have their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Defaults {
    pub(super) duration: u32,
    pub(super) size: u32,
    pub(super) flags: u32,
}

impl Defaults {
    /// Reads a `trex` box: the track it is about, and its defaults.
    pub(super) fn of_track(trex: &BoxView) -> Result<(u32, Self), Mp4Error> {
        let mut fields = trex.fields();
        fields.version_and_flags()?;
        let track = fields.u32()?;
        // The sample entry: tracks with more than one are not packaged.
        fields.skip(4)?;
        Ok((
            track,
            Self {
                duration: fields.u32()?,
                size: fields.u32()?,
                flags: fields.u32()?,
            },
        ))
    }
}

/// A `tfhd` box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TrackFragmentHeader {
    pub(super) track: u32,
    /// From where data offsets count.
    pub(super) base: Base,
    duration: Option<u32>,
    size: Option<u32>,
    flags: Option<u32>,
}

/// From where the data offsets of a track fragment count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// A place in the file.
    Explicit(u64),
    /// The start of the `moof` box.
    Fragment,
    /// The end of the data of the track fragment before; the start of the `moof` box for the first.
    Previous,
}

impl TrackFragmentHeader {
    pub(super) fn parse(tfhd: &BoxView) -> Result<Self, Mp4Error> {
        let mut fields = tfhd.fields();
        let (_, flags) = fields.version_and_flags()?;
        let track = fields.u32()?;
        let base = if flags & BASE_DATA_OFFSET != 0 {
            Base::Explicit(fields.u64()?)
        } else if flags & DEFAULT_BASE_IS_MOOF != 0 {
            Base::Fragment
        } else {
            Base::Previous
        };
        if flags & SAMPLE_DESCRIPTION_INDEX != 0 {
            fields.skip(4)?;
        }
        let mut optional = |bit: u32| (flags & bit != 0).then(|| fields.u32()).transpose();
        Ok(Self {
            track,
            base,
            duration: optional(DEFAULT_DURATION)?,
            size: optional(DEFAULT_SIZE)?,
            flags: optional(DEFAULT_FLAGS)?,
        })
    }

    /// The defaults of this fragment: its own before the track's.
    pub(super) fn defaults(&self, track: Defaults) -> Defaults {
        Defaults {
            duration: self.duration.unwrap_or(track.duration),
            size: self.size.unwrap_or(track.size),
            flags: self.flags.unwrap_or(track.flags),
        }
    }
}

const BASE_DATA_OFFSET: u32 = 0x00_0001;
const SAMPLE_DESCRIPTION_INDEX: u32 = 0x00_0002;
const DEFAULT_DURATION: u32 = 0x00_0008;
const DEFAULT_SIZE: u32 = 0x00_0010;
const DEFAULT_FLAGS: u32 = 0x00_0020;
const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;

//! The sequence parameter set of HEVC (ISO 23008-2 section 7.3.2.2).

use super::{
    cropping::cropped,
    elementary::{MAX_PARAMETER_SET_BYTES, nal_units, unescaped},
};
use crate::mp4::{Bits, FourCc, HevcProfile, VideoInfo};

/// What a sequence parameter set says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HevcSequence {
    pub(super) rfc6381: String,
    pub(super) video: VideoInfo,
}

impl HevcSequence {
    /// Finds the first sequence parameter set of a byte stream.
    pub(super) fn find(stream: &[u8]) -> Option<Self> {
        let mut sets =
            nal_units(stream).filter(|unit| unit.first().is_some_and(|head| head >> 1 & 63 == SEQUENCE));
        sets.find_map(Self::parse)
    }

    fn parse(unit: &[u8]) -> Option<Self> {
        let bytes = unescaped(unit.get(2..)?, MAX_PARAMETER_SET_BYTES);
        // Four bits of video parameter set, three of sub-layers, one of nesting; then twelve bytes of profile, tier and level.
        let (
            &[
                head,
                space_tier_idc,
                c0,
                c1,
                c2,
                c3,
                k0,
                k1,
                k2,
                k3,
                k4,
                k5,
                level,
            ],
            rest,
        ) = bytes.split_first_chunk::<13>()?;
        let profile = HevcProfile {
            space_tier_idc,
            compatibility: u32::from_be_bytes([c0, c1, c2, c3]),
            constraints: [k0, k1, k2, k3, k4, k5],
            level,
        };
        let mut bits = Bits::new(rest);
        skip_sub_layers(&mut bits, head >> 1 & 7)?;
        bits.unsigned_golomb()?;
        let mut chroma = bits.unsigned_golomb()?;
        if chroma == 3 && bits.flag()? {
            chroma = 0;
        }
        let mut size = (bits.unsigned_golomb()?, bits.unsigned_golomb()?);
        if bits.flag()? {
            size = cropped(&mut bits, size, chroma, 1)?;
        }
        Some(Self {
            // A transport stream has no sample entry; `hvc1` is the name that players on every platform take.
            rfc6381: profile.rfc6381(FourCc(*b"hvc1")),
            video: VideoInfo {
                width: u16::try_from(size.0).ok().filter(|width| *width > 0)?,
                height: u16::try_from(size.1).ok().filter(|height| *height > 0)?,
                pixel_aspect: None,
                primaries: None,
                matrix: None,
                transfer: None,
            },
        })
    }
}

/// Skips profile and level of the sub-layers, each where a flag says so.
fn skip_sub_layers(bits: &mut Bits<'_>, count: u8) -> Option<()> {
    let mut present = Vec::new();
    for _ in 0..count {
        present.push((bits.flag()?, bits.flag()?));
    }
    if count > 0 {
        for _ in count..8 {
            bits.read(2)?;
        }
    }
    for (profile, level) in present {
        if profile {
            // 88 bits.
            for _ in 0..11 {
                bits.read(8)?;
            }
        }
        if level {
            bits.read(8)?;
        }
    }
    Some(())
}

const SEQUENCE: u8 = 33;

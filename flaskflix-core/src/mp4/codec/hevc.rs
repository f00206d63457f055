//! HEVC: the `hvcC` box (ISO 14496-15 section 8.3.3.1) and its codec string (Annex E.3).

use std::fmt::Write;

use super::{Codec, ParameterSets};
use crate::mp4::{BoxFault, FourCc, Mp4Error, fields::Fields, walk::BoxView};

/// Reads the configuration of an `hvc1` or `hev1` sample entry, or of Dolby Vision's `dvh1` or `dvhe`.
pub(in crate::mp4) fn parse(record: &BoxView, entry: FourCc) -> Result<Codec, Mp4Error> {
    let mut fields = record.fields();
    let version = fields.u8()?;
    // Muxers from before the standard was finished wrote 0 in front of the same fields.
    if version > 1 {
        return Err(fields.fault(BoxFault::BadField {
            field: "configurationVersion",
            value: u64::from(version),
        }));
    }
    let profile = Profile {
        space_tier_idc: fields.u8()?,
        compatibility: fields.u32()?,
        constraints: fields.array()?,
        level: fields.u8()?,
    };
    // Segmentation, parallelism, chroma format, bit depths, average frame rate.
    fields.skip(8)?;
    let length_size = fields.u8()? & 3;
    if length_size == 2 {
        return Err(fields.fault(BoxFault::BadField {
            field: "lengthSizeMinusOne",
            value: 2,
        }));
    }
    let sets = parameter_sets(&mut fields, entry)?;
    Ok(Codec::packageable(entry, profile.rfc6381(entry), sets))
}

/// The part of the configuration that the codec string tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile {
    /// Two bits of profile space, the tier, five bits of profile.
    pub(crate) space_tier_idc: u8,
    /// A flag for each profile that the stream is compatible with, the first one highest.
    pub(crate) compatibility: u32,
    pub(crate) constraints: [u8; 6],
    pub(crate) level: u8,
}

impl Profile {
    /// `hvc1.1.6.L93.90`: the profile with its space, the compatibility flags in reverse order and hexadecimal
    /// without leading zeros, tier and level, the constraint bytes up to the last that is not zero.
    pub(crate) fn rfc6381(self, entry: FourCc) -> String {
        let space = match self.space_tier_idc >> 6 {
            0 => "",
            1 => "A",
            2 => "B",
            _ => "C",
        };
        let idc = self.space_tier_idc & 31;
        let tier = if self.space_tier_idc & 32 == 0 { 'L' } else { 'H' };
        let compatibility = self.compatibility.reverse_bits();
        let mut text = format!("{entry}.{space}{idc}.{compatibility:X}.{tier}{}", self.level);
        let used = self
            .constraints
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last.saturating_add(1));
        for byte in self.constraints.iter().take(used) {
            // Writing to a String cannot fail.
            let _ = write!(text, ".{byte:X}");
        }
        text
    }
}

/// Reads the arrays of parameter sets: video, sequence and picture parameter sets, each marked complete or not.
fn parameter_sets(fields: &mut Fields, entry: FourCc) -> Result<ParameterSets, Mp4Error> {
    let (mut present, mut complete) = ([false; 3], [false; 3]);
    for _ in 0..fields.u8()? {
        let kind = fields.u8()?;
        let count = fields.u16()?;
        for _ in 0..count {
            let bytes = fields.u16()?;
            fields.skip(usize::from(bytes))?;
        }
        let place = KINDS.iter().position(|unit_type| *unit_type == kind & 63);
        if let Some(place) = place.filter(|_| count > 0) {
            present
                .iter_mut()
                .skip(place)
                .take(1)
                .for_each(|present| *present = true);
            complete
                .iter_mut()
                .skip(place)
                .take(1)
                .for_each(|complete| *complete = kind & 0x80 != 0);
        }
    }
    Ok(if present.contains(&false) {
        ParameterSets::SamplesOnly
    } else if matches!(&entry.0, b"hvc1" | b"dvh1") || !complete.contains(&false) {
        ParameterSets::SampleEntry
    } else {
        ParameterSets::SampleEntryAndSamples
    })
}

/// NAL unit types of video, sequence and picture parameter sets.
const KINDS: [u8; 3] = [32, 33, 34];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codec_strings_follow_annex_e() {
        let main = Profile {
            space_tier_idc: 1,
            compatibility: 0x6000_0000,
            constraints: [0x90, 0, 0, 0, 0, 0],
            level: 93,
        };
        assert_eq!(main.rfc6381(FourCc(*b"hvc1")), "hvc1.1.6.L93.90");
        let other = Profile {
            space_tier_idc: 0b0110_0010,
            compatibility: 0x2000_0000,
            constraints: [0xb0, 0, 8, 0, 0, 0],
            level: 150,
        };
        assert_eq!(other.rfc6381(FourCc(*b"hev1")), "hev1.A2.4.H150.B0.0.8");
        let bare = Profile {
            constraints: [0; 6],
            ..main
        };
        assert_eq!(bare.rfc6381(FourCc(*b"hvc1")), "hvc1.1.6.L93");
    }
}

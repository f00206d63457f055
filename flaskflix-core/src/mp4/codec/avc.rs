//! H.264: the `avcC` box (ISO 14496-15 section 5.3.3.1).

use super::{Codec, ParameterSets};
use crate::mp4::{BoxFault, FourCc, Mp4Error, fields::Fields, walk::BoxView};

/// Reads the configuration of an `avc1` or `avc3` sample entry, or of Dolby Vision's `dva1` or `dvav`.
pub(in crate::mp4) fn parse(record: &BoxView, entry: FourCc) -> Result<Codec, Mp4Error> {
    let mut fields = record.fields();
    let version = fields.u8()?;
    if version != 1 {
        return Err(fields.fault(BoxFault::BadField {
            field: "configurationVersion",
            value: u64::from(version),
        }));
    }
    let [profile, constraints, level] = fields.array()?;
    let length_size = fields.u8()? & 3;
    if length_size == 2 {
        return Err(fields.fault(BoxFault::BadField {
            field: "lengthSizeMinusOne",
            value: 2,
        }));
    }
    // Both kinds are counted and, when the count is not 0, there.
    let sequence_sets = fields.u8()? & 31;
    skip_sets(&mut fields, sequence_sets)?;
    let picture_sets = fields.u8()?;
    skip_sets(&mut fields, picture_sets)?;
    let parameter_sets = match (sequence_sets > 0 && picture_sets > 0, &entry.0) {
        (false, _) => ParameterSets::SamplesOnly,
        (true, b"avc1" | b"dva1") => ParameterSets::SampleEntry,
        (true, _) => ParameterSets::SampleEntryAndSamples,
    };
    let text = format!("{entry}.{profile:02x}{constraints:02x}{level:02x}");
    Ok(Codec::packageable(entry, text, parameter_sets))
}

/// Skips parameter sets, each after its length in 16 bits.
fn skip_sets(fields: &mut Fields, count: u8) -> Result<(), Mp4Error> {
    for _ in 0..count {
        let bytes = fields.u16()?;
        fields.skip(usize::from(bytes))?;
    }
    Ok(())
}

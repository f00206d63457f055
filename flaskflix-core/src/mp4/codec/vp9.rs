//! VP9: the `vpcC` box and the codec string
//! ([VP Codec ISO Media File Format Binding](https://www.webmproject.org/vp9/mp4/)).

use super::Colour;
use crate::mp4::{BoxFault, Mp4Error, walk::BoxView};

/// Reads the configuration of a `vp09` sample entry: its codec string, and its colour.
///
/// The string has all fields of the record, for example `vp09.00.10.08.01.01.01.01.00`.
pub(in crate::mp4) fn parse(record: &BoxView) -> Result<(String, Option<Colour>), Mp4Error> {
    let mut fields = record.fields();
    let (version, _) = fields.version_and_flags()?;
    let [profile, level, form] = fields.array()?;
    let depth = form >> 4;
    // Two digits each; what is more is no profile and no level.
    for (field, value) in [("profile", profile), ("level", level)] {
        if value > 99 {
            return Err(fields.fault(BoxFault::BadField {
                field,
                value: u64::from(value),
            }));
        }
    }
    let text = format!("vp09.{profile:02}.{level:02}.{depth:02}");
    if version == 0 {
        // Drafts began with the same fields. Those that follow meant other things, and may be left out of the string.
        return Ok((text, None));
    }
    let chroma = (form >> 1) & 7;
    let full_range = form & 1;
    let [primaries, transfer, matrix] = fields.array()?;
    let text = format!("{text}.{chroma:02}.{primaries:02}.{transfer:02}.{matrix:02}.{full_range:02}");
    let colour = Colour {
        primaries: u16::from(primaries),
        transfer: u16::from(transfer),
        matrix: u16::from(matrix),
        full_range: full_range == 1,
    };
    Ok((text, Some(colour)))
}

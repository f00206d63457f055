//! AV1: the `av1C` box and the codec string
//! ([AV1 Codec ISO Media File Format Binding](https://aomediacodec.github.io/av1-isobmff/) sections 2.3 and 5).

use std::fmt::Write;

use super::{Colour, av1_sequence};
use crate::mp4::{BoxFault, Mp4Error, walk::BoxView};

/// What the configuration of an `av01` sample entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mp4) struct Av1Config {
    profile: u8,
    level: u8,
    high_tier: bool,
    bit_depth: u8,
    monochrome: bool,
    /// Chroma subsampling across, down, and where the samples lie: a digit each.
    chroma: [u8; 3],
    /// Colour, when the sequence header describes it.
    colour: Option<Colour>,
}

impl Av1Config {
    /// Reads an `av1C` box.
    pub(in crate::mp4) fn parse(record: &BoxView) -> Result<Self, Mp4Error> {
        let mut fields = record.fields();
        let [marker_and_version, profile_and_level, tier_and_form, _delay] = fields.array()?;
        if marker_and_version != 0x81 {
            return Err(fields.fault(BoxFault::BadField {
                field: "version",
                value: u64::from(marker_and_version),
            }));
        }
        let flag = |bit: u8| tier_and_form & bit != 0;
        let profile = profile_and_level >> 5;
        let (across, down) = (flag(8), flag(4));
        // Samples between others have a place only where there are fewer of them both ways.
        let place = if across && down { tier_and_form & 3 } else { 0 };
        Ok(Self {
            profile,
            level: profile_and_level & 31,
            high_tier: flag(0x80),
            bit_depth: match (flag(0x40), flag(0x20)) {
                (false, _) => 8,
                (true, true) if profile == 2 => 12,
                (true, _) => 10,
            },
            monochrome: flag(0x10),
            chroma: [u8::from(across), u8::from(down), place],
            colour: av1_sequence::colour(&fields.rest()),
        })
    }

    /// Colour as the stream says it, else as the file does (`colr`).
    pub(in crate::mp4) fn colour(&self, colr: Option<Colour>) -> Option<Colour> {
        self.colour
            .and_then(Colour::specified)
            .or(colr.and_then(Colour::specified))
    }

    /// The codec string: `av01.0.04M.08`, with `.0.110.09.16.09.0` behind it when the colour is known.
    ///
    /// "All the other fields (including their leading '.') are optional, mutually inclusive (all or none) fields", and
    /// stand for BT.709 in 4:2:0 when they are left out.
    pub(in crate::mp4) fn rfc6381(&self, colr: Option<Colour>) -> String {
        let tier = if self.high_tier { 'H' } else { 'M' };
        let mut text = format!(
            "av01.{}.{:02}{tier}.{:02}",
            self.profile, self.level, self.bit_depth
        );
        if let Some(colour) = self.colour(colr) {
            let [across, down, place] = self.chroma;
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                ".{}.{across}{down}{place}.{:02}.{:02}.{:02}.{}",
                u8::from(self.monochrome),
                colour.primaries,
                colour.transfer,
                colour.matrix,
                u8::from(colour.full_range)
            );
        }
        text
    }
}

//! Dolby Vision: the `dvcC`, `dvvC` and `dvwC` boxes (Dolby Vision Streams Within the ISO Base Media File Format, section 3).

use super::{Bits, colour};
use crate::mp4::{FourCc, Mp4Error, walk::BoxView};

/// The configuration that stands beside that of the base layer's codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mp4) struct DolbyVision {
    profile: u8,
    level: u8,
    /// What a player that does not know Dolby Vision sees: 1 is HDR10, 2 is SDR, 4 is HLG, 6 is HDR10 of a disc.
    compatibility: u8,
}

impl DolbyVision {
    /// Reads the box, whatever its name: the name tells profiles apart, which the fields do too.
    pub(in crate::mp4) fn parse(record: &BoxView) -> Result<Self, Mp4Error> {
        let mut fields = record.fields();
        let _version: [u8; 2] = fields.array()?;
        let bytes: [u8; 3] = fields.array()?;
        let mut bits = Bits::new(&bytes);
        let mut number = |count| bits.read(count).and_then(|value| u8::try_from(value).ok());
        let (profile, level) = (number(7).unwrap_or(0), number(6).unwrap_or(0));
        let _layers = number(3);
        Ok(Self {
            profile,
            level,
            compatibility: number(4).unwrap_or(0),
        })
    }

    /// The codec string of a sample entry that only a Dolby Vision decoder may play: `dvh1.05.06`.
    pub(in crate::mp4) fn rfc6381(self, entry: FourCc) -> String {
        format!("{entry}.{:02}.{:02}", self.profile, self.level)
    }

    /// The transfer characteristics, for files without a `colr` box.
    pub(in crate::mp4) const fn transfer(self) -> Option<u16> {
        match (self.profile, self.compatibility) {
            // Profile 5 has no other reading; of the others the compatibility tells.
            (_, 4) => Some(colour::HLG),
            (5, _) | (_, 1 | 6) => Some(colour::PQ),
            _ => None,
        }
    }
}

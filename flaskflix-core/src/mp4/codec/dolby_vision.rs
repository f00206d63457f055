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

    /// What a Dolby Vision decoder makes of a sample entry that others play too: `dvh1.08.07/db4h`, the codec string that it would have and
    /// the brand that names its base layer (`SUPPLEMENTAL-CODECS`, RFC 8216bis section 4.4.6.2). `None` for profiles whose base layer is none
    /// of those, such as the two layers of discs.
    pub(in crate::mp4) fn supplemental(self, base: FourCc) -> Option<String> {
        let entry = match (self.profile, &base.0) {
            (8, b"hvc1") => "dvh1",
            (8, b"hev1") => "dvhe",
            (9, b"avc1") => "dva1",
            (9, b"avc3") => "dvav",
            (10, b"av01") => "dav1",
            _ => return None,
        };
        let brand = match self.compatibility {
            1 => "db1p",
            2 => "db2g",
            4 => "db4h",
            _ => return None,
        };
        Some(format!("{entry}.{:02}.{:02}/{brand}", self.profile, self.level))
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

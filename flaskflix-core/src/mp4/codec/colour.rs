//! What the numbers of a picture mean as light: code points of
//! [ISO 23091-2 (ITU-T H.273)](https://www.itu.int/rec/T-REC-H.273).

use crate::mp4::walk::BoxView;

/// Colour of a video track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mp4) struct Colour {
    pub(in crate::mp4) primaries: u16,
    /// Transfer characteristics: 16 is PQ, 18 is HLG.
    pub(in crate::mp4) transfer: u16,
    pub(in crate::mp4) matrix: u16,
    /// Whether black is 0 and white the largest number.
    pub(in crate::mp4) full_range: bool,
}

impl Colour {
    /// Reads a `colr` box (ISO 14496-12 section 12.1.5), when it gives colour by number.
    pub(in crate::mp4) fn parse(colr: &BoxView) -> Option<Self> {
        let mut fields = colr.fields();
        let kind = fields.fourcc().ok()?;
        let mut number = || fields.u16().ok();
        let (primaries, transfer, matrix) = (number()?, number()?, number()?);
        let full_range = match &kind.0 {
            b"nclx" => fields.u8().is_ok_and(|flags| flags & 0x80 != 0),
            // QuickTime's form ends here.
            b"nclc" => false,
            _ => return None,
        };
        Some(Self {
            primaries,
            transfer,
            matrix,
            full_range,
        })
    }

    /// The colour, unless all of it is unspecified.
    pub(in crate::mp4) fn specified(self) -> Option<Self> {
        ([self.primaries, self.transfer, self.matrix] != [UNSPECIFIED; 3]).then_some(self)
    }
}

/// The code point of all three that says nothing.
pub(in crate::mp4) const UNSPECIFIED: u16 = 2;

/// The transfer characteristics of SMPTE ST 2084, `VIDEO-RANGE=PQ`.
pub(in crate::mp4) const PQ: u16 = 16;
/// The transfer characteristics of hybrid log-gamma, `VIDEO-RANGE=HLG`.
pub(in crate::mp4) const HLG: u16 = 18;

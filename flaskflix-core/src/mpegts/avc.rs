//! The sequence parameter set of H.264 (ISO 14496-10 section 7.3.2.1.1 and annex E).

use super::{
    cropping::cropped,
    elementary::{MAX_PARAMETER_SET_BYTES, nal_units, unescaped},
};
use crate::mp4::{Bits, VideoInfo};

/// What a sequence parameter set says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AvcSequence {
    pub(super) rfc6381: String,
    pub(super) video: VideoInfo,
    pub(super) frame_rate_thousandths: Option<u64>,
}

impl AvcSequence {
    /// Finds the first sequence parameter set of a byte stream.
    pub(super) fn find(stream: &[u8]) -> Option<Self> {
        let mut sets =
            nal_units(stream).filter(|unit| unit.first().is_some_and(|head| head & 31 == SEQUENCE));
        sets.find_map(Self::parse)
    }

    fn parse(unit: &[u8]) -> Option<Self> {
        let bytes = unescaped(unit.get(1..)?, MAX_PARAMETER_SET_BYTES);
        let (&[profile, constraints, level], rest) = bytes.split_first_chunk::<3>()?;
        let mut bits = Bits::new(rest);
        bits.unsigned_golomb()?;
        let chroma = if WITH_CHROMA.contains(&profile) {
            chroma_format(&mut bits)?
        } else {
            1
        };
        let size = coded_size(&mut bits, chroma)?;
        let mut sequence = Self {
            rfc6381: format!("avc1.{profile:02x}{constraints:02x}{level:02x}"),
            video: VideoInfo {
                width: u16::try_from(size.0).ok()?,
                height: u16::try_from(size.1).ok()?,
                pixel_aspect: None,
                primaries: None,
                matrix: None,
                transfer: None,
            },
            frame_rate_thousandths: None,
        };
        if bits.flag()? {
            // What is cut off in here was not said.
            let _ = sequence.usability(&mut bits);
        }
        Some(sequence)
    }

    /// Annex E.1.1, up to the timing.
    fn usability(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        if bits.flag()? {
            self.video.pixel_aspect = pixel_aspect(bits)?;
        }
        if bits.flag()? {
            bits.flag()?;
        }
        if bits.flag()? {
            bits.read(4)?;
            if bits.flag()? {
                bits.read(8)?;
                self.video.transfer = u16::try_from(bits.read(8)?).ok();
                bits.read(8)?;
            }
        }
        if bits.flag()? {
            bits.unsigned_golomb()?;
            bits.unsigned_golomb()?;
        }
        if bits.flag()? {
            let (ticks, scale) = (u64::from(bits.read(32)?), u64::from(bits.read(32)?));
            // A tick is the time of a field: two make a frame. Encoders rarely mark the rate as fixed (x264 under ffmpeg never does); it is
            // the highest that the stream can have, and so is FRAME-RATE. A clock of 90 kHz in its place is no rate.
            let fields = ticks.checked_mul(2)?;
            let rate = scale.checked_mul(1000)?.checked_add(ticks)?.checked_div(fields);
            self.frame_rate_thousandths = rate.filter(|rate| (1..=MAX_RATE_THOUSANDTHS).contains(rate));
        }
        Some(())
    }
}

/// Reads `chroma_format_idc` to the scaling lists. Returns the format, 3 only for one whose planes are coded together.
fn chroma_format(bits: &mut Bits<'_>) -> Option<u32> {
    let mut chroma = bits.unsigned_golomb()?;
    let lists = if chroma == 3 { 12 } else { 8 };
    if chroma == 3 && bits.flag()? {
        chroma = 0;
    }
    bits.unsigned_golomb()?;
    bits.unsigned_golomb()?;
    bits.flag()?;
    if bits.flag()? {
        for list in 0..lists {
            if bits.flag()? {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(chroma)
}

fn skip_scaling_list(bits: &mut Bits<'_>, len: usize) -> Option<()> {
    let (mut last, mut next) = (8_i64, 8_i64);
    for _ in 0..len {
        if next != 0 {
            next = last.checked_add(bits.signed_golomb()?)?.rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

/// Reads the fields from the frame numbers to the cropping; returns width and height of what is shown.
fn coded_size(bits: &mut Bits<'_>, chroma: u32) -> Option<(u32, u32)> {
    bits.unsigned_golomb()?;
    match bits.unsigned_golomb()? {
        0 => {
            bits.unsigned_golomb()?;
        }
        1 => {
            bits.flag()?;
            bits.signed_golomb()?;
            bits.signed_golomb()?;
            for _ in 0..bits.unsigned_golomb().filter(|cycle| *cycle < 256)? {
                bits.signed_golomb()?;
            }
        }
        _ => {}
    }
    bits.unsigned_golomb()?;
    bits.flag()?;
    let columns = bits.unsigned_golomb()?.checked_add(1)?;
    let rows = bits.unsigned_golomb()?.checked_add(1)?;
    let fields = if bits.flag()? { 1 } else { 2 };
    if fields == 2 {
        bits.flag()?;
    }
    bits.flag()?;
    let mut size = (columns.checked_mul(16)?, rows.checked_mul(16 * fields)?);
    if bits.flag()? {
        size = cropped(bits, size, chroma, fields)?;
    }
    (size.0 > 0 && size.1 > 0).then_some(size)
}

/// The shape of a pixel: a number of table E-1, or written out.
fn pixel_aspect(bits: &mut Bits<'_>) -> Option<Option<(u32, u32)>> {
    let number = bits.read(8)?;
    let shape = if number == WRITTEN_OUT {
        Some((bits.read(16)?, bits.read(16)?))
    } else {
        let place = usize::try_from(number).ok()?.checked_sub(1);
        place.and_then(|place| PIXEL_ASPECTS.get(place).copied())
    };
    Some(shape.filter(|(wide, high)| *wide > 0 && *high > 0))
}

const SEQUENCE: u8 = 7;
const MAX_RATE_THOUSANDTHS: u64 = 120_000;
const WRITTEN_OUT: u32 = 255;

/// Profiles whose parameter sets tell the chroma format.
const WITH_CHROMA: [u8; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

const PIXEL_ASPECTS: [(u32, u32); 16] = [
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];

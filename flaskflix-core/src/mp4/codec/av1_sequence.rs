//! The sequence header of AV1, as far as its colour
//! ([AV1 Bitstream & Decoding Process Specification](https://aomediacodec.github.io/av1-spec/) sections 5.3 and 5.5).

use super::{Bits, Colour};

/// The colour that the first sequence header among these units describes; `None` when there is none or it says nothing.
pub(super) fn colour(mut units: &[u8]) -> Option<Colour> {
    loop {
        let (header, rest) = units.split_first()?;
        let (kind, extended, sized) = ((header >> 3) & 15, header & 4 != 0, header & 2 != 0);
        let rest = rest.get(usize::from(extended)..)?;
        let (len, rest) = if sized { leb128(rest)? } else { (rest.len(), rest) };
        let unit = rest.get(..len)?;
        if kind == SEQUENCE_HEADER {
            return Sequence::default().colour(&mut Bits::new(unit));
        }
        units = rest.get(len..)?;
    }
}

const SEQUENCE_HEADER: u8 = 1;

/// A number in up to 8 bytes of 7 bits, the lowest first (section 4.10.5), and what follows it.
fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (place, byte) in bytes.iter().enumerate().take(8) {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, bytes.get(place.checked_add(1)?..)?));
        }
    }
    None
}

/// What earlier fields of a sequence header say about later ones.
#[derive(Debug, Default)]
struct Sequence {
    profile: u32,
    reduced: bool,
    /// Bits of a decoder's delay, when there is a decoder model.
    delay_bits: Option<usize>,
}

impl Sequence {
    /// `sequence_header_obu()` up to the colour.
    fn colour(mut self, bits: &mut Bits<'_>) -> Option<Colour> {
        self.profile = bits.read(3)?;
        let _still = bits.flag()?;
        self.reduced = bits.flag()?;
        if self.reduced {
            bits.read(5)?;
        } else {
            self.timing(bits)?;
            self.operating_points(bits)?;
        }
        self.frame_size(bits)?;
        self.tools(bits)?;
        self.color_config(bits)
    }

    /// `timing_info()` and `decoder_model_info()`.
    fn timing(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        if !bits.flag()? {
            return Some(());
        }
        bits.read(32)?;
        bits.read(32)?;
        if bits.flag()? {
            // Equal intervals: ticks per picture, in the code that H.264 has too.
            bits.unsigned_golomb()?;
        }
        if bits.flag()? {
            self.delay_bits = usize::try_from(bits.read(5)?).ok()?.checked_add(1);
            bits.read(32)?;
            bits.read(10)?;
        }
        Some(())
    }

    fn operating_points(&self, bits: &mut Bits<'_>) -> Option<()> {
        let display_delays = bits.flag()?;
        for _ in 0..=bits.read(5)? {
            bits.read(12)?;
            if bits.read(5)? > HIGHEST_LEVEL_OF_ONE_TIER {
                bits.flag()?;
            }
            if let Some(delay_bits) = self.delay_bits
                && bits.flag()?
            {
                bits.read(delay_bits)?;
                bits.read(delay_bits)?;
                bits.flag()?;
            }
            if display_delays && bits.flag()? {
                bits.read(4)?;
            }
        }
        Some(())
    }

    fn frame_size(&self, bits: &mut Bits<'_>) -> Option<()> {
        let width_bits = usize::try_from(bits.read(4)?).ok()?.checked_add(1)?;
        let height_bits = usize::try_from(bits.read(4)?).ok()?.checked_add(1)?;
        bits.read(width_bits)?;
        bits.read(height_bits)?;
        if !self.reduced && bits.flag()? {
            // Lengths of frame ids.
            bits.read(7)?;
        }
        Some(())
    }

    /// Flags of coding tools.
    fn tools(&self, bits: &mut Bits<'_>) -> Option<()> {
        bits.read(3)?;
        if !self.reduced {
            bits.read(4)?;
            let order_hint = bits.flag()?;
            if order_hint {
                bits.read(2)?;
            }
            let screen_content = bits.flag()? || bits.flag()?;
            // Whether motion vectors are whole is chosen picture by picture, or here.
            if screen_content && !bits.flag()? {
                bits.flag()?;
            }
            if order_hint {
                bits.read(3)?;
            }
        }
        bits.read(3)?;
        Some(())
    }

    fn color_config(&self, bits: &mut Bits<'_>) -> Option<Colour> {
        let high_bit_depth = bits.flag()?;
        if self.profile == 2 && high_bit_depth {
            bits.flag()?;
        }
        let monochrome = self.profile != 1 && bits.flag()?;
        if !bits.flag()? {
            return None;
        }
        let mut number = || u16::try_from(bits.read(8)?).ok();
        let (primaries, transfer, matrix) = (number()?, number()?, number()?);
        // sRGB has no flag of its own: its range is full.
        let srgb = !monochrome && (primaries, transfer, matrix) == (1, 13, 0);
        Some(Colour {
            primaries,
            transfer,
            matrix,
            full_range: srgb || bits.flag()?,
        })
    }
}

/// Level 3.3: higher ones have two tiers, and a bit that says which.
const HIGHEST_LEVEL_OF_ONE_TIER: u32 = 7;

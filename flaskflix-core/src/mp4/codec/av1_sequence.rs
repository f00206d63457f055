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

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the tests' units are short")]
mod tests {
    use super::*;

    /// A value and its number of bits.
    type Field = (u64, usize);

    /// A sequence header unit of these fields.
    fn unit(fields: &[&[Field]]) -> Vec<u8> {
        let bits = fields.iter().copied().flatten();
        let bits: Vec<u8> = bits
            .flat_map(|&(value, count)| (0..count).rev().map(move |bit| (value >> bit) as u8 & 1))
            .collect();
        let payload = bits
            .chunks(8)
            .map(|bits| (0..8).fold(0, |byte, at| byte << 1 | bits.get(at).unwrap_or(&0)));
        let payload: Vec<u8> = payload.collect();
        [&[0x0a, payload.len() as u8], &payload[..]].concat()
    }

    /// Main profile, neither a still nor reduced.
    const HEAD: &[Field] = &[(0, 3), (0, 1), (0, 1)];
    const NO_TIMING: &[Field] = &[(0, 1)];
    /// One operating point of level 2.0.
    const ONE_POINT: &[Field] = &[(0, 1), (0, 5), (0, 12), (0, 5)];
    /// 64 x 64 in 6 bits each, no frame ids.
    const SIZE: &[Field] = &[(5, 4), (5, 4), (63, 6), (63, 6), (0, 1)];
    /// Order hints, screen content and motion vectors chosen picture by picture.
    const TOOLS: &[Field] = &[(0, 3), (0, 4), (1, 1), (0, 2), (1, 1), (1, 1), (6, 3), (0, 3)];
    /// 10 bits, colour of HLG, full range.
    const HLG: &[Field] = &[(1, 1), (0, 1), (1, 1), (9, 8), (18, 8), (9, 8), (1, 1)];

    const FOUND: Option<Colour> = Some(Colour {
        primaries: 9,
        transfer: 18,
        matrix: 9,
        full_range: true,
    });

    #[test]
    fn colour_is_found_behind_every_optional_field() {
        // 32 + 32 bits, equal intervals of 3 ticks, a decoder model with delays of 10 bits.
        let timing: &[Field] = &[
            (1, 1),
            (1, 32),
            (50, 32),
            (1, 1),
            (0b011, 3),
            (1, 1),
            (9, 5),
            (1, 32),
            (0, 10),
        ];
        // Two points with delays: level 4.0 with its tier and its model, level 2.0 without a model.
        let points: &[Field] = &[
            (1, 1),
            (1, 5),
            (0, 12),
            (8, 5),
            (1, 1),
            (1, 1),
            (1023, 10),
            (1023, 10),
            (1, 1),
            (1, 1),
            (15, 4),
            (0, 12),
            (0, 5),
            (0, 1),
            (0, 1),
        ];
        let frame_ids: &[Field] = &[(5, 4), (5, 4), (63, 6), (63, 6), (1, 1), (127, 7)];
        // No order hints; screen content never, or always with whole vectors.
        let (never, always): (&[Field], &[Field]) = (
            &[(0, 3), (0, 4), (0, 1), (0, 1), (0, 1), (0, 3)],
            &[(7, 3), (15, 4), (0, 1), (0, 1), (1, 1), (0, 1), (1, 1), (7, 3)],
        );
        let reduced: &[Field] = &[(0, 3), (1, 1), (1, 1), (0, 5)];
        let reduced_size: &[Field] = &[(5, 4), (5, 4), (63, 6), (63, 6)];
        let professional: &[Field] = &[(2, 3), (0, 1), (0, 1)];
        let twelve_bits: &[Field] = &[(1, 1), (1, 1), (0, 1), (1, 1), (9, 8), (18, 8), (9, 8), (1, 1)];
        for unit in [
            unit(&[HEAD, NO_TIMING, ONE_POINT, SIZE, TOOLS, HLG]),
            unit(&[HEAD, timing, points, SIZE, TOOLS, HLG]),
            unit(&[HEAD, NO_TIMING, ONE_POINT, frame_ids, never, HLG]),
            unit(&[HEAD, NO_TIMING, ONE_POINT, SIZE, always, HLG]),
            unit(&[reduced, reduced_size, &[(0, 3), (0, 3)], HLG]),
            unit(&[professional, NO_TIMING, ONE_POINT, SIZE, TOOLS, twelve_bits]),
        ] {
            assert_eq!(colour(&unit), FOUND, "{unit:02x?}");
            // Whatever is missing, nothing is made up.
            assert!((0..unit.len() - 1).all(|len| colour(&unit[..len]).is_none()));
        }
    }

    #[test]
    fn srgb_has_full_range_without_saying_so() {
        let srgb: &[Field] = &[(0, 1), (0, 1), (1, 1), (1, 8), (13, 8), (0, 8), (0, 1)];
        let found = colour(&unit(&[HEAD, NO_TIMING, ONE_POINT, SIZE, TOOLS, srgb]));
        assert!(found.unwrap().full_range);
    }

    #[test]
    fn other_units_are_passed_over() {
        let header = unit(&[HEAD, NO_TIMING, ONE_POINT, SIZE, TOOLS, HLG]);
        // A temporal delimiter; padding with an extension, whose size has two bytes.
        let all = [&[0x12, 0x00, 0x7e, 0x00, 0x81, 0x00, 0xff], &header[..]].concat();
        assert_eq!(colour(&all), FOUND);
        // A last unit need not say its size.
        let unsized_unit = [&[0x08], &header[2..]].concat();
        assert_eq!(colour(&unsized_unit), FOUND);
        assert_eq!(
            colour(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            None
        );
    }
}

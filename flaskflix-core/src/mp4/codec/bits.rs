//! Reads fields of bits, most significant first, and the Exp-Golomb codes of H.264 and HEVC (ISO 14496-10 section 9.1).

/// The bits not read yet.
#[derive(Debug, Clone)]
pub(crate) struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Bits<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// The next `count` bits, at most 32, as a number. `None`, and nothing is read, when there are fewer.
    pub(crate) fn read(&mut self, count: usize) -> Option<u32> {
        let end = self.position.checked_add(count)?;
        let mut value = 0_u32;
        for position in self.position..end {
            let byte = self.bytes.get(position / 8)?;
            value = (value << 1) | u32::from((byte >> (7 - position % 8)) & 1);
        }
        self.position = end;
        Some(value)
    }

    /// The next bit.
    pub(crate) fn flag(&mut self) -> Option<bool> {
        self.read(1).map(|bit| bit == 1)
    }

    /// An unsigned number, `ue(v)`: as many zeros as bits follow the first one.
    pub(crate) fn unsigned_golomb(&mut self) -> Option<u32> {
        let mut zeros = 0_usize;
        while !self.flag()? {
            zeros = zeros.checked_add(1).filter(|zeros| *zeros < 32)?;
        }
        let base = 1_u32.checked_shl(u32::try_from(zeros).ok()?)?;
        base.checked_sub(1)?.checked_add(self.read(zeros)?)
    }

    /// A signed number, `se(v)`: 0, 1, -1, 2, -2 and so on.
    pub(crate) fn signed_golomb(&mut self) -> Option<i64> {
        let code = i64::from(self.unsigned_golomb()?);
        let half = code.checked_add(1)?.checked_div(2)?;
        Some(if code % 2 == 0 { -half } else { half })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golomb_codes_are_those_of_the_table() {
        // ISO 14496-10 table 9-2: 1, 010, 011, 00100, 00101.
        let bytes = [0b1010_0110, 0b0100_0010, 0b1000_0000];
        let mut bits = Bits::new(&bytes);
        let read: Vec<_> = (0..5).map(|_| bits.unsigned_golomb().unwrap()).collect();
        assert_eq!(read, [0, 1, 2, 3, 4]);
        let mut bits = Bits::new(&bytes);
        let read: Vec<_> = (0..5).map(|_| bits.signed_golomb().unwrap()).collect();
        assert_eq!(read, [0, 1, -1, 2, -2]);
        assert_eq!(Bits::new(&[0; 8]).unsigned_golomb(), None);
        assert_eq!(
            Bits::new(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]).unsigned_golomb(),
            Some(u32::MAX - 1)
        );
    }
}

//! Reads fields of bits, most significant first.

/// The bits not read yet.
#[derive(Debug, Clone)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// The next `count` bits, at most 32, as a number. `None`, and nothing is read, when there are fewer.
    pub(super) fn read(&mut self, count: usize) -> Option<u32> {
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
    pub(super) fn flag(&mut self) -> Option<bool> {
        self.read(1).map(|bit| bit == 1)
    }
}

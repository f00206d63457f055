//! Writes boxes into memory.

use bytes::Bytes;

use super::FourCc;

/// Writes boxes into memory; sizes are filled in when a box ends.
///
/// # Examples
/// ```
/// use flaskflix_core::mp4::{BoxWriter, FourCc};
/// let mut w = BoxWriter::new();
/// w.start(FourCc(*b"moof"));
/// w.full(FourCc(*b"mfhd"), 0, 0);
/// w.u32(7);
/// w.end();
/// w.end();
/// assert_eq!(&w.finish()[..], b"\0\0\0\x18moof\0\0\0\x10mfhd\0\0\0\0\0\0\0\x07");
/// ```
#[derive(Debug, Clone, Default)]
pub struct BoxWriter {
    bytes: Vec<u8>,
    /// Where the boxes that are not ended yet start.
    open: Vec<usize>,
}

impl BoxWriter {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty writer with room for `bytes` bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            open: Vec::with_capacity(8),
        }
    }

    /// Starts a box. Everything up to the matching [`end`](Self::end) is inside it.
    pub fn start(&mut self, fourcc: FourCc) {
        self.open.push(self.bytes.len());
        self.u32(0);
        self.bytes(&fourcc.0);
    }

    /// Starts a box with a version and flags (a `FullBox`, ISO 14496-12 section 4.2). The upper 8 bits of
    /// `flags` are not written.
    pub fn full(&mut self, fourcc: FourCc, version: u8, flags: u32) {
        self.start(fourcc);
        let [_, a, b, c] = flags.to_be_bytes();
        self.bytes(&[version, a, b, c]);
    }

    /// Ends the box started last. Does nothing when none is open.
    ///
    /// A box of 4 GiB or more gets the size 0xffffffff: memory boxes do not grow that large.
    pub fn end(&mut self) {
        if let Some(start) = self.open.pop() {
            let size = u32::try_from(self.bytes.len().saturating_sub(start)).unwrap_or(u32::MAX);
            self.patch_u32(start, size);
        }
    }

    /// Writes one byte.
    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// Writes two bytes, big-endian.
    pub fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    /// Writes four bytes, big-endian.
    pub fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    /// Writes eight bytes, big-endian.
    pub fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }

    /// Writes two bytes, two's complement, big-endian.
    pub fn i16(&mut self, value: i16) {
        self.bytes(&value.to_be_bytes());
    }

    /// Writes four bytes, two's complement, big-endian.
    pub fn i32(&mut self, value: i32) {
        self.bytes(&value.to_be_bytes());
    }

    /// Writes eight bytes, two's complement, big-endian.
    pub fn i64(&mut self, value: i64) {
        self.bytes(&value.to_be_bytes());
    }

    /// Writes bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes `count` zero bytes.
    pub fn zeros(&mut self, count: usize) {
        self.bytes.resize(self.bytes.len().saturating_add(count), 0);
    }

    /// Number of bytes written so far: the position of the next byte.
    #[must_use]
    pub fn position(&self) -> usize {
        self.bytes.len()
    }

    /// Overwrites four bytes at an earlier [`position`](Self::position), for a number that is only known
    /// later. Does nothing when they are not all written yet.
    pub fn patch_u32(&mut self, position: usize, value: u32) {
        let end = position.saturating_add(4);
        if let Some(place) = self.bytes.get_mut(position..end) {
            place.copy_from_slice(&value.to_be_bytes());
        }
    }

    /// Ends all open boxes and returns the bytes.
    #[must_use]
    pub fn finish(mut self) -> Bytes {
        while !self.open.is_empty() {
            self.end();
        }
        Bytes::from(self.bytes)
    }
}

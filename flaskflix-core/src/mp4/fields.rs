//! Reads the fields of one box, front to back, never past its end.

use bytes::Bytes;

use super::{BoxFault, FourCc, Mp4Error};

/// The fields of one box that are not read yet.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    fourcc: FourCc,
    left: Bytes,
}

impl Fields {
    /// All fields of the payload of a box; `fourcc` names the box in errors.
    pub(super) const fn new(fourcc: FourCc, payload: Bytes) -> Self {
        Self {
            fourcc,
            left: payload,
        }
    }

    /// The next `len` bytes, without copying them.
    pub(super) fn take(&mut self, len: usize) -> Result<Bytes, Mp4Error> {
        if len > self.left.len() {
            return Err(self.fault(BoxFault::CutOff {
                needed: len as u64,
                available: self.left.len() as u64,
            }));
        }
        Ok(self.left.split_to(len))
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Mp4Error> {
        let taken = self.take(N)?;
        // `take` gave exactly N bytes, so the zeros are never seen.
        Ok(taken.first_chunk().copied().unwrap_or([0; N]))
    }

    /// Skips `len` bytes.
    pub(super) fn skip(&mut self, len: usize) -> Result<(), Mp4Error> {
        self.take(len).map(drop)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Mp4Error> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Mp4Error> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Mp4Error> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Mp4Error> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn i16(&mut self) -> Result<i16, Mp4Error> {
        self.array().map(i16::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Mp4Error> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64, Mp4Error> {
        self.array().map(i64::from_be_bytes)
    }

    /// A four-character code.
    pub(super) fn fourcc(&mut self) -> Result<FourCc, Mp4Error> {
        self.array().map(FourCc)
    }

    /// Version and flags of a `FullBox`.
    pub(super) fn version_and_flags(&mut self) -> Result<(u8, u32), Mp4Error> {
        let [version, a, b, c] = self.array()?;
        Ok((version, u32::from_be_bytes([0, a, b, c])))
    }

    /// An unsigned number that has 64 bits in version 1 of its box and 32 bits before.
    pub(super) fn u32_or_u64(&mut self, version: u8) -> Result<u64, Mp4Error> {
        if version == 0 {
            self.u32().map(u64::from)
        } else {
            self.u64()
        }
    }

    /// Number of bytes not read yet.
    pub(super) fn len(&self) -> usize {
        self.left.len()
    }

    /// All bytes not read yet.
    pub(super) fn rest(self) -> Bytes {
        self.left
    }

    /// An error about this box.
    pub(super) const fn fault(&self, fault: BoxFault) -> Mp4Error {
        Mp4Error::in_box(self.fourcc, fault)
    }
}

//! A table of rows of a fixed number of bytes, left as it is in the file.

use bytes::Bytes;

use crate::mp4::{BoxFault, Mp4Error, fields::Fields};

/// `N` bytes a row; the bytes are a whole number of rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows<const N: usize> {
    bytes: Bytes,
}

impl<const N: usize> Rows<N> {
    /// Takes the next `claimed` rows out of a box that must have room for them. More bytes may follow.
    pub(super) fn take(fields: &mut Fields, claimed: u32) -> Result<Self, Mp4Error> {
        let room = fields.len().checked_div(N).unwrap_or(0);
        let bytes = usize::try_from(claimed)
            .ok()
            .filter(|&claimed| claimed <= room)
            .and_then(|claimed| claimed.checked_mul(N))
            .ok_or_else(|| {
                fields.fault(BoxFault::TableOverrun {
                    claimed: u64::from(claimed),
                    room: room as u64,
                })
            })?;
        Ok(Self {
            bytes: fields.take(bytes)?,
        })
    }

    /// Keeps the first `len` rows.
    pub(super) fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len.saturating_mul(N));
    }

    /// All rows.
    pub(super) fn all(&self) -> &[[u8; N]] {
        self.bytes.as_chunks().0
    }

    /// The rows from `start` on; none when there are fewer.
    pub(super) fn from(&self, start: usize) -> &[[u8; N]] {
        self.all().get(start..).unwrap_or_default()
    }

    /// One row.
    pub(super) fn get(&self, row: usize) -> Option<&[u8; N]> {
        self.all().get(row)
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.all().len()
    }
}

/// The two numbers of a row of eight bytes.
pub(super) const fn pair(row: &[u8; 8]) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = *row;
    (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
}

/// The first two of the three numbers of a row of twelve bytes.
pub(super) const fn first_two(row: &[u8; 12]) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h, ..] = *row;
    pair(&[a, b, c, d, e, f, g, h])
}

/// Row of a table for a number from it: exact wherever memory can hold such a table.
pub(super) fn to_row(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Number for a row of a table: tables have fewer than 2^32 rows.
pub(super) fn to_number(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

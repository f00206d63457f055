//! The format of a block's file.
//!
//! ```text
//! "FFBLOCK1"  8 bytes
//! name        asset 16, version 16, number 8: a file in the wrong place is not taken for another block
//! length      4, of the block
//! checksums   4 for each 64 KiB of the block (CRC-32)
//! checksum    4, of everything above
//! block
//! ```
//!
//! Numbers are little-endian. The checksums stand apart so that a part can be read, and trusted, without the rest. They find what disks
//! and crashes do to a file, not what an attacker does.

use std::ops::Range;

use super::super::block::BlockKey;

/// The checksums of a block whose header was read and is sound.
#[derive(Debug)]
pub(super) struct Checksums(Vec<u32>);

/// The file is not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damaged;

/// What stands before a block.
pub(super) fn header(key: &BlockKey, block: &[u8]) -> Vec<u8> {
    let mut header = start(key, block.len());
    for chunk in block.chunks(CHUNK_BYTES) {
        header.extend_from_slice(&crc32fast::hash(chunk).to_le_bytes());
    }
    let own = crc32fast::hash(&header);
    header.extend_from_slice(&own.to_le_bytes());
    header
}

/// Bytes of the header of a block of `len` bytes.
pub(super) fn header_bytes(len: usize) -> usize {
    let checksums = len.div_ceil(CHUNK_BYTES).saturating_add(1);
    START_BYTES.saturating_add(checksums.saturating_mul(CHECKSUM_BYTES))
}

/// Reads the header of the block `key` of `len` bytes.
///
/// # Errors
/// [`Damaged`] when it is the header of anything else.
pub(super) fn read_header(key: &BlockKey, len: usize, bytes: &[u8]) -> Result<Checksums, Damaged> {
    let (rest, own) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(Damaged)?;
    let (found, checksums) = rest.split_at_checked(START_BYTES).ok_or(Damaged)?;
    let sound = bytes.len() == header_bytes(len)
        && crc32fast::hash(rest) == u32::from_le_bytes(*own)
        && found == start(key, len);
    if !sound {
        return Err(Damaged);
    }
    let (checksums, _) = checksums.as_chunks::<CHECKSUM_BYTES>();
    Ok(Checksums(
        checksums.iter().map(|&sum| u32::from_le_bytes(sum)).collect(),
    ))
}

/// The smallest part of a block that can be checked and holds this one.
pub(super) fn checked_part(part: &Range<usize>, len: usize) -> Range<usize> {
    let start = part.start.saturating_sub(part.start % CHUNK_BYTES);
    start..part.end.next_multiple_of(CHUNK_BYTES).min(len)
}

impl Checksums {
    /// Whether these are the bytes of the block from `start` on, a multiple of 64 KiB.
    pub(super) fn hold(&self, start: usize, bytes: &[u8]) -> bool {
        let sums = self.0.get(start / CHUNK_BYTES..).unwrap_or_default();
        let chunks = bytes.chunks(CHUNK_BYTES);
        chunks.len() <= sums.len()
            && chunks
                .zip(sums)
                .all(|(chunk, &sum)| crc32fast::hash(chunk) == sum)
    }
}

fn start(key: &BlockKey, len: usize) -> Vec<u8> {
    let mut start = Vec::with_capacity(header_bytes(len));
    start.extend_from_slice(MAGIC);
    start.extend_from_slice(&key.asset.0);
    start.extend_from_slice(&key.version);
    start.extend_from_slice(&key.number.to_le_bytes());
    // A block has 16 MiB at most.
    start.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
    start
}

const MAGIC: &[u8; 8] = b"FFBLOCK1";
const START_BYTES: usize = 8 + 16 + 16 + 8 + 4;
const CHECKSUM_BYTES: usize = 4;
const CHUNK_BYTES: usize = 64 << 10;

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the tests' numbers are small")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tiers::block::AssetHash;

    fn key(number: u64) -> BlockKey {
        BlockKey {
            asset: AssetHash([3; 16]),
            version: [4; 16],
            number,
        }
    }

    fn block(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at * 31 % 251) as u8).collect()
    }

    #[test]
    fn a_header_of_another_block_is_damage() {
        let block = block(100);
        let header = header(&key(7), &block);
        assert_eq!(header.len(), header_bytes(100));
        assert!(read_header(&key(7), 100, &header).is_ok());
        assert_eq!(read_header(&key(8), 100, &header).unwrap_err(), Damaged);
        assert_eq!(read_header(&key(7), 99, &header).unwrap_err(), Damaged);
        assert_eq!(read_header(&key(7), 100, &header[1..]).unwrap_err(), Damaged);
        assert_eq!(read_header(&key(7), 100, &[]).unwrap_err(), Damaged);
    }

    #[test]
    fn parts_are_checked_by_their_own_sums() {
        let block = block(3 * CHUNK_BYTES + 10);
        let sums = read_header(&key(0), block.len(), &header(&key(0), &block)).unwrap();
        for part in [
            0..1,
            70_000..70_001,
            CHUNK_BYTES..2 * CHUNK_BYTES,
            block.len() - 1..block.len(),
        ] {
            let checked = checked_part(&part, block.len());
            assert!(checked.start <= part.start && part.end <= checked.end, "{part:?}");
            assert!(sums.hold(checked.start, &block[checked.clone()]), "{part:?}");
            assert!(
                !sums.hold(checked.start, &block[checked.start..checked.end - 1]),
                "{part:?} cut"
            );
        }
        assert!(
            !sums.hold(0, &[&block[..], &[0; CHUNK_BYTES]].concat()),
            "longer than it was"
        );
    }

    proptest! {
        #[test]
        fn one_flipped_bit_is_found(len in 1_usize..140_000, at: prop::sample::Index, bit in 0..8_u32) {
            let block = block(len);
            let mut file = [header(&key(1), &block), block].concat();
            let at = at.index(file.len());
            file[at] ^= 1 << bit;
            let (header, block) = file.split_at(header_bytes(len));
            let found = read_header(&key(1), len, header).is_ok_and(|sums| sums.hold(0, block));
            prop_assert!(!found);
        }
    }
}

//! Blocks: how an object is cut, and what a block is called.

use std::fmt;

use flaskflix_core::{id::AssetKey, range::ByteRange, source::ObjectInfo};
use sha2::{Digest as _, Sha256};

/// One version of an object, cut into blocks of equal size; the last one may be shorter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocks {
    version: Version,
    len: u64,
    block_bytes: u64,
}

/// The name of a block. Two blocks with different bytes never share it, as far as the source keeps entity tags apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct BlockKey {
    pub(super) asset: AssetHash,
    pub(super) version: HalfHash,
    pub(super) number: u64,
}

/// All versions of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct AssetHash(pub(super) HalfHash);

/// Half a SHA-256: nobody finds two names that share it by accident.
pub(super) type HalfHash = [u8; 16];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Version {
    asset: AssetHash,
    hash: HalfHash,
}

/// A stretch within one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) number: u64,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Blocks {
    pub(super) fn new(key: &AssetKey, info: &ObjectInfo, block_bytes: u64) -> Self {
        let asset = AssetHash::of(key);
        let mut hash = Sha256::new();
        hash.update(asset.0);
        // The size of a block, too: block 7 of another size holds other bytes.
        hash.update(block_bytes.to_le_bytes());
        hash.update(info.len.to_le_bytes());
        hash.update(info.etag.opaque());
        Self {
            version: Version {
                asset,
                hash: half(&hash.finalize()),
            },
            len: info.len,
            block_bytes: block_bytes.max(1),
        }
    }

    /// What tells versions apart.
    pub(super) const fn version(&self) -> Version {
        self.version
    }

    pub(super) const fn object_len(&self) -> u64 {
        self.len
    }

    pub(super) const fn key(&self, number: u64) -> BlockKey {
        BlockKey {
            asset: self.version.asset,
            version: self.version.hash,
            number,
        }
    }

    /// Where a block lies in the object. `None` beyond its end.
    pub(super) fn range(&self, number: u64) -> Option<ByteRange> {
        let start = number.checked_mul(self.block_bytes)?;
        ByteRange::new(start, start.saturating_add(self.block_bytes).min(self.len))
    }

    /// The numbers of the blocks that a range touches.
    pub(super) fn touched(&self, range: ByteRange) -> std::ops::Range<u64> {
        let end = range.end().min(self.len).div_ceil(self.block_bytes);
        range.start() / self.block_bytes..end
    }

    /// The part of a range that lies in its first block.
    pub(super) fn first_span(&self, range: ByteRange) -> Span {
        let number = range.start() / self.block_bytes;
        let start = range.start() % self.block_bytes;
        let end = start.saturating_add(range.len()).min(self.block_bytes);
        // A block has 16 MiB at most: both fit.
        Span {
            number,
            start: usize::try_from(start).unwrap_or(usize::MAX),
            end: usize::try_from(end).unwrap_or(usize::MAX),
        }
    }
}

impl AssetHash {
    pub(super) fn of(key: &AssetKey) -> Self {
        Self(half(&Sha256::digest(key.as_str())))
    }
}

impl fmt::Debug for BlockKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.version {
            write!(f, "{byte:02x}")?;
        }
        write!(f, "#{}", self.number)
    }
}

fn half(digest: &[u8]) -> HalfHash {
    let mut hash = HalfHash::default();
    for (to, from) in hash.iter_mut().zip(digest) {
        *to = *from;
    }
    hash
}

#[cfg(test)]
mod tests {
    use flaskflix_core::validator::EntityTag;

    use super::*;

    fn blocks(key: &str, len: u64, etag: &str, block_bytes: u64) -> Blocks {
        let info = ObjectInfo {
            len,
            etag: EntityTag::strong(etag).unwrap(),
            last_modified: None,
        };
        Blocks::new(&AssetKey::parse(key).unwrap(), &info, block_bytes)
    }

    #[test]
    fn everything_that_tells_versions_apart_is_in_the_name() {
        let one = blocks("a", 100, "x", 10).key(0);
        for other in [
            blocks("b", 100, "x", 10).key(0),
            blocks("a", 101, "x", 10).key(0),
            blocks("a", 100, "y", 10).key(0),
            blocks("a", 100, "x", 20).key(0),
            blocks("a", 100, "x", 10).key(1),
        ] {
            assert_ne!(one, other);
        }
        assert_eq!(one, blocks("a", 100, "x", 10).key(0));
        assert_eq!(
            one.asset,
            blocks("a", 7, "y", 20).key(3).asset,
            "versions of one object"
        );
    }

    #[test]
    fn the_last_block_ends_with_the_object() {
        let object = blocks("a", 25, "x", 10);
        assert_eq!(object.range(0), ByteRange::new(0, 10));
        assert_eq!(object.range(2), ByteRange::new(20, 25));
        assert_eq!(object.range(3), None);
        assert_eq!(object.range(u64::MAX), None);
        assert_eq!(object.touched(ByteRange::new(9, 21).unwrap()), 0..3);
        assert_eq!(object.touched(ByteRange::new(10, 20).unwrap()), 1..2);
    }

    #[test]
    fn a_range_is_cut_at_the_end_of_its_block() {
        let object = blocks("a", 25, "x", 10);
        let span = |start, end| object.first_span(ByteRange::new(start, end).unwrap());
        assert_eq!(
            span(3, 25),
            Span {
                number: 0,
                start: 3,
                end: 10
            }
        );
        assert_eq!(
            span(13, 17),
            Span {
                number: 1,
                start: 3,
                end: 7
            }
        );
    }
}

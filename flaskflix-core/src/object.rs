//! The virtual object: files and packaged segments as one ordered list of pieces.
//!
//! A plain file is the virtual object with one piece. A media segment is generated header bytes followed by
//! ranges of the source. Both have a length and a strong validator before a byte is read, so ranges and
//! conditional requests work on them alike.

use std::sync::Arc;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::{
    encrypt::{Checkpoints, ContentKey, EncryptedRange},
    range::ByteRange,
    source::ObjectInfo,
    time::UnixTime,
    validator::EntityTag,
};

/// One piece of a virtual object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Bytes made by us. Never empty inside a [`VirtualObject`].
    Bytes(Bytes),
    /// A range of the source object.
    Source(ByteRange),
    /// A range of an object that is encrypted on its way out.
    Encrypted(EncryptedRange),
}

impl Piece {
    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Source(range) => range.len(),
            Self::Encrypted(range) => range.len(),
        }
    }

    /// Whether the piece has no bytes (only a [`Piece::Bytes`] can).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The part of this piece that starts `skip` bytes in and has `take` bytes; clamped to the piece.
    fn part(&self, skip: u64, take: u64) -> Option<Self> {
        let skip = skip.min(self.len());
        let take = take.min(self.len().saturating_sub(skip));
        match self {
            Self::Bytes(bytes) => {
                let start = usize::try_from(skip).ok()?;
                let end = start.checked_add(usize::try_from(take).ok()?)?;
                (start < end).then(|| Self::Bytes(bytes.slice(start..end)))
            }
            Self::Source(range) => {
                ByteRange::from_len(range.start().saturating_add(skip), take).map(Self::Source)
            }
            Self::Encrypted(range) => range.part(skip, take).map(Self::Encrypted),
        }
    }
}

/// An ordered list of pieces over one source object, with a length and validators.
///
/// # Examples
/// ```
/// use flaskflix_core::{object::{Piece, VirtualObject}, range::ByteRange, validator::EntityTag, Bytes};
/// let etag = EntityTag::strong("v1")?;
/// let object = VirtualObject::new(
///     vec![Piece::Bytes(Bytes::from_static(b"head")), Piece::Source(ByteRange::new(100, 110).unwrap())],
///     etag,
///     None,
/// );
/// assert_eq!(object.info().len, 14);
/// let cut: Vec<_> = object.slice(ByteRange::new(2, 6).unwrap()).collect();
/// assert_eq!(cut, [Piece::Bytes(Bytes::from_static(b"ad")), Piece::Source(ByteRange::new(100, 102).unwrap())]);
/// # Ok::<(), flaskflix_core::validator::InvalidEntityTag>(())
/// ```
#[derive(Debug, Clone)]
pub struct VirtualObject {
    pieces: SmallVec<[Piece; 1]>,
    /// `ends[i]` is the offset one past piece `i`.
    ends: SmallVec<[u64; 2]>,
    info: ObjectInfo,
}

impl VirtualObject {
    /// Makes an object of these pieces. Empty pieces are dropped.
    #[must_use]
    pub fn new(pieces: Vec<Piece>, etag: EntityTag, last_modified: Option<UnixTime>) -> Self {
        Self::of_pieces(pieces.into(), etag, last_modified)
    }

    fn of_pieces(mut pieces: SmallVec<[Piece; 1]>, etag: EntityTag, last_modified: Option<UnixTime>) -> Self {
        pieces.retain(|piece| !piece.is_empty());
        let mut len = 0_u64;
        let ends = pieces
            .iter()
            .map(|piece| {
                len = len.saturating_add(piece.len());
                len
            })
            .collect();
        Self {
            pieces,
            ends,
            info: ObjectInfo {
                len,
                etag,
                last_modified,
            },
        }
    }

    /// The whole of a source object, as it is. Allocates nothing.
    #[must_use]
    pub fn whole(info: &ObjectInfo) -> Self {
        let pieces = ByteRange::new(0, info.len)
            .map(Piece::Source)
            .into_iter()
            .collect();
        Self::of_pieces(pieces, info.etag.clone(), info.last_modified)
    }

    /// The same object, encrypted with a key: other bytes, with a length and an entity tag of their own.
    ///
    /// `checkpoints` are those of earlier requests for this object, so that what was encrypted once is fast now; those of
    /// another object are not used. `Checkpoints::new(key.iv(&object.info().etag), object.info().len)` knows nothing yet.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use flaskflix_core::{encrypt::{Checkpoints, ContentKey}, object::{Piece, VirtualObject}, validator::EntityTag, Bytes};
    /// let (key, etag) = (ContentKey::new([7; 16]), EntityTag::strong("v1")?);
    /// let clear = VirtualObject::new(vec![Piece::Bytes(Bytes::from_static(b"media"))], etag.clone(), None);
    /// let encrypted = clear.encrypted(&key, Arc::new(Checkpoints::new(key.iv(&etag), 5)));
    /// assert_eq!(encrypted.info().len, 16);
    /// assert_ne!(encrypted.info().etag, etag);
    /// # Ok::<(), flaskflix_core::validator::InvalidEntityTag>(())
    /// ```
    #[must_use]
    pub fn encrypted(self, key: &ContentKey, checkpoints: Arc<Checkpoints>) -> Self {
        let ObjectInfo {
            etag, last_modified, ..
        } = self.info.clone();
        let etag = etag.with_suffix(&format!("-{}", key.fingerprint()));
        let whole = EncryptedRange::whole(self, key, checkpoints).map(Piece::Encrypted);
        Self::of_pieces(whole.into_iter().collect(), etag, last_modified)
    }

    /// Length and validators.
    #[must_use]
    pub fn info(&self) -> &ObjectInfo {
        &self.info
    }

    /// All pieces in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The pieces of one range of this object, cut at its ends. Found by binary search.
    ///
    /// The part of the range past the end of the object yields nothing.
    pub fn slice(&self, range: ByteRange) -> impl Iterator<Item = Piece> + '_ {
        let first = self.ends.partition_point(|&end| end <= range.start());
        let starts = first
            .checked_sub(1)
            .and_then(|i| self.ends.get(i))
            .copied()
            .unwrap_or(0);
        self.pieces
            .iter()
            .skip(first)
            .scan(starts, move |offset, piece| {
                let start = *offset;
                *offset = start.saturating_add(piece.len());
                (start < range.end()).then(|| {
                    let skip = range.start().saturating_sub(start);
                    piece.part(skip, range.end().saturating_sub(start.saturating_add(skip)))
                })
            })
            .flatten()
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the tests' numbers are small")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes_of(pieces: impl Iterator<Item = Piece>, source: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for piece in pieces {
            assert!(!piece.is_empty());
            match piece {
                Piece::Bytes(bytes) => out.extend_from_slice(&bytes),
                Piece::Source(range) => {
                    out.extend_from_slice(&source[range.start() as usize..range.end() as usize]);
                }
                Piece::Encrypted(_) => panic!("nothing is encrypted here"),
            }
        }
        out
    }

    proptest! {
        #[test]
        fn a_slice_equals_the_slice_of_the_whole(
            parts in prop::collection::vec((any::<bool>(), 0_u64..200, 0_u64..50), 0..12),
            start in 0_u64..700, len in 1_u64..700,
        ) {
            let source: Vec<u8> = (0..=249).collect();
            let pieces = parts
                .iter()
                .filter_map(|&(generated, at, len)| {
                    if generated {
                        Some(Piece::Bytes(Bytes::from(vec![at as u8; len as usize])))
                    } else {
                        ByteRange::from_len(at, len).map(Piece::Source)
                    }
                })
                .collect();
            let object = VirtualObject::new(pieces, EntityTag::strong("x").unwrap(), None);
            let whole = bytes_of(object.pieces().iter().cloned(), &source);
            prop_assert_eq!(whole.len() as u64, object.info().len);
            let cut = bytes_of(object.slice(ByteRange::from_len(start, len).unwrap()), &source);
            let lo = (start as usize).min(whole.len());
            let hi = ((start + len) as usize).min(whole.len());
            prop_assert_eq!(&cut[..], &whole[lo..hi]);
        }
    }

    #[test]
    fn an_empty_file_has_no_pieces() {
        let info = ObjectInfo {
            len: 0,
            etag: EntityTag::strong("e").unwrap(),
            last_modified: None,
        };
        let object = VirtualObject::whole(&info);
        assert!(object.pieces().is_empty());
        assert_eq!(object.slice(ByteRange::new(0, 10).unwrap()).count(), 0);
    }
}

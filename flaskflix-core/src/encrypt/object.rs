//! The encrypted object: a virtual object whose bytes are the ciphertext of another's.

use std::{fmt, sync::Arc};

use super::{
    Checkpoints, ContentKey, Encryptor,
    lanes::{BLOCK_BYTES, STRETCH_BYTES},
};
use crate::{
    object::{Piece, VirtualObject},
    range::ByteRange,
};

/// A range of an encrypted object: what [`VirtualObject::encrypted`] is made of, and what is cut out of that.
///
/// To get its bytes, [`open`](Self::open) it, read the clear pieces that it names, and pass them through the [`Encryptor`].
#[derive(Clone)]
pub struct EncryptedRange {
    object: Arc<EncryptedObject>,
    range: ByteRange,
}

struct EncryptedObject {
    clear: VirtualObject,
    key: ContentKey,
    checkpoints: Arc<Checkpoints>,
}

impl EncryptedRange {
    /// All of an object; `None` when it is too long to have an [`encrypted_len`].
    pub(crate) fn whole(
        clear: VirtualObject,
        key: &ContentKey,
        checkpoints: Arc<Checkpoints>,
    ) -> Option<Self> {
        let len = encrypted_len(clear.info().len)?;
        let iv = key.iv(&clear.info().etag);
        let checkpoints = if checkpoints.iv() == iv {
            checkpoints
        } else {
            Arc::new(Checkpoints::new(iv, clear.info().len))
        };
        Some(Self {
            object: Arc::new(EncryptedObject {
                clear,
                key: key.clone(),
                checkpoints,
            }),
            range: ByteRange::new(0, len)?,
        })
    }

    /// Length in bytes, of ciphertext.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.range.len()
    }

    /// Never: a range has at least one byte.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// The part that starts `skip` bytes in and has `take` bytes; `None` when that is nothing.
    pub(crate) fn part(&self, skip: u64, take: u64) -> Option<Self> {
        let take = take.min(self.len().saturating_sub(skip));
        Some(Self {
            object: Arc::clone(&self.object),
            range: ByteRange::from_len(self.range.start().saturating_add(skip), take)?,
        })
    }

    /// The clear pieces that have to be read for this range, in order, and what encrypts them.
    ///
    /// The pieces start at the last known checkpoint before the range, at the worst at the object's start; they end
    /// with the block in which the range ends.
    #[must_use]
    pub fn open(&self) -> (Vec<Piece>, Encryptor) {
        let EncryptedObject {
            clear,
            key,
            checkpoints,
        } = &*self.object;
        let stretch_bytes = STRETCH_BYTES as u64;
        let stretch = checkpoints.entry(self.range.start() / stretch_bytes);
        let start = stretch.saturating_mul(stretch_bytes);
        let end = self.range.end().next_multiple_of(BLOCK_BYTES as u64);
        let len = clear.info().len;
        let pieces = ByteRange::new(start, end.min(len))
            .map(|needed| clear.slice(needed).collect())
            .unwrap_or_default();
        let checkpoints = Arc::clone(checkpoints);
        let encryptor = Encryptor::new(key, checkpoints, stretch, self.range, end > len);
        (pieces, encryptor)
    }
}

/// Length in bytes of what `clear_len` bytes become: PKCS7 adds 1 to 16, up to a whole block. `None` when that is no `u64`.
///
/// # Examples
/// ```
/// use flaskflix_core::encrypt::encrypted_len;
/// assert_eq!([0, 15, 16].map(encrypted_len), [Some(16), Some(16), Some(32)]);
/// assert_eq!(encrypted_len(u64::MAX), None);
/// ```
#[must_use]
pub const fn encrypted_len(clear_len: u64) -> Option<u64> {
    let block = BLOCK_BYTES as u64;
    match (clear_len / block).checked_add(1) {
        Some(blocks) => blocks.checked_mul(block),
        None => None,
    }
}

impl PartialEq for EncryptedRange {
    /// The vector stands for the key and the clear bytes.
    fn eq(&self, other: &Self) -> bool {
        let iv = |range: &Self| range.object.checkpoints.iv();
        self.range == other.range && iv(self) == iv(other)
    }
}

impl Eq for EncryptedRange {}

impl fmt::Debug for EncryptedRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedRange")
            .field("range", &self.range)
            .field("iv", &self.object.checkpoints.iv())
            .finish_non_exhaustive()
    }
}

//! The name of a stored index: which version of which bytes it belongs to.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::source::ObjectInfo;

/// Names the record of the index of one version of an object.
///
/// It is a hash of the entity tag and the length, and of nothing else: a file under two names needs one record, and a file that was
/// replaced never finds the record of its predecessor. The entity tags of all sources that share a store must therefore be of
/// the kind that never gives one tag to different bytes.
///
/// As text it has exactly 32 characters out of `0-9` and `a-f`, so that it may be a file name.
///
/// # Examples
/// ```
/// use flaskflix_core::{mp4::RecordKey, source::ObjectInfo, validator::EntityTag};
/// let info = ObjectInfo { len: 14, etag: EntityTag::strong("a")?, last_modified: None };
/// let key = RecordKey::of(&info);
/// assert_eq!(key.to_string().len(), 32);
/// assert_ne!(key, RecordKey::of(&ObjectInfo { len: 15, ..info }));
/// # Ok::<(), flaskflix_core::validator::InvalidEntityTag>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey([u8; KEY_BYTES]);

impl RecordKey {
    /// The key of this version of an object.
    #[must_use]
    pub fn of(object: &ObjectInfo) -> Self {
        let digest = Sha256::new_with_prefix(b"flaskflix index record key 1\0")
            .chain_update(object.len.to_be_bytes())
            .chain_update(object.etag.opaque())
            .finalize();
        // SHA-256 has 32 bytes, so the zeros are never seen.
        Self(digest.first_chunk().copied().unwrap_or_default())
    }

    pub(super) const fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordKey({self})")
    }
}

/// 128 bits name more versions than will ever exist.
pub(super) const KEY_BYTES: usize = 16;

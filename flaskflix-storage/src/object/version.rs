//! One version of an object: what names it, and whether an answer is of it.

use flaskflix_core::{source::ObjectInfo, time::UnixTime, validator::EntityTag};
use object_store::{GetOptions, GetRange, ObjectMeta, path::Path};
use sha2::{Digest as _, Sha256};

use super::failure::{Failure, StoreError};

/// What is read again must still be this.
#[derive(Debug, Clone)]
pub(super) struct Version {
    pub(super) path: Path,
    pub(super) info: ObjectInfo,
    meta: ObjectMeta,
    /// The store's own tag, when it is strong.
    strong: Option<String>,
}

impl Version {
    /// The version that the store told of. `store` names the store: two stores may give the same tag to different bytes.
    ///
    /// # Errors
    /// When nothing strong names it, and that is not trusted.
    pub(super) fn of(store: &str, path: Path, meta: ObjectMeta, trust_weak: bool) -> Result<Self, Failure> {
        let strong = meta.e_tag.clone().filter(|tag| is_strong(tag));
        if strong.is_none() && !trust_weak {
            return Err(Failure::Lasting(StoreError::WeakValidator));
        }
        let seconds = u64::try_from(meta.last_modified.timestamp())
            .ok()
            .filter(|&seconds| seconds > 0);
        let info = ObjectInfo {
            len: meta.size,
            etag: entity_tag(store, &path, &meta, strong.is_some()),
            last_modified: seconds.map(UnixTime::from_secs),
        };
        Ok(Self {
            path,
            info,
            meta,
            strong,
        })
    }

    /// How to ask for bytes of this version, and of no other.
    pub(super) fn request(&self, start: u64, end: u64) -> GetOptions {
        GetOptions {
            range: Some(GetRange::Bounded(start..end)),
            if_match: self.strong.clone(),
            ..GetOptions::default()
        }
    }

    /// Whether an answer is of this version: there are stores that do not look at `If-Match`.
    pub(super) fn is_that_of(&self, answer: &ObjectMeta) -> bool {
        let same_time = self.strong.is_some() || answer.last_modified == self.meta.last_modified;
        answer.e_tag == self.meta.e_tag && answer.size == self.meta.size && same_time
    }
}

fn is_strong(tag: &str) -> bool {
    !tag.is_empty() && !tag.starts_with("W/")
}

/// A strong tag of ours. The store's own is not handed on: other stores may use the same, and Azure's is a time.
fn entity_tag(store: &str, path: &Path, meta: &ObjectMeta, is_strong: bool) -> EntityTag {
    let mut hash = Sha256::new();
    let time = if is_strong {
        0
    } else {
        meta.last_modified.timestamp_micros()
    };
    let tag = meta.e_tag.as_deref().unwrap_or_default();
    for part in [store, path.as_ref(), tag] {
        // The length first: no part can run into the next.
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.update(meta.size.to_be_bytes());
    hash.update(time.to_be_bytes());
    EntityTag::from_identity(hash.finalize().get(..16).unwrap_or_default())
}

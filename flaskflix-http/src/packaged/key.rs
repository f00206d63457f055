//! The key of an encrypted title, and what is passed through it.

use std::sync::Arc;

use bytes::Bytes;
use flaskflix_core::{
    catalog::Title,
    encrypt::{Checkpoints, ContentKey, Iv},
    object::{Piece, VirtualObject},
    package::Presentation,
    validator::EntityTag,
};
use moka::sync::Cache;

use super::Packaged;
use crate::{
    media_type::MediaType,
    response::Content,
    status::{Missing, Refusal},
};

impl Packaged {
    /// The key itself. Nobody stores it: a cache that did would hand it out past the token's life.
    pub(super) async fn key(&self, title: &Arc<Title>) -> Result<Content, Refusal> {
        let key = self.presentations.key(title).await?.ok_or(Missing::Key)?;
        let etag = EntityTag::of_bytes(key.fingerprint().as_bytes());
        let bytes = Bytes::copy_from_slice(key.as_bytes());
        let object = VirtualObject::new(vec![Piece::Bytes(bytes)], etag, None);
        Ok(Content::new(object, MediaType::UNKNOWN).never_stored())
    }

    /// Media of a planned title as it goes out: encrypted when the title has a key.
    pub(super) fn sealed(&self, presentation: &Presentation, clear: VirtualObject) -> VirtualObject {
        match presentation.key() {
            Some(key) => self.ciphers.encrypt(clear, key),
            None => clear,
        }
    }
}

/// Encrypts objects, and remembers where their chains can be entered: bounded by bytes.
#[derive(Debug)]
pub(super) struct Ciphers {
    checkpoints: Cache<Iv, Arc<Checkpoints>>,
}

impl Ciphers {
    pub(super) fn new(max_bytes: u64) -> Self {
        let checkpoints = Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|_, checkpoints: &Arc<Checkpoints>| {
                let bytes = checkpoints.memory_bytes().saturating_add(ENTRY_BYTES);
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .build();
        Self { checkpoints }
    }

    fn encrypt(&self, clear: VirtualObject, key: &ContentKey) -> VirtualObject {
        let info = clear.info();
        let (iv, len) = (key.iv(&info.etag), info.len);
        let checkpoints = self
            .checkpoints
            .get_with(iv, || Arc::new(Checkpoints::new(iv, len)));
        clear.encrypted(key, checkpoints)
    }
}

/// What an entry of the cache takes beside the checkpoints, about.
const ENTRY_BYTES: u64 = 256;

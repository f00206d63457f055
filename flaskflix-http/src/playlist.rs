//! A playlist as it is served: its text, plain and compressed.

use std::sync::OnceLock;

use bytes::Bytes;
use flaskflix_core::{
    object::{Piece, VirtualObject},
    time::UnixTime,
    validator::EntityTag,
};
use http::HeaderMap;

use crate::{
    encoding,
    media_type::MediaType,
    response::{Coding, Content},
};

/// A rendered playlist.
#[derive(Debug)]
pub(crate) struct Playlist {
    identity: VirtualObject,
    /// Compressed, with an entity tag of its own; `None` when that is not smaller. Made when the first client takes it, and kept.
    gzip: OnceLock<Option<VirtualObject>>,
    media_type: MediaType,
}

impl Playlist {
    pub(crate) fn new(text: String, etag: &EntityTag, last_modified: Option<UnixTime>) -> Self {
        let bytes = Piece::Bytes(Bytes::from(text));
        Self {
            identity: VirtualObject::new(vec![bytes], etag.clone(), last_modified),
            gzip: OnceLock::new(),
            media_type: MediaType::PLAYLIST,
        }
    }

    /// The same as a DASH description.
    pub(crate) fn into_dash(self) -> Self {
        let media_type = MediaType::DASH;
        Self { media_type, ..self }
    }

    /// The playlist in the coding that the client takes.
    pub(crate) fn content(&self, headers: &HeaderMap) -> Content {
        let gzip = if encoding::accepts_gzip(headers) {
            self.gzip()
        } else {
            None
        };
        let (object, coding) = match gzip {
            Some(gzip) => (gzip, Coding::Gzip),
            None => (&self.identity, Coding::Identity),
        };
        Content::new(object.clone(), self.media_type).with_coding(coding)
    }

    fn gzip(&self) -> Option<&VirtualObject> {
        let compressed = self.gzip.get_or_init(|| {
            let [Piece::Bytes(text)] = self.identity.pieces() else {
                return None;
            };
            let (info, bytes) = (self.identity.info(), encoding::gzip(text)?);
            Some(VirtualObject::new(
                vec![Piece::Bytes(bytes)],
                info.etag.with_suffix("-gz"),
                info.last_modified,
            ))
        });
        compressed.as_ref()
    }

    /// The text, and as much again for what of it may be compressed later: a cache weighs its entries once, and text with vectors of
    /// encryption compresses badly.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.identity.info().len.saturating_mul(2)
    }
}

//! A playlist as it is served: its text, plain and compressed.

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
    /// Compressed, with an entity tag of its own; `None` when that is not smaller.
    gzip: Option<VirtualObject>,
    media_type: MediaType,
}

impl Playlist {
    pub(crate) fn new(text: String, etag: &EntityTag, last_modified: Option<UnixTime>) -> Self {
        let object = |bytes: Bytes, etag: EntityTag| {
            VirtualObject::new(vec![Piece::Bytes(bytes)], etag, last_modified)
        };
        let gzip = encoding::gzip(text.as_bytes());
        Self {
            gzip: gzip.map(|bytes| object(bytes, etag.with_suffix("-gz"))),
            identity: object(Bytes::from(text), etag.clone()),
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
        let (object, coding) = match &self.gzip {
            Some(gzip) if encoding::accepts_gzip(headers) => (gzip, Coding::Gzip),
            _ => (&self.identity, Coding::Identity),
        };
        Content::new(object.clone(), self.media_type).with_coding(coding)
    }

    pub(crate) fn memory_bytes(&self) -> u64 {
        let gzip = self.gzip.as_ref().map_or(0, |object| object.info().len);
        self.identity.info().len.saturating_add(gzip)
    }
}

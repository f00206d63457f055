//! Finished HLS in a folder: its playlists, checked and rewritten, and the files below it.

use std::sync::Arc;

use bytes::Bytes;
use flaskflix_core::{
    id::AssetKey,
    object::VirtualObject,
    playlist::{ChildPath, FileKind, ForeignPlaylist, PlaylistError, PlaylistFault, PlaylistLimits},
    range::ByteRange,
    source::{ByteSource, SourceObject, read_to_bytes},
    validator::EntityTag,
};
use http::HeaderMap;
use moka::future::Cache;

use crate::{
    media_type::MediaType,
    packaged::{WEIGHT_UNIT_BYTES, open},
    playlist::Playlist,
    response::Content,
    route::Target,
    status::{Missing, Refusal},
    trace,
};

/// Reads playlists that somebody else wrote and remembers them rewritten: single-flight, bounded by bytes, one for each version
/// of the file.
///
/// A failure is told to all who wait for it, and not remembered.
#[derive(Debug)]
pub(crate) struct Folders {
    source: Arc<dyn ByteSource>,
    limits: PlaylistLimits,
    rewritten: Cache<Key, Arc<Rewritten>>,
}

/// Which version of which playlist, and for which of its URLs it is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    asset: AssetKey,
    place: ChildPath,
    base: Base,
    etag: EntityTag,
    len: u64,
}

/// Where a playlist is served, which decides what its relative URLs look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Base {
    /// As `master.m3u8`, above its folder.
    Master,
    /// In its place in the folder.
    Folder,
}

#[derive(Debug)]
struct Rewritten {
    playlist: Playlist,
    /// It will grow: its encoder is not done.
    is_live: bool,
}

impl Folders {
    pub(crate) fn new(source: Arc<dyn ByteSource>, limits: PlaylistLimits, max_bytes: u64) -> Self {
        let rewritten = Cache::builder()
            .max_capacity(max_bytes / WEIGHT_UNIT_BYTES)
            .weigher(|_, rewritten: &Arc<Rewritten>| {
                u32::try_from(rewritten.playlist.memory_bytes() / WEIGHT_UNIT_BYTES)
                    .map_or(u32::MAX, |units| units.saturating_add(1))
            })
            .build();
        Self {
            source,
            limits,
            rewritten,
        }
    }

    /// The title's own playlist as `master.m3u8`. It may be a media playlist: players take one there as well.
    pub(crate) async fn master(&self, title: &AssetKey, headers: &HeaderMap) -> Result<Content, Refusal> {
        let place = own_place(title)?;
        self.playlist(title, &place, Base::Master, headers).await
    }

    /// A file below the folder of the title's playlist.
    pub(crate) async fn file(
        &self,
        title: &AssetKey,
        path: &ChildPath,
        headers: &HeaderMap,
    ) -> Result<Content, Refusal> {
        if path.kind() == FileKind::Playlist {
            return self.playlist(title, path, Base::Folder, headers).await;
        }
        let object = self.open(title, path).await?;
        let media_type = MediaType::of_extension(path.extension());
        Ok(Content::new(VirtualObject::whole(object.info()), media_type).with_source(object))
    }

    /// A file below the folder of the title's playlist, open.
    pub(crate) async fn open(
        &self,
        title: &AssetKey,
        path: &ChildPath,
    ) -> Result<Arc<dyn SourceObject>, Refusal> {
        let asset = path.asset_beside(title).map_err(|_| Missing::Object)?;
        open(&*self.source, &asset).await
    }

    /// Reads and checks a playlist that is open.
    pub(crate) async fn read(
        &self,
        title: &AssetKey,
        place: &ChildPath,
        object: &Arc<dyn SourceObject>,
    ) -> Result<ForeignPlaylist, Refusal> {
        let refused = |error: PlaylistError| {
            trace::playlist_refused(title, place, &error);
            Refusal::BadPlaylist {
                reason: format!("{place}: {error}"),
            }
        };
        let len = object.info().len;
        if len > self.limits.max_bytes {
            return Err(refused(PlaylistError {
                line: 1,
                fault: PlaylistFault::OverLimit {
                    limit_name: "max_bytes",
                    limit: self.limits.max_bytes,
                    found: len,
                },
            }));
        }
        let bytes = match ByteRange::new(0, len) {
            Some(all) => read_to_bytes(object, all)
                .await
                .map_err(|error| Refusal::from(&error))?,
            None => Bytes::new(),
        };
        ForeignPlaylist::read(&bytes, place, &self.limits).map_err(refused)
    }

    async fn playlist(
        &self,
        title: &AssetKey,
        place: &ChildPath,
        base: Base,
        headers: &HeaderMap,
    ) -> Result<Content, Refusal> {
        let object = self.open(title, place).await?;
        let key = Key {
            asset: title.clone(),
            place: place.clone(),
            base,
            etag: object.info().etag.clone(),
            len: object.info().len,
        };
        let rewritten = self.rewrite(title, place, base, object);
        let rewritten = Box::pin(self.rewritten.try_get_with(key, rewritten))
            .await
            .map_err(|refusal| Refusal::clone(&refusal))?;
        let content = rewritten.playlist.content(headers);
        Ok(if rewritten.is_live {
            content.never_stored()
        } else {
            content
        })
    }

    async fn rewrite(
        &self,
        title: &AssetKey,
        place: &ChildPath,
        base: Base,
        object: Arc<dyn SourceObject>,
    ) -> Result<Arc<Rewritten>, Refusal> {
        let foreign = self.read(title, place, &object).await?;
        let text = foreign.rewritten(|child| match base {
            Base::Master => Target::File { path: child.clone() }.path(),
            Base::Folder => child.url_from(place),
        });
        let info = object.info();
        // The bytes follow from the file and from how we rewrite it.
        let etag = info.etag.with_suffix(match base {
            Base::Master => "-rm1",
            Base::Folder => "-r1",
        });
        Ok(Arc::new(Rewritten {
            playlist: Playlist::new(text, &etag, info.last_modified),
            is_live: foreign.media().is_some_and(|media| !media.ended),
        }))
    }
}

/// Where a title's own playlist lies below its folder.
pub(super) fn own_place(title: &AssetKey) -> Result<ChildPath, Refusal> {
    ChildPath::of_playlist(title).map_err(|fault| Refusal::BadPlaylist {
        reason: format!("its name {fault}"),
    })
}

//! Packaged titles: from a target to the object that answers it.
//!
//! | file | what it holds |
//! |---|---|
//! | `presentations` | plans, made once and shared |
//! | `first_segments` | what the source is told that players will ask for next |
//! | `recent` | plans that were found unchanged a moment ago |
//! | `listings` | playlists and the DASH description |
//! | `key_frames` | key frames one by one |
//! | `media` | init segments, media segments, the progressive file |
//! | `key` | the key of an encrypted title, and what is passed through it |
//! | `text` | subtitles and chapters |
//! | `subtitles` | files of subtitles beside a film, read once for a plan |

mod first_segments;
mod key;
mod key_frames;
mod listings;
mod media;
mod presentations;
mod recent;
mod subtitles;
mod text;

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    catalog::Title,
    encrypt::{InTheClear, KeyProvider},
    id::AssetKey,
    object::VirtualObject,
    package::{IndexStore, PackageOptions, TextPart},
    source::ByteSource,
};
use http::HeaderMap;

pub(crate) use self::presentations::{ATTEMPTS, WEIGHT_UNIT_BYTES, is_same, open};
use self::{key::Ciphers, presentations::Presentations, recent::Recent};
use crate::{
    config::CHECKPOINT_CACHE_BYTES,
    media_type::MediaType,
    response::Content,
    route::Target,
    status::{Missing, Refusal},
};

/// How titles are encrypted.
#[derive(Debug)]
pub(crate) struct Encryption {
    pub(crate) keys: Arc<dyn KeyProvider>,
    /// Whether `video` hands out the clear film of an encrypted title.
    pub(crate) clear_video: bool,
    pub(crate) checkpoint_cache_bytes: u64,
}

impl Default for Encryption {
    fn default() -> Self {
        Self {
            keys: Arc::new(InTheClear),
            clear_video: false,
            checkpoint_cache_bytes: CHECKPOINT_CACHE_BYTES,
        }
    }
}

/// Answers for packaged titles.
#[derive(Debug)]
pub(crate) struct Packaged {
    presentations: Presentations,
    ciphers: Ciphers,
    clear_video: bool,
}

impl Packaged {
    pub(crate) fn new(
        source: Arc<dyn ByteSource>,
        indexes: Arc<dyn IndexStore>,
        options: PackageOptions,
        max_bytes: u64,
        recheck_after: Duration,
        encryption: Encryption,
    ) -> Self {
        Self {
            presentations: Presentations::new(
                source,
                indexes,
                encryption.keys,
                options,
                max_bytes,
                Recent::new(recheck_after),
            ),
            ciphers: Ciphers::new(encryption.checkpoint_cache_bytes),
            clear_video: encryption.clear_video,
        }
    }

    /// The object that a target names.
    pub(crate) async fn content(
        &self,
        title: &Arc<Title>,
        target: &Target,
        headers: &HeaderMap,
    ) -> Result<Content, Refusal> {
        match target {
            Target::Video => self.progressive(title).await,
            Target::Master | Target::Playlist { .. } | Target::KeyFrames { .. } | Target::Dash => {
                self.listing(title, target, headers).await
            }
            Target::Init { stream } => self.init(title, stream).await,
            Target::Segment { stream, number } => self.segment(title, stream, *number).await,
            Target::TextSegment { stream, number } => {
                let part = TextPart::Segment(*number);
                self.text(title, stream, part, headers).await
            }
            Target::Subtitles { stream } => self.text(title, stream, TextPart::Whole, headers).await,
            Target::ChaptersJson => self.chapters_json(title, headers).await,
            Target::ChaptersVtt => self.chapters_vtt(title, headers).await,
            Target::Key => self.key(title).await,
            Target::KeyFrame { stream, number } => self.key_frame(title, stream, *number).await,
            Target::File { .. } | Target::Variant { .. } => Err(Missing::Files.into()),
        }
    }
}

/// One file as it is.
pub(crate) async fn file(source: &dyn ByteSource, asset: &AssetKey) -> Result<Content, Refusal> {
    let source = open(source, asset).await?;
    let media_type = MediaType::of_extension(asset.extension());
    let content = Content::new(VirtualObject::whole(source.info()), media_type);
    Ok(content.with_source(source).of_file(asset))
}

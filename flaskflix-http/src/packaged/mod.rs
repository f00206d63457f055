//! Packaged titles: from a target to the object that answers it.
//!
//! | file | what it holds |
//! |---|---|
//! | `presentations` | plans, made once and shared |
//! | `media` | init segments, media segments, the progressive file |

mod media;
mod presentations;

use std::sync::Arc;

use flaskflix_core::{
    catalog::Title,
    id::AssetKey,
    object::VirtualObject,
    package::{IndexStore, PackageOptions},
    source::ByteSource,
};
use http::HeaderMap;

use self::presentations::Presentations;
pub(crate) use self::presentations::{ATTEMPTS, WEIGHT_UNIT_BYTES, is_same, open};
use crate::{
    media_type::MediaType,
    response::Content,
    route::Target,
    status::{Missing, Refusal},
};

/// Answers for packaged titles.
#[derive(Debug)]
pub(crate) struct Packaged {
    presentations: Presentations,
}

impl Packaged {
    pub(crate) fn new(
        source: Arc<dyn ByteSource>,
        indexes: Arc<dyn IndexStore>,
        options: PackageOptions,
        max_bytes: u64,
    ) -> Self {
        Self {
            presentations: Presentations::new(source, indexes, options, max_bytes),
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
            Target::Master => {
                let planned = self.presentations.checked(title).await?;
                Ok(planned.master().content(headers))
            }
            Target::Playlist { stream } => {
                let planned = self.presentations.checked(title).await?;
                let playlist = planned.media(stream.as_str()).ok_or(Missing::Stream)?;
                Ok(playlist.content(headers))
            }
            Target::Init { stream } => self.init(title, stream).await,
            Target::Segment { stream, number } => self.segment(title, stream, *number).await,
            Target::File { .. } | Target::Variant { .. } => Err(Missing::Files.into()),
            _ => Err(Missing::Stream.into()),
        }
    }
}

/// One file as it is.
pub(crate) async fn file(source: &dyn ByteSource, asset: &AssetKey) -> Result<Content, Refusal> {
    let source = open(source, asset).await?;
    let media_type = MediaType::of_extension(asset.extension());
    Ok(Content::new(VirtualObject::whole(source.info()), media_type).with_source(source))
}

//! Several qualities, each a media playlist where it is: our own multivariant playlist above them.

use std::sync::Arc;

use flaskflix_core::{
    catalog::{ExternalUrl, Location, QualityVariant},
    id::AssetKey,
    playlist::{ChildPath, DeclaredRate, Quality, StreamFacts, quality_playlist},
    source::{ByteSource, ObjectInfo, SourceObject},
    validator::EntityTag,
};
use http::HeaderMap;
use moka::future::Cache;

use super::{folder::Folders, survey::survey};
use crate::{
    packaged::{ATTEMPTS, WEIGHT_UNIT_BYTES, is_same, open},
    playlist::Playlist,
    response::Content,
    status::{Missing, Refusal},
    trace,
};

/// Measures qualities and remembers their playlist: single-flight, bounded by bytes, checked against the files at every use.
///
/// Checked are the qualities' playlists and the files that told the codecs. A failure is told to all who wait for it, and not
/// remembered.
#[derive(Debug)]
pub(crate) struct Qualities {
    source: Arc<dyn ByteSource>,
    masters: Cache<Vec<Version>, Arc<Master>>,
}

/// One quality in one version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Version {
    height: u32,
    place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Place {
    Here {
        asset: AssetKey,
        etag: EntityTag,
        len: u64,
    },
    Elsewhere(ExternalUrl),
}

/// One quality, its playlist open when that is here.
#[derive(Debug)]
struct Opened<'a> {
    height: u32,
    place: OpenPlace<'a>,
}

#[derive(Debug)]
enum OpenPlace<'a> {
    Here {
        asset: &'a AssetKey,
        object: Arc<dyn SourceObject>,
    },
    Elsewhere(&'a ExternalUrl),
}

#[derive(Debug)]
struct Master {
    playlist: Playlist,
    looked_into: Vec<(AssetKey, ObjectInfo)>,
}

impl Qualities {
    pub(crate) fn new(source: Arc<dyn ByteSource>, max_bytes: u64) -> Self {
        let masters = Cache::builder()
            .max_capacity(max_bytes / WEIGHT_UNIT_BYTES)
            .weigher(|_, master: &Arc<Master>| {
                u32::try_from(master.playlist.memory_bytes() / WEIGHT_UNIT_BYTES)
                    .map_or(u32::MAX, |units| units.saturating_add(4))
            })
            .build();
        Self { source, masters }
    }

    /// The multivariant playlist of these qualities.
    pub(crate) async fn master(
        &self,
        folders: &Folders,
        variants: &[QualityVariant],
        headers: &HeaderMap,
    ) -> Result<Content, Refusal> {
        for _ in 0..ATTEMPTS {
            let opened = self.open(variants).await?;
            let versions: Vec<Version> = opened.iter().map(Version::of).collect();
            let measured = measure(folders, opened);
            let master = Box::pin(self.masters.try_get_with(versions.clone(), measured))
                .await
                .map_err(|refusal| Refusal::clone(&refusal))?;
            match self.changed(&master).await {
                None => return Ok(master.playlist.content(headers)),
                Some(asset) => {
                    trace::plan_outdated(asset);
                    self.masters.invalidate(&versions).await;
                }
            }
        }
        Err(Refusal::Busy)
    }

    /// A file below the folder of one quality's playlist.
    pub(crate) async fn file(
        folders: &Folders,
        variants: &[QualityVariant],
        height: u32,
        path: &ChildPath,
        headers: &HeaderMap,
    ) -> Result<Content, Refusal> {
        let variant = variants.iter().find(|variant| variant.height == height);
        match variant.map(|variant| &variant.location) {
            Some(Location::Asset(playlist)) => folders.file(playlist, path, headers).await,
            Some(Location::External(_)) | None => Err(Missing::Stream.into()),
        }
    }

    async fn open<'a>(&self, variants: &'a [QualityVariant]) -> Result<Vec<Opened<'a>>, Refusal> {
        let mut opened = Vec::with_capacity(variants.len());
        for variant in variants {
            let place = match &variant.location {
                Location::Asset(asset) => OpenPlace::Here {
                    asset,
                    object: open(&*self.source, asset).await?,
                },
                Location::External(url) => OpenPlace::Elsewhere(url),
            };
            opened.push(Opened {
                height: variant.height,
                place,
            });
        }
        Ok(opened)
    }

    /// A file that is not what it was when it was looked into.
    async fn changed<'a>(&self, master: &'a Master) -> Option<&'a AssetKey> {
        for (asset, info) in &master.looked_into {
            let now = self.source.open(asset).await;
            if !now.is_ok_and(|now| is_same(now.info(), info)) {
                return Some(asset);
            }
        }
        None
    }
}

impl Version {
    fn of(opened: &Opened<'_>) -> Self {
        let place = match &opened.place {
            OpenPlace::Here { asset, object } => Place::Here {
                asset: AssetKey::clone(asset),
                etag: object.info().etag.clone(),
                len: object.info().len,
            },
            OpenPlace::Elsewhere(url) => Place::Elsewhere(ExternalUrl::clone(url)),
        };
        Self {
            height: opened.height,
            place,
        }
    }
}

async fn measure(folders: &Folders, opened: Vec<Opened<'_>>) -> Result<Arc<Master>, Refusal> {
    let mut qualities = Vec::with_capacity(opened.len());
    let mut looked_into = Vec::new();
    for Opened { height, place } in opened {
        let quality = match place {
            OpenPlace::Here { asset, object } => {
                let surveyed = survey(folders, height, asset, &object)
                    .await
                    .map_err(|refusal| refusal.of_quality(height))?;
                looked_into.extend(surveyed.looked_into);
                surveyed.quality
            }
            OpenPlace::Elsewhere(url) => Quality {
                height,
                url: url.as_str().to_owned(),
                rate: DeclaredRate::nominal(height),
                facts: StreamFacts::default(),
                independent: false,
            },
        };
        qualities.push(quality);
    }
    let text = quality_playlist(&qualities);
    let etag = EntityTag::of_bytes(text.as_bytes());
    Ok(Arc::new(Master {
        playlist: Playlist::new(text, &etag, None),
        looked_into,
    }))
}

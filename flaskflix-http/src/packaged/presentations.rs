//! Planned titles, kept: a plan, its indexes and its rendered playlists, as long as the files stay the same.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use flaskflix_core::{
    catalog::{Delivery, Title},
    encrypt::{ContentKey, KeyProvider},
    id::{AssetKey, TitleId},
    package::{IndexStore, Input, Material, PackageOptions, Presentation, StreamPlan},
    source::{ByteSource, ObjectInfo, SourceError, SourceObject},
    validator::EntityTag,
};
use moka::future::Cache;

use super::{first_segments::FirstSegments, recent::Recent, subtitles};
use crate::{
    playlist::Playlist,
    route::RelativeUrls,
    status::{Missing, Refusal},
    trace,
};

/// Plans titles and remembers the plans: single-flight, bounded by bytes, checked against the files and the key at every
/// use.
///
/// A failure is told to all who wait for it, and not remembered.
#[derive(Debug)]
pub(crate) struct Presentations {
    source: Arc<dyn ByteSource>,
    indexes: Arc<dyn IndexStore>,
    keys: Arc<dyn KeyProvider>,
    options: PackageOptions,
    planned: Cache<Arc<Title>, Arc<Planned>>,
    recent: Recent,
}

/// A title's plan and its playlists, of exactly these versions of its files.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) presentation: Presentation,
    master: Playlist,
    /// The streams' playlists. They are made when somebody asks for them, and kept: who waits for the master waits for nothing else.
    media: HashMap<String, OnceLock<Option<Playlist>>>,
    /// I-frame playlists of the streams that have one, likewise.
    key_frames: HashMap<String, OnceLock<Option<Playlist>>>,
    /// The DASH description, likewise.
    dash: OnceLock<Playlist>,
    first_segments: FirstSegments,
}

impl Presentations {
    pub(crate) fn new(
        source: Arc<dyn ByteSource>,
        indexes: Arc<dyn IndexStore>,
        keys: Arc<dyn KeyProvider>,
        options: PackageOptions,
        max_bytes: u64,
        recent: Recent,
    ) -> Self {
        let planned = Cache::builder()
            .max_capacity(max_bytes / WEIGHT_UNIT_BYTES)
            .weigher(|_, planned: &Arc<Planned>| {
                u32::try_from(planned.memory_bytes() / WEIGHT_UNIT_BYTES)
                    .map_or(u32::MAX, |units| units.saturating_add(1))
            })
            .build();
        Self {
            source,
            indexes,
            keys,
            options,
            planned,
            recent,
        }
    }

    /// The plan of a title, when none of its files has changed since. For playlists: they speak of all files.
    ///
    /// # Errors
    /// [`Refusal`] when a file is missing, the storage fails or the files cannot be packaged.
    pub(crate) async fn checked(&self, title: &Arc<Title>) -> Result<Arc<Planned>, Refusal> {
        for _ in 0..ATTEMPTS {
            let planned = self.planned(title).await?;
            let mut changed = None;
            for input in planned.presentation.inputs() {
                if self.open_same(version(input)).await?.is_none() {
                    changed = Some(&input.asset);
                    break;
                }
            }
            for input in planned.presentation.subtitle_inputs() {
                if changed.is_none() && !subtitles::is_same(&*self.source, input).await? {
                    changed = Some(&input.file.asset);
                }
            }
            match changed {
                None => {
                    self.recent.remember(&title.id, &planned);
                    return Ok(planned);
                }
                Some(asset) => self.forget(title, &planned, asset).await,
            }
        }
        Err(Refusal::Busy)
    }

    /// The plan of a title that [`checked`](Self::checked) gave a moment ago.
    pub(crate) fn recently_checked(&self, title: &TitleId) -> Option<Arc<Planned>> {
        self.recent.planned(title)
    }

    /// The plan of a title and one of its files, open and not changed since. For media: it comes from that file alone.
    ///
    /// # Errors
    /// As for [`checked`](Self::checked), and what `pick` says.
    pub(crate) async fn opened(
        &self,
        title: &Arc<Title>,
        pick: impl Fn(&Presentation) -> Result<Version<'_>, Missing> + Send + Sync,
    ) -> Result<(Arc<Planned>, Arc<dyn SourceObject>), Refusal> {
        for _ in 0..ATTEMPTS {
            let planned = self.planned(title).await?;
            let file = pick(&planned.presentation)?;
            match self.open_same(file).await? {
                Some(object) => return Ok((planned, object)),
                None => self.forget(title, &planned, file.0).await,
            }
        }
        Err(Refusal::Busy)
    }

    pub(super) fn source(&self) -> &dyn ByteSource {
        &*self.source
    }

    /// A file, or `None` when it is not the version that was planned.
    async fn open_same(&self, (asset, info): Version<'_>) -> Result<Option<Arc<dyn SourceObject>>, Refusal> {
        let object = open(&*self.source, asset).await?;
        Ok(is_same(object.info(), info).then_some(object))
    }

    /// The key of a title now. A provider that cannot tell is a refusal, never a title in the clear.
    pub(super) async fn key(&self, title: &Title) -> Result<Option<ContentKey>, Refusal> {
        self.keys.key(title).await.map_err(|error| {
            trace::key_failed(&title.id, &error);
            Refusal::Busy
        })
    }

    /// The plan of a title under the key that it has now.
    async fn planned(&self, title: &Arc<Title>) -> Result<Arc<Planned>, Refusal> {
        let key = self.key(title).await?;
        for _ in 0..ATTEMPTS {
            let planned = match self.planned.get(title).await {
                Some(planned) => planned,
                None => {
                    let plan = self.plan(title, key.as_ref());
                    // Boxed: every request for a range would move the room that it takes about.
                    let planned = Box::pin(self.planned.try_get_with(Arc::clone(title), plan)).await;
                    planned.map_err(|refusal| Refusal::clone(&refusal))?
                }
            };
            if planned.presentation.key() == key.as_ref() {
                return Ok(planned);
            }
            trace::key_changed(&title.id);
            self.drop_plan(title, &planned).await;
        }
        Err(Refusal::Busy)
    }

    async fn plan(&self, title: &Arc<Title>, key: Option<&ContentKey>) -> Result<Arc<Planned>, Refusal> {
        let Delivery::Packaged {
            renditions,
            subtitles,
        } = &title.delivery
        else {
            return Err(Missing::Playlists.into());
        };
        let mut inputs = Vec::with_capacity(renditions.len());
        for rendition in renditions {
            let asset = &rendition.asset;
            let object = open(&*self.source, asset).await?;
            let index = self.indexes.index(&object).await.map_err(|error| {
                trace::index_failed(asset, &error);
                Refusal::from(&error)
            })?;
            inputs.push(Input {
                asset: asset.clone(),
                info: object.info().clone(),
                index,
            });
        }
        let material = Material::new(inputs)
            .name(&title.name)
            .key(key.cloned())
            .subtitles(subtitles::read(&*self.source, subtitles).await?);
        let presentation = Presentation::plan(material, &self.options).map_err(|error| {
            let first = renditions.first().map(|rendition| &rendition.asset);
            trace::packaging_failed(renditions.len(), first, &error);
            Refusal::from(&error)
        })?;
        for warning in presentation.warnings() {
            trace::packaging_warning(warning);
        }
        Ok(Arc::new(Planned::new(presentation)))
    }

    async fn forget(&self, title: &Arc<Title>, outdated: &Arc<Planned>, asset: &AssetKey) {
        trace::plan_outdated(asset);
        self.drop_plan(title, outdated).await;
    }

    /// Drops this very plan; one that somebody else has made meanwhile stays.
    async fn drop_plan(&self, title: &Arc<Title>, outdated: &Arc<Planned>) {
        self.recent.forget(&title.id);
        let dropped = async {
            let kept = self.planned.get(title).await;
            if kept.is_some_and(|kept| Arc::ptr_eq(&kept, outdated)) {
                self.planned.invalidate(title).await;
            }
        };
        Box::pin(dropped).await;
    }
}

impl Planned {
    fn new(presentation: Presentation) -> Self {
        let text = presentation.multivariant_playlist(&RelativeUrls);
        // It speaks of the title's name, chapters and subtitles, which are not in the plan's tag: its own bytes are its version.
        let etag = EntityTag::of_bytes(text.as_bytes());
        let master = Playlist::new(text, &etag, presentation.last_modified());
        let media = presentation
            .streams()
            .iter()
            .map(|stream| (stream.id().to_owned(), OnceLock::new()))
            .collect();
        let key_frames = presentation
            .streams()
            .iter()
            .filter(|stream| stream.key_frame_count() > 0)
            .map(|stream| (stream.id().to_owned(), OnceLock::new()))
            .collect();
        Self {
            first_segments: FirstSegments::of(&presentation),
            presentation,
            master,
            media,
            key_frames,
            dash: OnceLock::new(),
        }
    }

    pub(crate) const fn master(&self) -> &Playlist {
        &self.master
    }

    /// Tells the source what players will ask for when they have read the playlists.
    pub(crate) fn announce_first_segments(&self, source: &dyn ByteSource) {
        self.first_segments.announce(source);
    }

    /// The media playlist of a stream.
    pub(crate) fn media(&self, stream: &str) -> Option<&Playlist> {
        let made = self.media.get(stream)?.get_or_init(|| {
            let stream = self.presentation.stream(stream)?;
            let text = self.presentation.media_playlist(stream, &RelativeUrls);
            Some(of_stream(&self.presentation, stream, text, "m"))
        });
        made.as_ref()
    }

    /// The I-frame playlist of a stream.
    pub(crate) fn key_frames(&self, stream: &str) -> Option<&Playlist> {
        let made = self.key_frames.get(stream)?.get_or_init(|| {
            let stream = self.presentation.stream(stream)?;
            let text = self.presentation.key_frame_playlist(stream, &RelativeUrls)?;
            Some(of_stream(&self.presentation, stream, text, "km"))
        });
        made.as_ref()
    }

    pub(crate) fn dash(&self) -> &Playlist {
        self.dash.get_or_init(|| {
            let text = self.presentation.dash_manifest(&RelativeUrls);
            let etag = EntityTag::of_bytes(text.as_bytes());
            Playlist::new(text, &etag, self.presentation.last_modified()).into_dash()
        })
    }

    /// What is there, and what may be made later: a cache weighs its entries once.
    fn memory_bytes(&self) -> u64 {
        let entry_bytes = match self.presentation.key() {
            None => ENTRY_BYTES,
            Some(_) => ENCRYPTED_ENTRY_BYTES,
        };
        let streams = self.presentation.streams().iter();
        let later = streams.map(|stream| {
            let listed =
                u64::from(stream.key_frame_count()).saturating_add(u64::from(stream.segment_count()));
            let in_dash = u64::from(stream.segment_count()).saturating_mul(ENTRY_BYTES);
            listed.saturating_mul(entry_bytes).saturating_add(in_dash)
        });
        later
            .chain([self.master.memory_bytes()])
            .fold(self.presentation.memory_bytes(), u64::saturating_add)
    }
}

/// A playlist of a stream. Its tag is the plan's, with what it is of behind it.
fn of_stream(presentation: &Presentation, stream: &StreamPlan, text: String, kind: &str) -> Playlist {
    let etag = presentation
        .etag()
        .with_suffix(&format!("-{}-{kind}", stream.id()));
    Playlist::new(text, &etag, presentation.last_modified())
}

/// An entry of a playlist or of a DASH timeline, plain and compressed.
const ENTRY_BYTES: u64 = 40;
/// The same with a vector in front of it, which does not compress.
const ENCRYPTED_ENTRY_BYTES: u64 = 160;

/// Opens an object, telling the log once when the storage is at fault.
pub(crate) async fn open(
    source: &dyn ByteSource,
    asset: &AssetKey,
) -> Result<Arc<dyn SourceObject>, Refusal> {
    source.open(asset).await.map_err(|error| {
        if !matches!(error, SourceError::NotFound) {
            trace::open_failed(asset, &error);
        }
        Refusal::from(&error)
    })
}

/// A file in the version that was planned.
pub(super) type Version<'a> = (&'a AssetKey, &'a ObjectInfo);

pub(super) const fn version(input: &Input) -> Version<'_> {
    (&input.asset, &input.info)
}

pub(crate) fn is_same(now: &ObjectInfo, planned: &ObjectInfo) -> bool {
    now.etag == planned.etag && now.len == planned.len
}

/// A plan is made again once when a file has changed under it; a file that changes faster is being written.
pub(crate) const ATTEMPTS: usize = 2;

/// Moka weighs in `u32`: kibibytes, so that 4 TiB fit.
pub(crate) const WEIGHT_UNIT_BYTES: u64 = 1024;

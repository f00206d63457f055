//! The catalogue over an object store.

use std::{collections::BTreeSet, fmt, io, sync::Arc, time::Duration};

use async_trait::async_trait;
use flaskflix_core::{
    catalog::{Catalog, CatalogError, Delivery, SubtitleFile, Title},
    id::{AssetKey, TitleId},
    source::{ByteSource as _, SourceError},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use moka::future::Cache;
use object_store::{ListResult, ObjectStore as _, path::Path};

use super::{
    failure::StoreError,
    source::{ObjectStoreSource, same_for_all},
    tries::Tries,
};
use crate::titles::{
    Beside, FINISHED_PLAYLIST, FilmFolder, TooManyRenditions, file_title, folder_title, is_hidden,
};

/// A [`Catalog`] over a prefix of an object store: what lies in it is what there is to watch.
///
/// The rules are those of the folder catalogue (`fs::FolderCatalog`); the part of a key up to a slash counts as a folder. Lists are asked of the
/// store with a slash as the delimiter, and kept for [`list_cache`](Self::list_cache): a new film shows within that time.
///
/// A web server that cannot list (no `WebDAV`) has no titles to show, and its files can be watched by their names.
///
/// # Cost
/// With fresh lists none; else one list of the prefix, and one of the title's own folder. `titles` lists every folder, eight at a
/// time. A list takes one request for each 1,000 names. All names that are kept together are bounded
/// ([`max_names`](Self::max_names)).
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use flaskflix_core::{catalog::Catalog, id::TitleId};
/// use flaskflix_storage::object::{ObjectCatalog, ObjectOptions, ObjectStoreSource};
/// use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = Arc::new(InMemory::new());
/// store.put(&Path::from("films/The_Third.Man/1080p.mp4"), "not yet a film".into()).await?;
/// let source = ObjectStoreSource::new(store, "films", ObjectOptions::default())?;
/// let catalog = ObjectCatalog::new(&source);
/// let title = catalog.title(&TitleId::parse("The_Third.Man")?).await?;
/// assert_eq!(title.map(|title| title.name.clone()), Some("The Third Man".to_owned()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ObjectCatalog {
    source: ObjectStoreSource,
    lists: Cache<Option<AssetKey>, Arc<List>>,
    list_cache: Duration,
    max_names: u64,
    max_titles: usize,
}

/// What lies in one folder.
#[derive(Debug, Default)]
struct List {
    files: BTreeSet<AssetKey>,
    folders: BTreeSet<AssetKey>,
    beside: Beside,
}

impl ObjectCatalog {
    /// The catalogue of what `source` reads.
    #[must_use]
    pub fn new(source: &ObjectStoreSource) -> Self {
        Self {
            source: source.clone(),
            lists: lists(DEFAULT_LIST_CACHE, DEFAULT_MAX_NAMES),
            list_cache: DEFAULT_LIST_CACHE,
            max_names: DEFAULT_MAX_NAMES,
            max_titles: DEFAULT_MAX_TITLES,
        }
    }

    /// How long a list is kept. Default 10 s.
    ///
    /// Longer asks the store less often; shorter shows new films sooner. Zero asks every time.
    #[must_use]
    pub fn list_cache(mut self, time: Duration) -> Self {
        self.list_cache = time;
        self.lists = lists(self.list_cache, self.max_names);
        self
    }

    /// Most names that are kept, all lists together. Default 200,000, which are some 50 MB.
    ///
    /// A folder with more is listed anew for each question.
    #[must_use]
    pub fn max_names(mut self, names: u64) -> Self {
        self.max_names = names;
        self.lists = lists(self.list_cache, self.max_names);
        self
    }

    /// Most titles that [`titles`](Self::titles) lists. Default 10,000. Titles past it can still be watched by id.
    #[must_use]
    pub fn max_titles(mut self, titles: usize) -> Self {
        self.max_titles = titles;
        self
    }

    /// All titles, sorted by id.
    ///
    /// # Errors
    /// When the store cannot be asked, and with the cause [`TooManyObjects`] past [`max_titles`](Self::max_titles).
    pub async fn titles(&self) -> Result<Vec<Title>, CatalogError> {
        let Some(root) = self.list_of(None).await.map_err(CatalogError::new)? else {
            tracing::warn!("the store cannot list: its titles can be watched by name only");
            return Ok(Vec::new());
        };
        let limit = self.max_titles;
        if root.files.len().saturating_add(root.folders.len()) > limit {
            return Err(CatalogError::new(TooManyObjects { limit }));
        }
        let files = root.files.iter().filter_map(|file| {
            let id = TitleId::parse(file.as_str()).ok()?;
            file_title(&id, &root.beside)
        });
        let mut titles: Vec<_> = files.collect();
        let folders = root.folders.iter();
        let folders = folders.filter_map(|folder| TitleId::parse(folder.as_str()).ok());
        let folders = stream::iter(folders.collect::<Vec<_>>())
            .map(|id| self.listed_folder(id))
            .buffered(LISTS_AT_ONCE);
        titles.extend(folders.try_collect::<Vec<_>>().await?.into_iter().flatten());
        titles.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        Ok(titles)
    }

    /// Lists a folder, or the prefix itself: objects and folders, not more than `limit` of them, for people who choose a film.
    ///
    /// # Errors
    /// When the store cannot be asked, or cannot list.
    #[cfg(target_os = "linux")]
    pub async fn list(
        &self,
        folder: Option<&AssetKey>,
        limit: usize,
    ) -> Result<crate::fs::FolderListing, SourceError> {
        let list = self.list_of(folder).await?;
        let list = list.ok_or_else(|| SourceError::Io(io::Error::other(StoreError::Unsupported)))?;
        Ok(list.entries(limit))
    }

    /// The files of subtitles beside a film, by their names, in the order of the viewer's menu. None in a store that cannot list.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn subtitles_of(&self, film: &AssetKey) -> Result<Vec<SubtitleFile>, SourceError> {
        let folder = film.as_str().rsplit_once('/').map(|(folder, _)| folder);
        let folder = folder.and_then(|folder| AssetKey::parse(folder).ok());
        let list = self.list_of(folder.as_ref()).await?.unwrap_or_default();
        Ok(list.beside.of(film))
    }

    /// A folder's title for the list, where one folder that is no film must not hide all others.
    async fn listed_folder(&self, id: TitleId) -> Result<Option<Title>, CatalogError> {
        match self.folder(&id).await? {
            Ok(title) => Ok(title),
            Err(error) => {
                tracing::warn!(folder = id.as_str(), %error, "a folder is left out of the list of titles");
                Ok(None)
            }
        }
    }

    /// The title of a folder, or why it is none.
    async fn folder(&self, id: &TitleId) -> Result<Result<Option<Title>, TooManyRenditions>, CatalogError> {
        let Ok(key) = AssetKey::parse(id.as_str()) else {
            return Ok(Ok(None));
        };
        let list = self
            .list_of(Some(&key))
            .await
            .map_err(CatalogError::new)?
            .unwrap_or_default();
        let mut film = FilmFolder::default();
        for file in list.files.iter().filter(|file| FilmFolder::wants(file)) {
            if let Err(error) = film.add(file.clone()) {
                return Ok(Err(error));
            }
        }
        let playlist = AssetKey::parse(&format!("{id}/{FINISHED_PLAYLIST}")).ok();
        let finished = || {
            let playlist = playlist.filter(|playlist| list.files.contains(playlist))?;
            Some(Delivery::Hls { playlist })
        };
        Ok(Ok(folder_title(id, film, finished)))
    }

    /// The list of a folder, or of the prefix itself. `None`: the store cannot list.
    async fn list_of(&self, folder: Option<&AssetKey>) -> Result<Option<Arc<List>>, SourceError> {
        let asked = self.ask_for_list(folder);
        match self.lists.try_get_with(folder.cloned(), asked).await {
            Ok(list) => Ok(Some(list)),
            Err(error) if is_unsupported(&error) => Ok(None),
            Err(error) => Err(same_for_all(&error)),
        }
    }

    async fn ask_for_list(&self, folder: Option<&AssetKey>) -> Result<Arc<List>, SourceError> {
        let place = self.source.place();
        let path = match folder {
            None => place.prefix.clone(),
            Some(key) => place.path_of(key).ok_or(SourceError::NotFound)?,
        };
        let mut tries = Tries::of_lists(self.source.options());
        let found = tries.ask(|| place.store.list_with_delimiter(Some(&path))).await?;
        Ok(Arc::new(List::of(folder, &path, &found)))
    }

    /// A file of a store that cannot list.
    async fn unlisted(&self, id: &TitleId) -> Result<Option<Title>, CatalogError> {
        let Ok(key) = AssetKey::parse(id.as_str()) else {
            return Ok(None);
        };
        match self.source.open(&key).await {
            Ok(_) => Ok(file_title(id, &Beside::default())),
            Err(SourceError::NotFound) => Ok(None),
            Err(error) => Err(CatalogError::new(error)),
        }
    }
}

#[async_trait]
impl Catalog for ObjectCatalog {
    async fn title(&self, id: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
        if is_hidden(id.as_str()) {
            return Ok(None);
        }
        let Some(root) = self.list_of(None).await.map_err(CatalogError::new)? else {
            return Ok(self.unlisted(id).await?.map(Arc::new));
        };
        let Ok(key) = AssetKey::parse(id.as_str()) else {
            return Ok(None);
        };
        let title = if root.files.contains(&key) {
            file_title(id, &root.beside)
        } else if root.folders.contains(&key) {
            self.folder(id).await?.map_err(CatalogError::new)?
        } else {
            None
        };
        Ok(title.map(Arc::new))
    }
}

impl fmt::Debug for ObjectCatalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the lists: thousands of names.
        f.debug_struct("ObjectCatalog")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl List {
    /// What the store listed beneath `path`, as keys of the source.
    fn of(folder: Option<&AssetKey>, path: &Path, found: &ListResult) -> Self {
        let before = folder.map(|folder| format!("{folder}/")).unwrap_or_default();
        let key = |location: &Path| {
            let name = if path.is_root() {
                location.as_ref()
            } else {
                location.as_ref().strip_prefix(path.as_ref())?.strip_prefix('/')?
            };
            let key = AssetKey::parse(&format!("{before}{name}")).ok();
            key.filter(|_| !is_hidden(name))
        };
        let files: BTreeSet<_> = found
            .objects
            .iter()
            .filter_map(|object| key(&object.location))
            .collect();
        Self {
            beside: Beside::among(files.iter().cloned(), &before),
            folders: found.common_prefixes.iter().filter_map(key).collect(),
            files,
        }
    }

    #[cfg(target_os = "linux")]
    fn entries(&self, limit: usize) -> crate::fs::FolderListing {
        let named = |key: &AssetKey, is_folder| crate::fs::FolderEntry {
            name: key.as_str().rsplit('/').next().unwrap_or_default().to_owned(),
            key: key.clone(),
            is_folder,
        };
        let folders = self.folders.iter().map(|key| named(key, true));
        let mut entries: Vec<_> = folders
            .chain(self.files.iter().map(|key| named(key, false)))
            .collect();
        let truncated = entries.len() > limit;
        entries.truncate(limit);
        entries.sort_by_cached_key(|entry| (!entry.is_folder, entry.name.to_lowercase(), entry.name.clone()));
        crate::fs::FolderListing { entries, truncated }
    }

    fn weight(&self) -> u32 {
        let names = self
            .files
            .len()
            .saturating_add(self.folders.len())
            .saturating_add(1);
        u32::try_from(names).unwrap_or(u32::MAX)
    }
}

/// The store holds more titles than are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store holds more than {limit} titles, the limit that `ObjectCatalog::max_titles` sets")]
#[non_exhaustive]
pub struct TooManyObjects {
    /// The limit it hit.
    pub limit: usize,
}

fn lists(time: Duration, names: u64) -> Cache<Option<AssetKey>, Arc<List>> {
    Cache::builder()
        .name("flaskflix object lists")
        .max_capacity(names)
        .weigher(|_, list: &Arc<List>| list.weight())
        .time_to_live(time)
        .build()
}

fn is_unsupported(error: &SourceError) -> bool {
    let SourceError::Io(cause) = error else {
        return false;
    };
    let cause = cause.get_ref().and_then(|cause| cause.downcast_ref());
    cause == Some(&StoreError::Unsupported)
}

const DEFAULT_LIST_CACHE: Duration = Duration::from_secs(10);
const DEFAULT_MAX_NAMES: u64 = 200_000;
const DEFAULT_MAX_TITLES: usize = 10_000;
const LISTS_AT_ONCE: usize = 8;

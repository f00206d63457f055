//! The catalogue over a folder.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use flaskflix_core::{
    catalog::{Catalog, CatalogError, Delivery, SubtitleFile, Title},
    id::{AssetKey, TitleId},
    source::SourceError,
};
use rustix::fs::OFlags;

use super::{
    blocking::blocking,
    identity::{Identity, Status},
    known_films::KnownFilms,
    listing::{Kind, film_folder, kind_of, visible_names},
    local_files::LocalFiles,
    root::{Root, lookup_error},
    sidecars::Sidecars,
};
use crate::titles::{FINISHED_PLAYLIST, file_title, folder_title, is_hidden, is_mp4};

/// A [`Catalog`] over a folder: what lies in it is what there is to watch.
///
/// | in the folder | title |
/// |---|---|
/// | a file `x.mp4`, `x.m4v`, `x.mov` or `x.m4a` (in any case) | [`Delivery::Packaged`] with one rendition |
/// | a file `x.en.vtt`, `x.de.forced.srt`, ... beside `x.mp4` | none: it is the film's subtitles ([`SubtitleFile::beside`]) |
/// | any other regular file | [`Delivery::File`] |
/// | a sub-folder with such MP4 files directly in it | [`Delivery::Packaged`], every one of them a rendition, every `.vtt` and `.srt` its subtitles ([`SubtitleFile::in_folder`]) |
/// | any other sub-folder with a file `master.m3u8` directly in it | [`Delivery::Hls`], as `flaskflix-origin package` writes it |
/// | a name that starts with a dot, is not UTF-8 or is no [`TitleId`] | none |
///
/// The id of a title is the name of its file or folder, with extension. Symbolic links count as what they
/// lead to, as long as they stay beneath the root.
///
/// # Cost
/// `title` asks for the one name, not for the list. The films of the folder itself that were asked for, and the names of subtitles beside
/// them, are remembered as long as the folder stays as it is (device, inode, mtime, ctime): one system call then. The list of a sub-folder's files is kept with the folder's identity (inode, mtime, ctime)
/// and read again when that changed, so a new rendition shows at the next request. (Not seen until then: a
/// symbolic link in the sub-folder whose target came or went.)
///
/// # Examples
/// ```
/// use flaskflix_core::{catalog::Catalog, id::TitleId};
/// use flaskflix_storage::fs::{FolderCatalog, LocalFiles};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # std::fs::write(folder.path().join("The_Third.Man.mp4"), b"not yet a film")?;
/// let files = LocalFiles::open(folder.path())?;
/// let catalog = FolderCatalog::new(&files);
/// let title = catalog.title(&TitleId::parse("The_Third.Man.mp4")?).await?;
/// assert_eq!(title.map(|title| title.name.clone()), Some("The Third Man".to_owned()));
/// assert_eq!(catalog.titles().await?.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct FolderCatalog {
    shelf: Arc<Shelf>,
    max_titles: usize,
}

impl FolderCatalog {
    /// The catalogue of the folder that `files` serves.
    #[must_use]
    pub fn new(files: &LocalFiles) -> Self {
        let shelf = Shelf {
            root: Arc::clone(files.root()),
            sidecars: Arc::clone(files.sidecars()),
            folders: Mutex::default(),
            films: KnownFilms::default(),
        };
        Self {
            shelf: Arc::new(shelf),
            max_titles: DEFAULT_MAX_TITLES,
        }
    }

    /// Most titles that [`titles`](Self::titles) lists. Default 10,000.
    ///
    /// A title costs some hundred bytes while it is listed. Titles past the limit can still be watched by id.
    #[must_use]
    pub fn max_titles(mut self, titles: usize) -> Self {
        self.max_titles = titles;
        self
    }

    /// All titles, sorted by id.
    ///
    /// # Errors
    /// When the folder cannot be read, and with the cause [`TooManyTitles`] when it holds more than
    /// [`max_titles`](Self::max_titles).
    ///
    /// # Cost
    /// Reads the folder, and every sub-folder that changed since it was last read, on the blocking pool.
    pub async fn titles(&self) -> Result<Vec<Title>, CatalogError> {
        let (shelf, limit) = (Arc::clone(&self.shelf), self.max_titles);
        blocking(move || shelf.titles(limit))
            .await
            .map_err(CatalogError::new)?
    }
}

#[async_trait]
impl Catalog for FolderCatalog {
    async fn title(&self, id: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
        if is_hidden(id.as_str()) {
            return Ok(None);
        }
        let root = self.shelf.root.identity().map_err(CatalogError::new)?;
        if let Some(title) = self.shelf.films.get(id, root) {
            return Ok(Some(title));
        }
        let found = self.shelf.root.lookup(id.as_str(), OFlags::PATH).await;
        let status = match found.and_then(Status::of) {
            Ok(status) => status,
            Err(error) => return none_if_not_found(id, error),
        };
        match Kind::from(status.file_type) {
            Kind::File => {
                let title = self.shelf.film(id).await?;
                if let Some(title) = &title
                    && self.shelf.is_no_link(id).await
                {
                    self.shelf.films.put(id, root, title);
                }
                Ok(title)
            }
            Kind::Folder => match self.shelf.known_folder(id, status.identity) {
                Some(title) => Ok(title),
                None => {
                    let (shelf, id) = (Arc::clone(&self.shelf), id.clone());
                    blocking(move || shelf.read_folder(&id))
                        .await
                        .map_err(CatalogError::new)?
                }
            },
            Kind::Other => Ok(None),
        }
    }
}

/// The folder holds more titles than are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the folder holds more than {limit} titles, the limit that `FolderCatalog::max_titles` sets")]
#[non_exhaustive]
pub struct TooManyTitles {
    /// The limit it hit.
    pub limit: usize,
}

/// The root, and what is known about its sub-folders.
#[derive(Debug)]
struct Shelf {
    root: Arc<Root>,
    sidecars: Arc<Sidecars>,
    folders: Mutex<HashMap<TitleId, KnownFolder>>,
    films: KnownFilms,
}

/// What a sub-folder held when it had this identity. `None`: no MP4 file.
#[derive(Debug)]
struct KnownFolder {
    identity: Identity,
    title: Option<Arc<Title>>,
}

impl Shelf {
    /// The title of a file, with the subtitles beside it.
    async fn film(&self, id: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
        let Ok(asset) = AssetKey::parse(id.as_str()) else {
            return Ok(None);
        };
        // Other files have nothing beside them, and only these can be subtitles.
        let beside = if is_mp4(&asset) || SubtitleFile::in_folder(&asset).is_some() {
            self.sidecars.of_folder(None).await.map_err(CatalogError::new)?
        } else {
            Arc::default()
        };
        Ok(file_title(id, &beside).map(Arc::new))
    }

    /// Whether the name is that of a file and not of a symbolic link, whose target may go without a change of the root.
    async fn is_no_link(&self, id: &TitleId) -> bool {
        let found = self
            .root
            .lookup(id.as_str(), OFlags::PATH | OFlags::NOFOLLOW)
            .await;
        found
            .and_then(Status::of)
            .is_ok_and(|status| Kind::from(status.file_type) == Kind::File)
    }

    /// The title of a sub-folder that has not changed since it was read.
    fn known_folder(&self, id: &TitleId, identity: Identity) -> Option<Option<Arc<Title>>> {
        let folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let known = folders.get(id).filter(|known| known.identity == identity)?;
        Some(known.title.clone())
    }

    /// Reads a sub-folder. May wait for the disk.
    fn read_folder(&self, id: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
        let opened = self
            .root
            .lookup_waiting(id.as_str(), OFlags::RDONLY | OFlags::DIRECTORY);
        // The identity from before the reading: a change in the middle makes the next request read again.
        let read = opened.and_then(|folder| {
            let identity = Status::of(&folder)?.identity;
            let film = film_folder(&self.root, id.as_str(), folder)?;
            let title = folder_title(id, film, || finished_stream(&self.root, id));
            Ok((identity, title))
        });
        let (identity, title) = match read {
            Ok(read) => read,
            Err(error) => return none_if_not_found(id, error),
        };
        let title = title.map(Arc::new);
        // Within the tick of its last change a folder may change again and look the same.
        if identity.is_settled() {
            let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
            if folders.len() >= MAX_KNOWN_FOLDERS {
                folders.clear();
            }
            folders.insert(
                id.clone(),
                KnownFolder {
                    identity,
                    title: title.clone(),
                },
            );
        }
        Ok(title)
    }

    fn titles(&self, limit: usize) -> Result<Vec<Title>, CatalogError> {
        let root = self.root.lookup_waiting(".", OFlags::RDONLY | OFlags::DIRECTORY);
        let names = root.and_then(visible_names).map_err(CatalogError::new)?;
        let beside = self.sidecars.of_folder_waiting(None).map_err(CatalogError::new)?;
        let mut titles = Vec::new();
        for entry in names {
            let (name, told) = entry.map_err(CatalogError::new)?;
            let Ok(id) = TitleId::parse(&name) else { continue };
            let title = match kind_of(&self.root, &name, told) {
                Kind::File => file_title(&id, &beside),
                Kind::Folder => self.listed_folder(&id),
                Kind::Other => None,
            };
            if titles.len() >= limit && title.is_some() {
                return Err(CatalogError::new(TooManyTitles { limit }));
            }
            titles.extend(title);
        }
        titles.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        Ok(titles)
    }

    /// A sub-folder's title for the list, where one folder that cannot be read must not hide all others.
    fn listed_folder(&self, id: &TitleId) -> Option<Title> {
        let found = self
            .root
            .lookup_waiting(id.as_str(), OFlags::PATH)
            .and_then(Status::of);
        let known = found
            .ok()
            .and_then(|status| self.known_folder(id, status.identity));
        let title = known.map_or_else(|| self.read_folder(id), Ok);
        match title {
            Ok(title) => title.map(Arc::unwrap_or_clone),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(
                    folder = id.as_str(),
                    cause,
                    "a folder is left out of the list of titles"
                );
                None
            }
        }
    }
}

/// The finished HLS stream in a sub-folder. One that comes or goes changes the folder, whose title is then read again.
fn finished_stream(root: &Root, id: &TitleId) -> Option<Delivery> {
    let playlist = AssetKey::parse(&format!("{id}/{FINISHED_PLAYLIST}")).ok()?;
    let found = root
        .lookup_waiting(playlist.as_str(), OFlags::PATH)
        .and_then(Status::of);
    let is_file = found.is_ok_and(|status| Kind::from(status.file_type) == Kind::File);
    is_file.then_some(Delivery::Hls { playlist })
}

fn none_if_not_found(id: &TitleId, error: io::Error) -> Result<Option<Arc<Title>>, CatalogError> {
    match lookup_error(id.as_str(), error) {
        SourceError::NotFound => Ok(None),
        error => Err(CatalogError::new(error)),
    }
}

const DEFAULT_MAX_TITLES: usize = 10_000;

/// Sub-folders whose files are remembered: about 1 KiB each.
const MAX_KNOWN_FOLDERS: usize = 10_000;

//! Where the films are: in the media folder, or in an object store.

use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use flaskflix_core::{
    catalog::SubtitleFile,
    id::AssetKey,
    source::{ByteSource, SourceError, SourceObject},
};
use flaskflix_storage::{
    fs::{FolderListing, LocalFiles, ReadOptions},
    object::{ObjectCatalog, ObjectOptions, ObjectStoreSource, StoreAddress},
};

use crate::{Settings, StartError};

/// The films, by their paths in the media folder or in the store of `media_url`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Media {
    /// A folder.
    Folder {
        /// What reads and lists.
        files: LocalFiles,
        /// Where it was when it was opened.
        root: PathBuf,
    },
    /// A prefix in an object store.
    Store {
        /// What reads.
        source: ObjectStoreSource,
        /// What lists.
        names: ObjectCatalog,
    },
}

impl Media {
    /// Opens what the settings name. Our own folder is made when it is missing; one that was named must be there, because a slip
    /// in its name would otherwise look like an empty catalogue.
    pub(crate) fn open(settings: &Settings) -> Result<Self, StartError> {
        match &settings.media_url {
            Some(address) => Self::connect(address).map(|source| Self::Store {
                names: ObjectCatalog::new(&source),
                source,
            }),
            None => folder(settings),
        }
    }

    /// What reads the store of an address. Nothing is asked of it yet.
    pub(crate) fn connect(address: &StoreAddress) -> Result<ObjectStoreSource, StartError> {
        let connected = address.connect(ObjectOptions::default().open_cache(OPEN_CACHE));
        connected.map_err(|cause| StartError::new(format!("use the films of {address}"), cause))
    }

    /// Lists a folder, for people who choose a film.
    ///
    /// # Errors
    /// When there is no such folder, or it cannot be listed.
    pub async fn list(&self, folder: Option<&AssetKey>, limit: usize) -> Result<FolderListing, SourceError> {
        match self {
            Self::Folder { files, .. } => files.list(folder, limit).await,
            Self::Store { names, .. } => names.list(folder, limit).await,
        }
    }

    /// The subtitles beside a film.
    pub(crate) async fn subtitles_of(&self, film: &AssetKey) -> Result<Vec<SubtitleFile>, SourceError> {
        match self {
            Self::Folder { files, .. } => files.subtitles_of(film).await,
            Self::Store { names, .. } => names.subtitles_of(film).await,
        }
    }

    /// Whether films can be listed now: a disk or a store that is gone shows here first. A store's list may be some seconds old.
    pub(crate) async fn check(&self) -> Result<(), SourceError> {
        match self {
            // By its path: what is open is there for as long as we are.
            Self::Folder { root, .. } => {
                let root = root.clone();
                let read = tokio::task::spawn_blocking(move || std::fs::read_dir(root).map(drop));
                Ok(read.await.map_err(io::Error::other)??)
            }
            Self::Store { names, .. } => names.list(None, 1).await.map(drop),
        }
    }
}

#[async_trait]
impl ByteSource for Media {
    async fn open(&self, key: &AssetKey) -> Result<Arc<dyn SourceObject>, SourceError> {
        match self {
            Self::Folder { files, .. } => files.open(key).await,
            Self::Store { source, .. } => source.open(key).await,
        }
    }
}

fn folder(settings: &Settings) -> Result<Media, StartError> {
    let media = settings.media();
    let doing = || format!("open the media folder {}", media.display());
    if settings.media.is_none() {
        std::fs::create_dir_all(&media).map_err(|cause| StartError::new(doing(), cause))?;
    }
    apart(&media, &settings.data).map_err(|cause| StartError::new(doing(), cause))?;
    let buffers = usize::try_from(settings.buffer_memory).unwrap_or(usize::MAX);
    let options = ReadOptions::default().max_buffered_bytes(buffers);
    let files = LocalFiles::open_with(&media, options).map_err(|cause| StartError::new(doing(), cause))?;
    Ok(Media::Folder { files, root: media })
}

/// Refuses a media folder that holds the data folder: to an administrator of the pages, the signing key and the database
/// would be files like any other.
fn apart(media: &Path, data: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
    // Symbolic links followed: what counts is where the folders are.
    if data.canonicalize()?.starts_with(media.canonicalize()?) {
        let data = data.display();
        let text =
            format!("it holds the data folder {data}, whose keys and database could be served as films");
        return Err(text.into());
    }
    Ok(())
}

/// Viewers of one film share a request for its version in this time; a film that was replaced shows after it.
const OPEN_CACHE: Duration = Duration::from_secs(2);

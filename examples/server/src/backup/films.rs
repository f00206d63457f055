//! The films, which are noted in a backup and not copied: those of the media folder, or of the store of `media_url`.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use flaskflix_core::{
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, SourceError, SourceObject},
};
use flaskflix_storage::object::ObjectStoreSource;
use futures_util::StreamExt as _;

use super::files::{self, FileRecord, Hashing};
use crate::{app::StartError, media::Media, settings::Settings};

/// Where the films are.
#[derive(Debug)]
pub(super) enum Films {
    Folder(PathBuf),
    Store {
        source: ObjectStoreSource,
        address: String,
    },
}

type Failure = Box<dyn Error + Send + Sync>;

impl Films {
    /// Those of the settings. A folder need not be there; of a store nothing is asked yet.
    pub(super) fn of(settings: &Settings) -> Result<Self, Failure> {
        let Some(address) = &settings.media_url else {
            return Ok(Self::Folder(settings.media()));
        };
        let source = Media::connect(address)?;
        Ok(Self::Store {
            source,
            address: address.to_string(),
        })
    }

    /// Every film and whatever else lies there, with its size, in the order of the paths. Nothing is read.
    pub(super) async fn sizes(&self) -> Result<Vec<FileRecord>, Failure> {
        match self {
            Self::Folder(folder) if !folder.is_dir() => Ok(Vec::new()),
            Self::Folder(folder) => Ok(files::below(folder)?),
            Self::Store { source, .. } => {
                let listed = source.objects().await;
                let listed = listed.map_err(|cause| StartError::new(format!("list {self}"), cause))?;
                let records = listed.into_iter().map(|object| FileRecord {
                    path: object.key.to_string(),
                    bytes: object.len,
                    sha256: None,
                });
                Ok(records.collect())
            }
        }
    }

    /// What there is, to compare with. A store is asked once for all: one that is away is one error, and not one for each film.
    pub(super) async fn look(&self) -> Result<Look<'_>, Failure> {
        match self {
            Self::Folder(folder) => Ok(Look::Folder(folder)),
            Self::Store { .. } => {
                let sizes = self.sizes().await?.into_iter();
                Ok(Look::Store(
                    sizes.map(|record| (record.path, record.bytes)).collect(),
                ))
            }
        }
    }

    /// Reads one through, and notes what it holds. `read` is told how many bytes more are done.
    ///
    /// A film that is replaced while it is read is read again from its start, once or twice.
    pub(super) async fn record(
        &self,
        path: &str,
        read: &mut (dyn FnMut(u64) + Send),
    ) -> io::Result<FileRecord> {
        let source = match self {
            Self::Folder(folder) => return files::record(folder, path, read),
            Self::Store { source, .. } => source,
        };
        for _ in 1..ATTEMPTS {
            match hash(open(source, path).await?, path, read).await {
                Err(SourceError::Changed) => {}
                done => return done.map_err(into_io),
            }
        }
        hash(open(source, path).await?, path, read).await.map_err(into_io)
    }
}

/// What was found where the films are.
#[derive(Debug)]
pub(super) enum Look<'a> {
    Folder(&'a Path),
    Store(BTreeMap<String, u64>),
}

impl Look<'_> {
    /// The size of a film; [`io::ErrorKind::NotFound`] when it is not there.
    pub(super) fn size(&self, path: &str) -> io::Result<u64> {
        match self {
            Self::Folder(folder) => Ok(fs::metadata(folder.join(path))?.len()),
            Self::Store(sizes) => sizes
                .get(path)
                .copied()
                .ok_or_else(|| io::ErrorKind::NotFound.into()),
        }
    }
}

impl fmt::Display for Films {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Store { address, .. } => f.write_str(address),
        }
    }
}

async fn open(source: &ObjectStoreSource, path: &str) -> io::Result<Arc<dyn SourceObject>> {
    // What no key can name is not there.
    let key = AssetKey::parse(path).map_err(|error| io::Error::new(io::ErrorKind::NotFound, error))?;
    source.open(&key).await.map_err(into_io)
}

async fn hash(
    film: Arc<dyn SourceObject>,
    path: &str,
    read: &mut (dyn FnMut(u64) + Send),
) -> Result<FileRecord, SourceError> {
    let mut hashing = Hashing::new(io::sink());
    let whole = ByteRange::new(0, film.info().len);
    let mut bytes = film.read(whole.into_iter().collect());
    while let Some(chunk) = bytes.next().await {
        let chunk = chunk?;
        hashing.write_all(&chunk)?;
        read(u64::try_from(chunk.len()).unwrap_or(0));
    }
    Ok(hashing.finish(path).0)
}

fn into_io(error: SourceError) -> io::Error {
    match error {
        SourceError::Io(error) => error,
        SourceError::NotFound => io::Error::new(io::ErrorKind::NotFound, error),
        error => io::Error::other(error),
    }
}

/// How often a film that changes under the reader is read.
const ATTEMPTS: usize = 3;

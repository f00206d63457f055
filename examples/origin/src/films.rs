//! Where the films are: in a folder, or in an object store.

use std::{error::Error, io, path::Path, sync::Arc, time::Duration};

use flaskflix_core::{
    catalog::{Catalog, CatalogError, Title},
    id::TitleId,
    source::ByteSource,
};
use flaskflix_storage::{
    fs::{FolderCatalog, LocalFiles},
    object::{ObjectCatalog, ObjectOptions, StoreAddress},
};

use crate::{args::ServeArgs, limits::LimitArgs};

/// The films that are served.
#[derive(Debug)]
pub(crate) struct Films {
    pub(crate) source: Arc<dyn ByteSource>,
    pub(crate) catalog: Arc<FilmCatalog>,
}

/// Which titles there are.
#[derive(Debug)]
pub(crate) enum FilmCatalog {
    Folder(FolderCatalog),
    Store(ObjectCatalog),
}

impl Films {
    /// What `--root` or `--source` names.
    pub(crate) fn open(args: &ServeArgs, limits: &LimitArgs) -> Result<Self, Box<dyn Error>> {
        match (&args.root, &args.source) {
            (Some(root), _) => Self::folder(root, limits),
            (None, Some(address)) => Self::store(address),
            (None, None) => Err("--root or --source says where the films are".into()),
        }
    }

    fn folder(root: &Path, limits: &LimitArgs) -> Result<Self, Box<dyn Error>> {
        let files =
            LocalFiles::open_with(root, limits.reading()).map_err(|error| folder_error(root, error))?;
        Ok(Self {
            catalog: Arc::new(FilmCatalog::Folder(FolderCatalog::new(&files))),
            source: Arc::new(files),
        })
    }

    fn store(address: &StoreAddress) -> Result<Self, Box<dyn Error>> {
        let options = ObjectOptions::default().open_cache(OPEN_CACHE);
        let source = address
            .connect(options)
            .map_err(|error| format!("cannot use {address}: {error}"))?;
        Ok(Self {
            catalog: Arc::new(FilmCatalog::Store(ObjectCatalog::new(&source))),
            source: Arc::new(source),
        })
    }
}

impl FilmCatalog {
    /// All titles, sorted by id.
    pub(crate) async fn titles(&self) -> Result<Vec<Title>, CatalogError> {
        match self {
            Self::Folder(catalog) => catalog.titles().await,
            Self::Store(catalog) => catalog.titles().await,
        }
    }
}

#[async_trait::async_trait]
impl Catalog for FilmCatalog {
    async fn title(&self, id: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
        match self {
            Self::Folder(catalog) => catalog.title(id).await,
            Self::Store(catalog) => catalog.title(id).await,
        }
    }
}

fn folder_error(root: &Path, error: io::Error) -> String {
    format!("cannot open the folder {}: {error}", root.display())
}

/// Viewers of one film share a request for its version in this time; a film that was replaced shows after it.
const OPEN_CACHE: Duration = Duration::from_secs(2);

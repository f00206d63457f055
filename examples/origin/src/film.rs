//! The one film of a command: a file, or a folder with a file for each rendition.

use std::{error::Error, fmt, path::Path, sync::Arc};

use flaskflix_core::{
    catalog::{Catalog as _, Delivery, Rendition, SubtitleFile, Title},
    id::{AssetKey, TitleId},
};
use flaskflix_storage::fs::{FolderCatalog, LocalFiles};

/// A film, as the server would find it in the folder above.
#[derive(Debug)]
pub(crate) struct Film {
    pub(crate) title: Arc<Title>,
    /// The folder above.
    pub(crate) files: LocalFiles,
}

impl Film {
    /// Finds the film at a path. Any file counts as one, whatever its name ends with.
    pub(crate) async fn find(path: &Path) -> Result<Self, FilmError> {
        let fault = |cause: Box<dyn Error + Send + Sync>| FilmError {
            path: path.display().to_string(),
            cause,
        };
        let real = path.canonicalize().map_err(|error| fault(error.into()))?;
        let (Some(folder), Some(name)) = (real.parent(), real.file_name()) else {
            return Err(fault("the root of the file system is no film".into()));
        };
        let name = name
            .to_str()
            .ok_or_else(|| fault("its name is not UTF-8".into()))?;
        let id = TitleId::parse(name).map_err(|error| fault(error.into()))?;
        let files = LocalFiles::open(folder).map_err(|error| fault(error.into()))?;
        let found = FolderCatalog::new(&files).title(&id).await;
        let title = match found.map_err(|error| fault(error.into()))? {
            Some(title) if matches!(title.delivery, Delivery::Packaged { .. }) => title,
            found if real.is_file() => {
                let asset = AssetKey::parse(name).map_err(|error| fault(error.into()))?;
                let name = found.map_or_else(|| name.to_owned(), |title| title.name.clone());
                Arc::new(Title::new(id, name, Delivery::packaged([asset])))
            }
            _ => return Err(fault("there is no MP4 file directly in the folder".into())),
        };
        Ok(Self { title, files })
    }

    /// Its MP4 files.
    pub(crate) fn renditions(&self) -> &[Rendition] {
        match &self.title.delivery {
            Delivery::Packaged { renditions, .. } => renditions,
            _ => &[],
        }
    }

    /// The files of subtitles beside them.
    pub(crate) fn subtitles(&self) -> &[SubtitleFile] {
        match &self.title.delivery {
            Delivery::Packaged { subtitles, .. } => subtitles,
            _ => &[],
        }
    }
}

/// There is no film at a path. Names the path; the cause tells the rest.
#[derive(Debug)]
pub(crate) struct FilmError {
    path: String,
    cause: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for FilmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no film at {}", self.path)
    }
}

impl Error for FilmError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}

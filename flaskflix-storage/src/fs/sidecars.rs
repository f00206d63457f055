//! Files of subtitles beside films: found by their names, and remembered per folder.

use std::{
    collections::HashMap,
    io,
    os::fd::OwnedFd,
    sync::{Arc, Mutex, PoisonError},
};

use flaskflix_core::{catalog::SubtitleFile, id::AssetKey, source::SourceError};
use rustix::fs::OFlags;

use super::{
    blocking::blocking,
    identity::{Identity, Status},
    listing::{Kind, kind_of, visible_names},
    local_files::LocalFiles,
    root::{Root, lookup_error},
};
use crate::titles::{Beside, is_mp4};

/// The folders that were looked into.
#[derive(Debug)]
pub(super) struct Sidecars {
    root: Arc<Root>,
    folders: Mutex<HashMap<String, (Identity, Arc<Beside>)>>,
}

/// Reads an open folder, whose keys start with `prefix`. May wait for the disk.
fn read_beside(root: &Root, prefix: &str, folder: OwnedFd) -> io::Result<Beside> {
    let mut keys = Vec::new();
    for entry in visible_names(folder)? {
        let (name, told) = entry?;
        let Ok(key) = AssetKey::parse(&format!("{prefix}{name}")) else {
            continue;
        };
        // What a film is, is looked at when it is asked for.
        if is_mp4(&key) || (Beside::wants(&key) && kind_of(root, key.as_str(), told) == Kind::File) {
            keys.push(key);
        }
    }
    Ok(Beside::among(keys, prefix))
}

impl LocalFiles {
    /// The files of subtitles beside a film, by their names ([`SubtitleFile::beside`]), in the order of the viewer's menu; at
    /// most 64.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] when there is no such folder beneath the root; others when it cannot be read.
    ///
    /// # Cost
    /// Two system calls while the film's folder stays as it is: its names are remembered. Else it is read.
    ///
    /// # Examples
    /// ```
    /// use flaskflix_core::id::AssetKey;
    /// use flaskflix_storage::fs::LocalFiles;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// for name in ["sea.mp4", "sea.en.srt", "lake.en.srt"] {
    ///     std::fs::write(folder.path().join(name), b"")?;
    /// }
    /// let files = LocalFiles::open(folder.path())?;
    /// let found = files.subtitles_of(&AssetKey::parse("sea.mp4")?).await?;
    /// assert_eq!((found.len(), found[0].language.as_str()), (1, "en"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn subtitles_of(&self, film: &AssetKey) -> Result<Vec<SubtitleFile>, SourceError> {
        let folder = film.as_str().rsplit_once('/').map(|(folder, _)| folder);
        let beside = self.sidecars().of_folder(folder).await;
        let beside = beside.map_err(|error| lookup_error(folder.unwrap_or("."), error))?;
        Ok(beside.of(film))
    }
}

impl Sidecars {
    pub(super) fn new(root: Arc<Root>) -> Self {
        Self {
            root,
            folders: Mutex::default(),
        }
    }

    /// What lies in a folder: `None` is the root.
    ///
    /// # Errors
    /// When the folder cannot be read.
    ///
    /// # Cost
    /// Two system calls while the folder stays as it is.
    pub(super) async fn of_folder(self: &Arc<Self>, folder: Option<&str>) -> io::Result<Arc<Beside>> {
        let path = folder.unwrap_or(".");
        let now = Status::of(self.root.lookup(path, OFlags::PATH).await?)?.identity;
        if let Some(known) = self.known(path, now) {
            return Ok(known);
        }
        let (sidecars, folder) = (Arc::clone(self), folder.map(str::to_owned));
        blocking(move || sidecars.read(folder.as_deref())).await?
    }

    /// The same. May wait for the disk.
    pub(super) fn of_folder_waiting(&self, folder: Option<&str>) -> io::Result<Arc<Beside>> {
        let path = folder.unwrap_or(".");
        let now = Status::of(self.root.lookup_waiting(path, OFlags::PATH)?)?.identity;
        self.known(path, now).map_or_else(|| self.read(folder), Ok)
    }

    fn known(&self, path: &str, now: Identity) -> Option<Arc<Beside>> {
        let folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, beside) = folders.get(path).filter(|(then, _)| *then == now)?;
        Some(Arc::clone(beside))
    }

    fn read(&self, folder: Option<&str>) -> io::Result<Arc<Beside>> {
        let path = folder.unwrap_or(".");
        let opened = self
            .root
            .lookup_waiting(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        // The identity from before the reading: a change in the middle makes the next request read again.
        let identity = Status::of(&opened)?.identity;
        let prefix = folder.map_or_else(String::new, |folder| format!("{folder}/"));
        let beside = Arc::new(read_beside(&self.root, &prefix, opened)?);
        // Within the tick of its last change a folder may change again and look the same.
        if identity.is_settled() {
            let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
            if folders.len() >= MAX_KNOWN_FOLDERS {
                folders.clear();
            }
            folders.insert(path.to_owned(), (identity, Arc::clone(&beside)));
        }
        Ok(beside)
    }
}

/// Folders whose subtitles are remembered: some hundred bytes for each file of subtitles.
const MAX_KNOWN_FOLDERS: usize = 1000;

//! Looking into folders, for people who choose a file.

use std::sync::Arc;

use flaskflix_core::{id::AssetKey, source::SourceError};
use rustix::fs::OFlags;

use super::{
    blocking::blocking,
    listing::{Kind, kind_of, visible_names},
    local_files::LocalFiles,
    root::{Root, lookup_error},
};

/// What a folder holds, as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderListing {
    /// Folders first, then files, each sorted by name without regard to case.
    pub entries: Vec<FolderEntry>,
    /// Whether the folder holds more than was asked for.
    pub truncated: bool,
}

/// A file or folder in a [`FolderListing`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderEntry {
    /// The name, without the folder's.
    pub name: String,
    /// The whole key: what opens the file, or lists the folder.
    pub key: AssetKey,
    /// Whether it is a folder.
    pub is_folder: bool,
}

impl LocalFiles {
    /// Lists a folder beneath the root, or the root itself: regular files and folders, not more than `limit` of them.
    ///
    /// Names that start with a dot, are not UTF-8 or are no [`AssetKey`] are left out, and so is everything that could
    /// not be opened or listed: links that leave the root, devices, sockets. Which ones are left out of a folder with
    /// more than `limit` is not said.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] when there is no such folder beneath the root; others when it cannot be read.
    ///
    /// # Cost
    /// Reads at most `limit` names, and asks for the type of symbolic links, on the blocking pool.
    ///
    /// # Examples
    /// ```
    /// use flaskflix_storage::fs::LocalFiles;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// std::fs::create_dir(folder.path().join("films"))?;
    /// std::fs::write(folder.path().join("films/salt.mp4"), b"not yet a film")?;
    /// let files = LocalFiles::open(folder.path())?;
    /// let films = files.list(None, 100).await?.entries.remove(0);
    /// assert!(films.is_folder);
    /// let listing = files.list(Some(&films.key), 100).await?;
    /// assert_eq!(listing.entries[0].key.as_str(), "films/salt.mp4");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn list(&self, folder: Option<&AssetKey>, limit: usize) -> Result<FolderListing, SourceError> {
        let (root, folder) = (Arc::clone(self.root()), folder.cloned());
        blocking(move || list(&root, folder.as_ref(), limit)).await?
    }
}

fn list(root: &Root, folder: Option<&AssetKey>, limit: usize) -> Result<FolderListing, SourceError> {
    let path = folder.map_or(".", AssetKey::as_str);
    let opened = root
        .lookup_waiting(path, OFlags::RDONLY | OFlags::DIRECTORY)
        .map_err(|error| lookup_error(path, error))?;
    let mut listing = FolderListing {
        entries: Vec::new(),
        truncated: false,
    };
    for entry in visible_names(opened)? {
        let (name, told) = entry?;
        let key = folder.map_or_else(|| name.clone(), |folder| format!("{folder}/{name}"));
        let Ok(key) = AssetKey::parse(&key) else { continue };
        let is_folder = match kind_of(root, key.as_str(), told) {
            Kind::Folder => true,
            Kind::File => false,
            Kind::Other => continue,
        };
        if listing.entries.len() >= limit {
            listing.truncated = true;
            break;
        }
        listing.entries.push(FolderEntry { name, key, is_folder });
    }
    listing
        .entries
        .sort_by_cached_key(|entry| (!entry.is_folder, entry.name.to_lowercase(), entry.name.clone()));
    Ok(listing)
}

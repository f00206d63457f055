//! The database file: where it is, who may read it, whether it is still the same.

use std::{
    fs::{self, Metadata, OpenOptions},
    path::{Path, PathBuf},
};

use crate::sql::SqlError;

/// A database file that exists.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    identity: Identity,
}

impl DatabaseFile {
    /// Makes the file if there is none, readable and writable by its owner only. SQLite gives the same permissions to the
    /// files beside it (`-wal`, `-shm`). A file that exists keeps its own.
    pub(super) fn create(path: &Path) -> Result<Self, SqlError> {
        // Absolute, so that neither `:memory:` nor `file:...?mode=...` is anything but the name of a file.
        let path = std::path::absolute(path).map_err(|cause| SqlError::File {
            path: path.to_owned(),
            cause,
        })?;
        if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
            return Err(SqlError::NoFolder {
                folder: folder.to_owned(),
            });
        }
        let mut open = OpenOptions::new();
        open.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
        match open.open(&path).and_then(|file| file.metadata()) {
            Ok(metadata) => Ok(Self {
                identity: identity(&metadata),
                path,
            }),
            Err(cause) => Err(SqlError::File { path, cause }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file that was opened is still the one of this name. SQLite goes on writing into a removed file.
    pub(super) fn is_in_place(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|metadata| identity(&metadata) == self.identity)
    }
}

/// What tells one file from another of the same name.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = ();

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Identity {}

//! The data folder: made for its owner alone, used by one server at a time, filled atomically.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};

/// The folder of everything that the server keeps.
#[derive(Debug, Clone)]
pub(crate) struct DataFolder {
    path: PathBuf,
}

/// Holds the data folder for this process. The kernel lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    #[error("the data folder {} cannot be used", path.display())]
    Unusable {
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error(
        "the data folder {} is in use by another flaskflix-server{holder}: stop that one, or give this one its own folder \
         with --data",
        path.display()
    )]
    InUse {
        path: PathBuf,
        /// ` (process 42)` when it has said so.
        holder: String,
    },
}

impl DataFolder {
    /// Makes the folder if it is not there, readable by its owner alone. One that is there stays as it is.
    ///
    /// # Errors
    /// [`FolderError::Unusable`].
    pub(crate) fn open(path: &Path) -> Result<Self, FolderError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|cause| FolderError::Unusable {
            path: path.to_owned(),
            cause,
        })?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Holds the folder for a server.
    ///
    /// # Errors
    /// [`FolderError::InUse`] when another one does.
    pub(crate) fn lock(&self) -> Result<Lock, FolderError> {
        let unusable = |cause| FolderError::Unusable {
            path: self.path.clone(),
            cause,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.path.join("server.lock"))
            .map_err(unusable)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(FolderError::InUse {
                    path: self.path.clone(),
                    holder: holder(&mut file),
                });
            }
            Err(errno) => return Err(unusable(errno.into())),
        }
        // For the message above only: the lock itself is the kernel's.
        let pid = format!("{}\n", std::process::id());
        let told = file.set_len(0).and_then(|()| file.write_all(pid.as_bytes()));
        told.map_err(unusable)?;
        Ok(Lock { _file: file })
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("flaskflix.db")
    }

    /// What was read of films. May be removed at any time.
    pub(crate) fn indexes(&self) -> PathBuf {
        self.path.join("indexes")
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.path.join("signing.key")
    }

    pub(crate) fn content_key_file(&self) -> PathBuf {
        self.path.join("content.key")
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.take(20).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => format!(" (process {})", text.trim()),
        _ => String::new(),
    }
}

/// Makes a file with this content, or none: whoever sees it sees all of it, after a kill or a power cut too.
///
/// A file that is there is replaced. Two writers of the same path at once are not expected.
///
/// # Errors
/// The system's.
pub(crate) fn write_whole(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = folder.join(name);
    // What a killed run has left is of no use, and may have other permissions.
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&partial)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&partial, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_the_owner_sees_what_is_inside() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("a/b");
        let folder = DataFolder::open(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
        let _lock = folder.lock().unwrap();
        assert_eq!(mode(&path.join("server.lock")), 0o600);
        write_whole(&folder.key_file(), b"secret", 0o600).unwrap();
        assert_eq!(mode(&folder.key_file()), 0o600);
    }

    #[test]
    fn the_second_server_is_told_who_has_the_folder() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(temporary.path()).unwrap();
        let first = folder.lock().unwrap();
        let second = folder.lock().unwrap_err().to_string();
        assert!(
            second.contains(&format!("process {}", std::process::id())),
            "{second}"
        );
        drop(first);
        assert!(folder.lock().is_ok());
    }

    #[test]
    fn a_partial_file_of_a_killed_run_is_replaced() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("film.mp4");
        fs::write(temporary.path().join("film.mp4.partial"), b"half of it").unwrap();
        write_whole(&path, b"all of it", 0o644).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"all of it");
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 1);
    }
}

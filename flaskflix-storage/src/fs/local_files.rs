//! The byte source over a folder.

use std::{io, path::Path, sync::Arc};

use async_trait::async_trait;
use flaskflix_core::{
    id::AssetKey,
    source::{ByteSource, SourceError, SourceObject},
};
use rustix::fs::{FileType, OFlags};

use super::{
    blocking::blocking,
    buffers::BufferPool,
    identity::Status,
    open_file::{OpenFile, Reading},
    options::{Counters, ReadOptions, ReadStats},
    root::{Root, lookup_error},
    settle::SettledFiles,
    sidecars::Sidecars,
};

/// A [`ByteSource`] over the regular files of a folder and its sub-folders.
///
/// Keys are paths relative to the folder. A symbolic link is followed as long as it stays beneath the folder;
/// one that leaves it, a folder, a FIFO, a socket or a device is [`SourceError::NotFound`], like a name that
/// does not exist.
///
/// Bytes that are in the page cache are read at once, on the thread that polls; anything else is read on
/// Tokio's blocking pool, with read-ahead. Buffers are pooled and bounded ([`ReadOptions`]).
///
/// The entity tag is a hash of device, inode, length, mtime and ctime, the last two with their nanoseconds.
/// The identity is checked again after every chunk: a file that is truncated, overwritten or has its times
/// changed while it is read fails with [`SourceError::Changed`]; one that is deleted or replaced by a rename
/// is read to its end, because the open file still has the old bytes. To publish a new version of a film,
/// write it beside the old one and rename it.
///
/// Connections that can send files themselves ([`SourceObject::as_file`]) get files that were left alone for a while
/// ([`ReadOptions::zero_copy_after`], which says what that means for those who overwrite files in place).
///
/// The first `open` of a file that changed within the last minutes waits until no write to it is under way
/// (at most some milliseconds); one that is written to all the time is [`SourceError::Busy`].
///
/// # Cost
/// `open` is two system calls and a hash when the kernel knows the name, less than 10 us. Reading is one system
/// call per stretch and one per chunk.
///
/// # Examples
/// ```
/// use flaskflix_core::{id::AssetKey, source::ByteSource};
/// use flaskflix_storage::fs::LocalFiles;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # std::fs::write(folder.path().join("film.mp4"), b"not yet a film")?;
/// let files = LocalFiles::open(folder.path())?;
/// let film = files.open(&AssetKey::parse("film.mp4")?).await?;
/// assert_eq!(film.info().len, 14);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct LocalFiles {
    root: Arc<Root>,
    settled: Arc<SettledFiles>,
    reading: Arc<Reading>,
    sidecars: Arc<Sidecars>,
}

impl LocalFiles {
    /// Opens a folder with the default [`ReadOptions`].
    ///
    /// The folder stays open: it may be renamed afterwards, and what is later mounted or linked at its path
    /// is not seen.
    ///
    /// # Errors
    /// When the folder cannot be opened, and with [`io::ErrorKind::Unsupported`] when the kernel cannot
    /// resolve names safely beneath it (no `openat2`: before Linux 5.6, or forbidden by an old sandbox).
    pub fn open(root: impl AsRef<Path>) -> io::Result<Self> {
        Self::open_with(root, ReadOptions::default())
    }

    /// Opens a folder.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(root: impl AsRef<Path>, options: ReadOptions) -> io::Result<Self> {
        let root = Arc::new(Root::open(root.as_ref())?);
        Ok(Self {
            sidecars: Arc::new(Sidecars::new(Arc::clone(&root))),
            root,
            settled: Arc::default(),
            reading: Arc::new(Reading {
                buffers: BufferPool::new(&options),
                counters: Counters::default(),
                read_ahead_bytes: options.read_ahead_bytes,
                zero_copy_after: options.zero_copy_after,
            }),
        })
    }

    /// What reading has done so far, over all files of the folder.
    #[must_use]
    pub fn stats(&self) -> ReadStats {
        self.reading
            .counters
            .snapshot(self.reading.buffers.bytes_in_use())
    }

    pub(super) const fn sidecars(&self) -> &Arc<Sidecars> {
        &self.sidecars
    }

    pub(super) const fn root(&self) -> &Arc<Root> {
        &self.root
    }
}

#[async_trait]
impl ByteSource for LocalFiles {
    async fn open(&self, key: &AssetKey) -> Result<Arc<dyn SourceObject>, SourceError> {
        let path = key.as_str();
        let found = self.root.lookup(path, OFlags::RDONLY).await;
        let file = found.map_err(|error| lookup_error(path, error))?;
        let status = Status::of(&file)?;
        if status.file_type != FileType::RegularFile {
            return Err(SourceError::NotFound);
        }
        let (file, identity) = if self.settled.knows(&status.identity) {
            (file, status.identity)
        } else {
            let settled = Arc::clone(&self.settled);
            blocking(move || settled.wait(&file).map(|identity| (file, identity))).await??
        };
        Ok(Arc::new(OpenFile::new(file, identity, Arc::clone(&self.reading))))
    }
}

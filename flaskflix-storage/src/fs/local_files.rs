//! The byte source over a folder.

use std::{io, path::Path, sync::Arc, time::Instant};

use async_trait::async_trait;
use flaskflix_core::{
    id::AssetKey,
    source::{ByteSource, SourceError, SourceObject},
};
use rustix::fs::{FileType, OFlags};

use super::{
    blocking::blocking,
    buffers::BufferPool,
    held_files::HeldFiles,
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
/// `open` is two system calls and a hash when the kernel knows the name, less than 10 us. Up to 16 files stay open for two seconds after they
/// were asked for, on file systems of this machine: the next `open` looks their name up again, one system call, and closes those whose time is over. Reading is one system
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
    held: Arc<HeldFiles<OpenFile>>,
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
            held: Arc::default(),
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
        let (path, now) = (key.as_str(), Instant::now());
        let is_current = |file: &OpenFile| self.root.leads_to(path, &file.identity);
        if let Some(file) = self.held.find(key, now, is_current) {
            return Ok(file);
        }
        let plain = self.root.lookup_plain(path, OFlags::RDONLY);
        let is_plain = plain.is_some();
        let file = match plain {
            Some(file) => file,
            None => {
                let found = self.root.lookup(path, OFlags::RDONLY).await;
                found.map_err(|error| lookup_error(path, error))?
            }
        };
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
        let file = Arc::new(OpenFile::new(file, identity, Arc::clone(&self.reading)));
        if is_plain {
            self.held.hold(key, &file, now);
        }
        Ok(file)
    }
}

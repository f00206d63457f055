//! Records of indexes as files of a folder.

use std::{
    fmt,
    fs::{DirBuilder, File},
    io::{self, Read as _, Write as _},
    os::{fd::OwnedFd, unix::fs::DirBuilderExt as _},
    path::Path,
    process,
    sync::{Arc, PoisonError, atomic::AtomicU64 as NameCount},
};

use async_trait::async_trait;
use flaskflix_core::{
    Bytes,
    mp4::RecordKey,
    package::{IndexRecords, RecordsError},
};
use rustix::{
    fs::{self, AtFlags, FileType, Mode, OFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT},
    io::Errno,
};

use super::{
    blocking::blocking,
    index_shelf::{NEW_SUFFIX, RECORD_SUFFIX, Shelf},
};
use crate::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

#[cfg(test)]
#[cfg(shuttle)]
mod models;

/// An [`IndexRecords`] over a folder of its own: one file for each record, called after its key.
///
/// * A record is written beside its place and renamed into it: whoever reads sees a whole one or none.
/// * Nothing is flushed to the disk. A record that a power cut has torn fails its checksum, and the film is read again: a flush
///   for every film would cost more than that.
/// * New files can be read and written by their owner only ([`IndexFolderOptions::readable_by_all`]).
/// * Names are made of keys, never of what a catalogue or viewer says, and links in the folder are not followed.
/// * The files together have a bound; those that were not asked for the longest go first, and with them the records of films
///   that were replaced.
///
/// Several processes may share a folder. It should not lie among the films, and nobody else should be able to write to it: a
/// record is parsed as carefully as a film, but a forged one makes a film play wrong.
///
/// # Cost
/// Reading is four system calls and one read, on the blocking pool. Making room reads the whole folder, once for every tenth of the
/// bound that is written.
///
/// # Examples
/// ```
/// use flaskflix_storage::fs::{IndexFolder, IndexFolderOptions};
/// # let data = tempfile::tempdir()?;
/// let options = IndexFolderOptions::default().max_bytes(1 << 30);
/// let records = IndexFolder::open_with(data.path().join("indexes"), options)?;
/// assert_eq!(records.bytes(), 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct IndexFolder {
    shared: Arc<Shared>,
}

/// How an [`IndexFolder`] keeps its files.
///
/// # Defaults
/// * [`max_bytes`](Self::max_bytes): 2 GiB
/// * [`readable_by_all`](Self::readable_by_all): off
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexFolderOptions {
    max_bytes: u64,
    readable_by_all: bool,
}

impl Default for IndexFolderOptions {
    fn default() -> Self {
        Self {
            max_bytes: 2 << 30,
            readable_by_all: false,
        }
    }
}

impl IndexFolderOptions {
    /// Most bytes of records. Default 2 GiB, about a thousand films of two hours.
    ///
    /// A record that alone is larger is not kept. Processes that share a folder each keep to the bound as far as they know what
    /// the others have written: they look whenever they make room.
    #[must_use]
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Lets every user of the machine read what is made from now on: files have mode 0644, the folder 0755. Default off: 0600 and
    /// 0700. For a folder that servers of several users share.
    #[must_use]
    pub const fn readable_by_all(mut self) -> Self {
        self.readable_by_all = true;
        self
    }
}

struct Shared {
    folder: OwnedFd,
    options: IndexFolderOptions,
    /// Bytes of all records, as far as this process knows.
    bytes: AtomicU64,
    /// Held by whoever makes room.
    making_room: Mutex<()>,
}

impl IndexFolder {
    /// Opens a folder with the default options, and makes it when there is none.
    ///
    /// # Errors
    /// As [`open_with`](Self::open_with).
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::open_with(path, IndexFolderOptions::default())
    }

    /// Opens a folder, and makes it, with those above it, when there is none. What an interrupted process has left half written is
    /// removed. The folder stays open: it may be renamed afterwards.
    ///
    /// # Errors
    /// When the folder cannot be made, opened, read, or written to.
    pub fn open_with(path: impl AsRef<Path>, options: IndexFolderOptions) -> io::Result<Self> {
        let path = path.as_ref();
        let mode = if options.readable_by_all { 0o755 } else { 0o700 };
        DirBuilder::new().recursive(true).mode(mode).create(path)?;
        let folder = fs::open(path, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        fs::accessat(&folder, c".", fs::Access::WRITE_OK, AtFlags::empty())?;
        let shared = Shared {
            bytes: AtomicU64::new(Shelf::read(&folder)?.tidied(&folder).bytes()),
            folder,
            options,
            making_room: Mutex::default(),
        };
        shared.make_room();
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Bytes of all records, as far as this process knows.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shared.bytes.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl IndexRecords for IndexFolder {
    async fn get(&self, key: &RecordKey) -> Result<Option<Bytes>, RecordsError> {
        let (shared, key) = (Arc::clone(&self.shared), *key);
        let read = blocking(move || shared.read(&key)).await;
        read.flatten().map_err(RecordsError::new)
    }

    async fn put(&self, key: &RecordKey, record: Bytes) -> Result<(), RecordsError> {
        let (shared, key) = (Arc::clone(&self.shared), *key);
        let written = blocking(move || shared.write(&key, &record)).await;
        written.flatten().map_err(RecordsError::new)
    }
}

impl Shared {
    fn read(&self, key: &RecordKey) -> io::Result<Option<Bytes>> {
        // NONBLOCK: opening a FIFO must not wait for its writer.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = match fs::openat(&self.folder, record_name(key), flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        };
        let status = fs::fstat(&file)?;
        let len = u64::try_from(status.st_size).unwrap_or(0);
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile || len > self.options.max_bytes {
            return Err(io::Error::new(io::ErrorKind::InvalidData, NOT_OURS));
        }
        let mut record = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
        // A file that somebody makes longer meanwhile is none of ours: one byte more is enough for its checksum to fail.
        let file = File::from(file);
        (&file).take(len.saturating_add(1)).read_to_end(&mut record)?;
        // Asked for just now. Whoever may only read shares a folder whose owner sees to its size.
        let _ = fs::futimens(&file, &JUST_NOW);
        Ok(Some(record.into()))
    }

    fn write(&self, key: &RecordKey, record: &[u8]) -> io::Result<()> {
        let len = u64::try_from(record.len()).unwrap_or(u64::MAX);
        if len > self.options.max_bytes {
            return Ok(());
        }
        let (file, new) = self.create(key)?;
        let mut file = File::from(file);
        let placed = file
            .write_all(record)
            .and_then(|()| Ok(fs::renameat(&self.folder, &new, &self.folder, record_name(key))?));
        if let Err(error) = placed {
            let _ = fs::unlinkat(&self.folder, &new, AtFlags::empty());
            return Err(error);
        }
        let before = self.bytes.fetch_add(len, Ordering::Release);
        if before.saturating_add(len) > self.options.max_bytes {
            self.make_room();
        }
        Ok(())
    }

    /// Makes a file that nobody else has, and its name.
    fn create(&self, key: &RecordKey) -> io::Result<(OwnedFd, String)> {
        // std's in models too: a static outlives them.
        static COUNT: NameCount = NameCount::new(0);
        let mode = if self.options.readable_by_all {
            0o644
        } else {
            0o600
        };
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mut tries = (0..NAME_TRIES).map(|_| {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("{key}-{}-{count}{NEW_SUFFIX}", process::id());
            fs::openat(&self.folder, &name, flags, Mode::from_raw_mode(mode)).map(|file| (file, name))
        });
        // EXIST: a process of the same number, in another container that shares the folder.
        let made = tries.find(|made| !matches!(made, Err(Errno::EXIST)));
        Ok(made.unwrap_or(Err(Errno::EXIST))?)
    }

    /// Removes the records that were not asked for the longest, until a tenth of the bound is free. A folder that cannot be read
    /// stays as it is: the next write tries again.
    fn make_room(&self) {
        let _guard = self.making_room.lock().unwrap_or_else(PoisonError::into_inner);
        // Acquire: what is counted in it is found in the folder.
        let before = self.bytes.load(Ordering::Acquire);
        if before <= self.options.max_bytes {
            return;
        }
        let left = Shelf::read(&self.folder).map(|shelf| {
            let tidied = shelf.tidied(&self.folder);
            tidied.shrunk_to(self.options.max_bytes, &self.folder).bytes()
        });
        match left {
            // What others have written since stays counted, if need be twice: the next one that makes room counts anew.
            Ok(left) => {
                let recount = |bytes: u64| bytes.saturating_sub(before).saturating_add(left);
                self.bytes.update(Ordering::Relaxed, Ordering::Relaxed, recount);
            }
            Err(error) => tracing::warn!(%error, "the folder of index records cannot be read"),
        }
    }
}

impl fmt::Debug for IndexFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexFolder")
            .field("bytes", &self.bytes())
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

fn record_name(key: &RecordKey) -> String {
    format!("{key}{RECORD_SUFFIX}")
}

/// The time of modification says when a record was last asked for. (Not the time of access: most disks are mounted without it.)
const JUST_NOW: Timestamps = Timestamps {
    last_access: Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_OMIT,
    },
    last_modification: Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_NOW,
    },
};

const NAME_TRIES: usize = 16;

const NOT_OURS: &str =
    "what lies in the place of an index record is not a file that this program has written";

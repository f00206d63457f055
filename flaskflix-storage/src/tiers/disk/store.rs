//! The warm tier: reads and writes blocks, and keeps to its bound.

use std::{
    fs::File,
    io,
    ops::Range,
    os::unix::fs::FileExt as _,
    path::Path,
    sync::PoisonError,
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{
    block_file::{self, Damaged},
    folder::{self, Folder},
    shelf::Shelf,
};
use crate::{
    metrics,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    tiers::block::{AssetHash, BlockKey},
};

#[cfg(test)]
#[cfg(shuttle)]
mod models;

/// Blocks in a folder. Every call that touches the disk blocks.
#[derive(Debug)]
pub(in crate::tiers) struct Disk {
    folder: Folder,
    max_bytes: u64,
    shelf: Mutex<Shelf>,
    /// Held by whoever makes room, so that what is counted is never less than what is there.
    making_room: Mutex<()>,
    writing: Mutex<Writing>,
    damaged: AtomicU64,
    unwritten: AtomicU64,
}

/// Whether blocks can be written now.
#[derive(Debug, Clone, Copy)]
enum Writing {
    Works,
    FailedAt(Instant),
}

impl Disk {
    /// Opens the tier and takes over what an earlier process has left there, down to the bound.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub(in crate::tiers) fn open(path: &Path, max_bytes: u64) -> io::Result<Self> {
        let folder = Folder::open(path)?;
        let mut shelf = Shelf::default();
        for found in folder.blocks()? {
            let room = room(found.file_bytes);
            shelf.reserve(room);
            shelf.place(found.key, room);
        }
        let disk = Self {
            folder,
            max_bytes,
            shelf: Mutex::new(shelf),
            making_room: Mutex::default(),
            writing: Mutex::new(Writing::Works),
            damaged: AtomicU64::new(0),
            unwritten: AtomicU64::new(0),
        };
        disk.make_room(0)?;
        Ok(disk)
    }

    pub(in crate::tiers) fn contains(&self, key: &BlockKey) -> bool {
        self.shelf().contains(key)
    }

    pub(in crate::tiers) fn bytes(&self) -> u64 {
        self.shelf().bytes()
    }

    pub(in crate::tiers) fn damaged(&self) -> u64 {
        self.damaged.load(Ordering::Relaxed)
    }

    pub(in crate::tiers) fn unwritten(&self) -> u64 {
        self.unwritten.load(Ordering::Relaxed)
    }

    /// A part of a block of `len` bytes, checked. `None` when it is not there any more, or damaged: then it is gone.
    pub(in crate::tiers) fn read(&self, key: &BlockKey, len: usize, part: Range<usize>) -> Option<Bytes> {
        let long_ago = self.shelf().touch(key);
        match self.read_checked(key, len, part, long_ago) {
            Ok(Ok(bytes)) => return Some(bytes),
            Ok(Err(Damaged)) => {
                self.count_damaged();
                tracing::warn!(block = ?key, "a block of the warm tier is damaged: it is fetched again");
            }
            // Made room for another block meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                self.count_damaged();
                tracing::warn!(block = ?key, %error, "a block of the warm tier cannot be read: it is fetched again");
            }
        }
        let _ = self.remove(key);
        None
    }

    /// Keeps a block, if the disk takes it. That it does not is logged once, until it does again.
    pub(in crate::tiers) fn write(&self, key: &BlockKey, block: &[u8]) {
        if !self.may_write() {
            self.count_unwritten();
            return;
        }
        match self.try_write(key, block) {
            Ok(()) => {
                let before = std::mem::replace(&mut *self.writing(), Writing::Works);
                if matches!(before, Writing::FailedAt(_)) {
                    tracing::info!("blocks can be written to the warm tier again");
                }
            }
            Err(error) => {
                self.count_unwritten();
                let before = std::mem::replace(&mut *self.writing(), Writing::FailedAt(Instant::now()));
                if matches!(before, Writing::Works) {
                    tracing::warn!(%error, "blocks cannot be written to the warm tier: serving goes on without");
                }
            }
        }
        metrics::tier_held(metrics::Tier::Warm, self.bytes());
    }

    /// Removes all blocks of an object.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub(in crate::tiers) fn evict(&self, asset: AssetHash) -> io::Result<()> {
        let keys = self.shelf().of_asset(asset);
        let evicted = keys.iter().try_for_each(|key| self.remove(key));
        metrics::tier_held(metrics::Tier::Warm, self.bytes());
        evicted
    }

    fn read_checked(
        &self,
        key: &BlockKey,
        len: usize,
        part: Range<usize>,
        long_ago: bool,
    ) -> io::Result<Result<Bytes, Damaged>> {
        let file = self.folder.open_block(key)?;
        let header_bytes = block_file::header_bytes(len);
        let Some(header) = read_at(&file, 0, header_bytes)? else {
            return Ok(Err(Damaged));
        };
        let sums = match block_file::read_header(key, len, &header) {
            Ok(sums) => sums,
            Err(Damaged) => return Ok(Err(Damaged)),
        };
        let checked = block_file::checked_part(&part, len);
        let Some(bytes) = read_at(&file, header_bytes.saturating_add(checked.start), checked.len())? else {
            return Ok(Err(Damaged));
        };
        if !sums.hold(checked.start, &bytes) {
            return Ok(Err(Damaged));
        }
        if long_ago {
            folder::touch(&file);
        }
        let start = part.start.saturating_sub(checked.start);
        let end = start.saturating_add(part.len());
        // A part of a block lies in it, and so in what was checked around it.
        Ok(Ok(Bytes::from(bytes).slice(start..end)))
    }

    fn try_write(&self, key: &BlockKey, block: &[u8]) -> io::Result<()> {
        let header = block_file::header(key, block);
        let room = room((header.len() as u64).saturating_add(block.len() as u64));
        if room > self.max_bytes {
            return Ok(());
        }
        if !self.make_room(room)? {
            self.count_unwritten();
            return Ok(());
        }
        let written = self.folder.write(key, &header, block);
        let mut shelf = self.shelf();
        match written {
            Ok(()) => shelf.place(*key, room),
            Err(_) => shelf.free(room),
        }
        written
    }

    /// Removes what was not asked for the longest until `room` bytes more are within the bound, and reserves them. False when
    /// all that is left is being written.
    fn make_room(&self, room: u64) -> io::Result<bool> {
        let _alone = self.making_room.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let mut shelf = self.shelf();
            if shelf.bytes().saturating_add(room) <= self.max_bytes {
                shelf.reserve(room);
                return Ok(true);
            }
            let Some(oldest) = shelf.oldest() else {
                return Ok(false);
            };
            drop(shelf);
            self.remove(&oldest)?;
        }
    }

    fn remove(&self, key: &BlockKey) -> io::Result<()> {
        let Some(file_bytes) = self.shelf().take(key) else {
            return Ok(());
        };
        let removed = self.folder.remove(key);
        let mut shelf = self.shelf();
        match removed {
            Ok(()) => shelf.free(file_bytes),
            // Still there: it stays on the account, at the end that goes last.
            Err(_) => shelf.place(*key, file_bytes),
        }
        removed
    }

    fn may_write(&self) -> bool {
        match *self.writing() {
            Writing::Works => true,
            Writing::FailedAt(at) => at.elapsed() >= RETRY,
        }
    }

    fn count_damaged(&self) {
        self.damaged.fetch_add(1, Ordering::Relaxed);
        metrics::tier_fault(metrics::TierFault::Damaged);
    }

    fn count_unwritten(&self) {
        self.unwritten.fetch_add(1, Ordering::Relaxed);
        metrics::tier_fault(metrics::TierFault::Unwritten);
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `None` when the file ends before.
fn read_at(file: &File, offset: usize, len: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; len];
    match file.read_exact_at(&mut bytes, offset as u64) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a file takes on the disk: whole pages.
const fn room(file_bytes: u64) -> u64 {
    file_bytes.next_multiple_of(PAGE_BYTES)
}

const PAGE_BYTES: u64 = 4096;
/// How long a disk that takes no blocks is left alone before it is tried again.
const RETRY: Duration = Duration::from_secs(5);

//! The folder: names, files, the lock, and what is found in it at the start.

use std::{
    fs::{DirBuilder, File},
    io::{self, IoSlice, Write as _},
    os::{fd::OwnedFd, unix::fs::DirBuilderExt as _},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::{
    fs::{
        self, AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, Timespec, Timestamps, UTIME_NOW,
        UTIME_OMIT,
    },
    io::Errno,
};

use super::super::block::{AssetHash, BlockKey, HalfHash};
use crate::sync::moment;

/// An open folder that no other process uses.
///
/// ```text
/// lock                                          held while the folder is open
/// 4f/ {asset}{version}-{number}.block           a block, in one of 256 folders
///     {count}.new                               one that is being written
/// ```
#[derive(Debug)]
pub(super) struct Folder {
    folder: OwnedFd,
    /// The lock is given back by the kernel when this is closed, also when the process is killed.
    _lock: OwnedFd,
    count: AtomicU64,
}

/// A block that was found at the start.
#[derive(Debug)]
pub(super) struct FoundBlock {
    pub(super) key: BlockKey,
    pub(super) file_bytes: u64,
    /// When it was last asked for: seconds and nanoseconds since 1970.
    used_at: (i64, i64),
}

impl Folder {
    /// Opens a folder and locks it, and makes it when there is none.
    ///
    /// # Errors
    /// [`io::ErrorKind::ResourceBusy`] when another process uses it; when it cannot be made, read or written to.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let folder = fs::open(path, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let lock = fs::openat(&folder, "lock", flags, Mode::from_raw_mode(0o600))?;
        match fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(io::Error::new(io::ErrorKind::ResourceBusy, IN_USE)),
            Err(errno) => return Err(errno.into()),
        }
        Ok(Self {
            folder,
            _lock: lock,
            count: AtomicU64::new(0),
        })
    }

    /// The blocks of the folder, the one that was not asked for the longest first. What was half written is removed; files of other
    /// names are left alone.
    pub(super) fn blocks(&self) -> io::Result<Vec<FoundBlock>> {
        let mut blocks = Vec::new();
        for shelf in 0..=u8::MAX {
            let shelf = format!("{shelf:02x}");
            let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            match fs::openat(&self.folder, &shelf, flags, Mode::empty()) {
                Ok(shelf) => collect(&shelf, &mut blocks)?,
                Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        blocks.sort_unstable_by_key(|block| (block.used_at, block.key));
        Ok(blocks)
    }

    pub(super) fn open_block(&self, key: &BlockKey) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = fs::openat(&self.folder, path(key), flags, Mode::empty())?;
        Ok(file.into())
    }

    /// Writes a block: header, then bytes. It is there whole or not at all.
    pub(super) fn write(&self, key: &BlockKey, header: &[u8], block: &[u8]) -> io::Result<()> {
        moment();
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let new = format!("{}/{count}{NEW_SUFFIX}", shelf(key));
        let written = self.create(key, &new).and_then(|file| {
            write_both(file, header, block)?;
            Ok(fs::renameat(&self.folder, &new, &self.folder, path(key))?)
        });
        if written.is_err() {
            let _ = fs::unlinkat(&self.folder, &new, AtFlags::empty());
        }
        written
    }

    /// Removes a block. One that is not there is gone already.
    pub(super) fn remove(&self, key: &BlockKey) -> io::Result<()> {
        moment();
        match fs::unlinkat(&self.folder, path(key), AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    fn create(&self, key: &BlockKey, new: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let create = || fs::openat(&self.folder, new, flags, Mode::from_raw_mode(0o600));
        let file = match create() {
            Err(Errno::NOENT) => {
                match fs::mkdirat(&self.folder, shelf(key), Mode::from_raw_mode(0o700)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(errno) => return Err(errno.into()),
                }
                create()
            }
            created => created,
        };
        Ok(file?.into())
    }
}

/// Notes on the file that it was asked for just now.
pub(super) fn touch(file: &File) {
    // Only for the order after a restart.
    let _ = fs::futimens(file, &JUST_NOW);
}

fn write_both(mut file: File, header: &[u8], block: &[u8]) -> io::Result<()> {
    let mut slices = [IoSlice::new(header), IoSlice::new(block)];
    let mut rest = slices.as_mut_slice();
    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(bytes) => IoSlice::advance_slices(&mut rest, bytes),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn collect(shelf: &OwnedFd, blocks: &mut Vec<FoundBlock>) -> io::Result<()> {
    for entry in Dir::read_from(shelf)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else {
            continue;
        };
        if name.ends_with(NEW_SUFFIX) {
            let _ = fs::unlinkat(shelf, name, AtFlags::empty());
        }
        let Some(key) = parse_name(name) else {
            continue;
        };
        let status = fs::statat(shelf, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(status.st_mode) == FileType::RegularFile {
            blocks.push(FoundBlock {
                key,
                file_bytes: u64::try_from(status.st_size).unwrap_or(0),
                used_at: (status.st_mtime, i64::try_from(status.st_mtime_nsec).unwrap_or(0)),
            });
        }
    }
    Ok(())
}

fn shelf(key: &BlockKey) -> String {
    let [first, ..] = key.asset.0;
    format!("{first:02x}")
}

fn path(key: &BlockKey) -> String {
    use std::fmt::Write as _;
    let mut path = shelf(key);
    path.push('/');
    for byte in key.asset.0.iter().chain(&key.version) {
        // Writing to a String cannot fail.
        let _ = write!(path, "{byte:02x}");
    }
    let _ = write!(path, "-{}{BLOCK_SUFFIX}", key.number);
    path
}

fn parse_name(name: &str) -> Option<BlockKey> {
    let (hashes, number) = name.strip_suffix(BLOCK_SUFFIX)?.split_once('-')?;
    let (asset, version) = hashes.split_at_checked(32)?;
    let key = BlockKey {
        asset: AssetHash(parse_hash(asset)?),
        version: parse_hash(version)?,
        number: number.parse().ok()?,
    };
    // Written in one way only: `+7` and `07` are numbers, too.
    path(&key).ends_with(name).then_some(key)
}

fn parse_hash(text: &str) -> Option<HalfHash> {
    let mut hash = HalfHash::default();
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    if pairs.len() != hash.len() {
        return None;
    }
    for (to, pair) in hash.iter_mut().zip(pairs) {
        *to = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

const BLOCK_SUFFIX: &str = ".block";
const NEW_SUFFIX: &str = ".new";
const IN_USE: &str = "another process uses this folder as its warm tier";

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

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> BlockKey {
        BlockKey {
            asset: AssetHash([0xa7; 16]),
            version: [0x0b; 16],
            number: 12,
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        let path = path(&key());
        let name = path.strip_prefix("a7/").unwrap();
        assert_eq!(parse_name(name), Some(key()));
        for other in [
            "lock",
            "0.new",
            "-1.block",
            &name.replace("-12", "-012"),
            &name.replace("-12", "-+12"),
            &name.replace("a7", "A7"),
            &name[1..],
            &format!("{name}x"),
        ] {
            assert_eq!(parse_name(other), None, "{other}");
        }
    }

    #[test]
    fn one_process_at_a_time_has_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let first = Folder::open(dir.path()).unwrap();
        // flock is between open files, not processes: a second open is refused as another process is.
        assert_eq!(
            Folder::open(dir.path()).unwrap_err().kind(),
            io::ErrorKind::ResourceBusy
        );
        drop(first);
        Folder::open(dir.path()).unwrap();
    }

    #[test]
    fn what_was_half_written_is_removed_and_strangers_are_left() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        folder.write(&key(), b"head", b"block").unwrap();
        let shelf = dir.path().join("a7");
        std::fs::write(shelf.join("99.new"), b"half").unwrap();
        std::fs::write(shelf.join("letter.txt"), b"dear").unwrap();
        let found = folder.blocks().unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].key, found[0].file_bytes), (key(), 9));
        assert!(!shelf.join("99.new").exists());
        assert!(shelf.join("letter.txt").exists());
    }
}

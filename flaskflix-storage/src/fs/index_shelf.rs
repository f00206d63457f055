//! What lies in a folder of index records, and which of it goes when room is needed.

use std::{io, os::fd::OwnedFd};

use rustix::{
    fs::{self, AtFlags, Dir, FileType},
    time::{ClockId, clock_gettime},
};

/// What follows the key in the name of a record.
pub(super) const RECORD_SUFFIX: &str = ".index";
/// What the name of a record ends with while it is being written.
pub(super) const NEW_SUFFIX: &str = ".new";

/// The files of a folder of records. Others that lie there are none of its business.
#[derive(Debug)]
pub(super) struct Shelf {
    files: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    bytes: u64,
    /// Seconds and nanoseconds since 1970.
    used_at: (i64, i64),
}

impl Shelf {
    /// Reads the folder.
    pub(super) fn read(folder: &OwnedFd) -> io::Result<Self> {
        let mut files = Vec::new();
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if !name.ends_with(RECORD_SUFFIX) && !name.ends_with(NEW_SUFFIX) {
                continue;
            }
            // Another process may have removed it meanwhile.
            let Ok(status) = fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            if FileType::from_raw_mode(status.st_mode) == FileType::RegularFile {
                files.push(Entry {
                    name: name.to_owned(),
                    bytes: u64::try_from(status.st_size).unwrap_or(0),
                    used_at: (status.st_mtime, i64::try_from(status.st_mtime_nsec).unwrap_or(0)),
                });
            }
        }
        Ok(Self { files })
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.files
            .iter()
            .map(|file| file.bytes)
            .fold(0, u64::saturating_add)
    }

    /// The records alone. What was begun so long ago that nobody writes it any more is removed.
    pub(super) fn tidied(self, folder: &OwnedFd) -> Self {
        let begun_after = clock_gettime(ClockId::Realtime)
            .tv_sec
            .saturating_sub(ABANDONED_SECS);
        let (records, begun): (Vec<_>, Vec<_>) = self
            .files
            .into_iter()
            .partition(|file| file.name.ends_with(RECORD_SUFFIX));
        let abandoned = begun.into_iter().filter(|file| file.used_at.0 < begun_after);
        remove(folder, &abandoned.collect::<Vec<_>>());
        Self { files: records }
    }

    /// Removes the files that were not used for the longest, when there are more than `max_bytes`, until nine tenths of that are
    /// left: room for many writes.
    pub(super) fn shrunk_to(mut self, max_bytes: u64, folder: &OwnedFd) -> Self {
        let mut bytes = self.bytes();
        if bytes <= max_bytes {
            return self;
        }
        self.files
            .sort_unstable_by(|a, b| a.used_at.cmp(&b.used_at).then_with(|| a.name.cmp(&b.name)));
        let room = max_bytes.saturating_sub(max_bytes / 10);
        let outdated = self.files.iter().take_while(|file| {
            let goes = bytes > room;
            bytes = bytes.saturating_sub(file.bytes);
            goes
        });
        let outdated = outdated.count();
        remove(folder, self.files.get(..outdated).unwrap_or_default());
        self.files.drain(..outdated);
        self
    }
}

fn remove(folder: &OwnedFd, files: &[Entry]) {
    for file in files {
        // Another process may have been faster. What cannot be removed is found again when room is needed next.
        let _ = fs::unlinkat(folder, &file.name, AtFlags::empty());
    }
}

/// How long a record may take to be written: a thousand times what it takes.
const ABANDONED_SECS: i64 = 3600;

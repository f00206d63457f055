//! Files that were written a moment ago: proof that nobody is in the middle of a write.
//!
//! A `write` sets a file's times when it begins and copies its bytes afterwards. Whoever looks at the file in
//! between sees the times of the new version and some bytes of the old one, and no later look at the times
//! would tell. So a file that changed of late is opened in four steps:
//!
//! 1. Note its identity, and wait until the kernel's clock is past the tick of its last change. (Before Linux
//!    6.13 times move only with the timer tick, 1 to 10 ms, and two writes within one look the same.)
//! 2. Wait for any `write` that is under way: `lseek` with `SEEK_DATA` takes the inode's lock, which a
//!    buffered write holds until its last byte (ext4, btrfs, tmpfs; XFS takes it for every read).
//! 3. Compare the identity. If it is still the one of step 1, no write with these times is under way, and every
//!    write from here on sets others.
//! 4. Remember that, so that the next request for this version asks nothing.

use std::{
    collections::HashMap,
    os::fd::AsFd,
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use flaskflix_core::source::SourceError;
use rustix::fs::{SeekFrom, seek};

use super::identity::{Identity, Inode, Status};

/// The versions, of files that changed of late, that are known to be complete.
#[derive(Debug, Default)]
pub(super) struct SettledFiles {
    known: Mutex<HashMap<Inode, Identity>>,
}

impl SettledFiles {
    /// Whether this version needs no waiting for: it is old, or was waited for before.
    pub(super) fn knows(&self, identity: &Identity) -> bool {
        if identity.is_old() {
            return true;
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&identity.inode()) == Some(identity)
    }

    /// Waits until the version of the file is complete, and tells which one it is. For the blocking pool.
    ///
    /// # Errors
    /// [`SourceError::Busy`] when somebody keeps writing to it.
    pub(super) fn wait(&self, file: impl AsFd) -> Result<Identity, SourceError> {
        for _ in 0..TRIES {
            let before = Status::of(&file)?.identity;
            if before.is_settled() {
                // The offset it finds does not matter, nor whether it finds one.
                let _ = seek(&file, SeekFrom::Data(0));
                if Status::of(&file)?.identity == before {
                    self.remember(before);
                    return Ok(before);
                }
            }
            thread::sleep(STEP);
        }
        Err(SourceError::Busy)
    }

    fn remember(&self, identity: Identity) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN {
            // All of them are only a short wait away; most have grown old by now.
            known.clear();
        }
        known.insert(identity.inode(), identity);
    }
}

/// The longest tick is 10 ms (100 Hz kernels): the steps see several of them pass.
const TRIES: usize = 20;
const STEP: Duration = Duration::from_millis(2);

/// Versions that are remembered, about 100 bytes each.
const MAX_KNOWN: usize = 4_096;

//! What all memory files together take: those that are kept, and those that somebody still sends.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use rustix::process::{Resource, getrlimit};

/// Counts bytes and files, up to a most of each.
#[derive(Debug)]
pub(super) struct Ledger {
    most_bytes: u64,
    most_files: u64,
    bytes: AtomicU64,
    files: AtomicU64,
}

impl Ledger {
    pub(super) const fn new(most_bytes: u64, most_files: u64) -> Self {
        Self {
            most_bytes,
            most_files,
            bytes: AtomicU64::new(0),
            files: AtomicU64::new(0),
        }
    }

    /// Enters a file of so many bytes for as long as the entry lives. `None`: there is no room for it, or the process may hardly open files: a
    /// 64th of what it may open is for these.
    pub(super) fn enter(self: &Arc<Self>, bytes: u64) -> Option<Entry> {
        let most_open = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX) / 64;
        // Relaxed: the numbers guard no other memory.
        let files = self.files.fetch_add(1, Ordering::Relaxed);
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        // Made first, so that it is taken back in either case.
        let entry = Entry(Arc::clone(self), bytes);
        let fits = before.saturating_add(bytes) <= self.most_bytes;
        (fits && files < self.most_files.min(most_open)).then_some(entry)
    }
}

/// One file in the ledger.
#[derive(Debug)]
pub(super) struct Entry(Arc<Ledger>, u64);

impl Entry {
    pub(super) const fn bytes(&self) -> u64 {
        self.1
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.0.files.fetch_sub(1, Ordering::Relaxed);
        self.0.bytes.fetch_sub(self.1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_files_are_bounded_and_come_back() {
        let ledger = Arc::new(Ledger::new(100, 3));
        let first = ledger.enter(60).unwrap();
        assert!(ledger.enter(41).is_none(), "too many bytes");
        let _second = ledger.enter(40).unwrap();
        drop(first);
        let _third = ledger.enter(1).unwrap();
        let fourth = ledger.enter(1).unwrap();
        assert!(ledger.enter(1).is_none(), "too many files");
        assert_eq!(fourth.bytes(), 1);
        drop(fourth);
        assert!(ledger.enter(1).is_some());
    }
}

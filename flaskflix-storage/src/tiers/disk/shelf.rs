//! Which blocks there are, how much room they take, and which of them goes next.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use super::super::block::{AssetHash, BlockKey};

/// The blocks of the folder, in the order in which they were last asked for.
#[derive(Default)]
pub(super) struct Shelf {
    blocks: HashMap<BlockKey, Entry>,
    by_use: BTreeMap<u64, BlockKey>,
    /// Room of the blocks, of those being written and of those being removed.
    bytes: u64,
    uses: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    file_bytes: u64,
    used: u64,
}

impl Shelf {
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn contains(&self, key: &BlockKey) -> bool {
        self.blocks.contains_key(key)
    }

    /// Notes that a block is asked for. Returns whether it was long ago that it was.
    pub(super) fn touch(&mut self, key: &BlockKey) -> bool {
        let Some(entry) = self.blocks.get_mut(key) else {
            return false;
        };
        let before = entry.used;
        self.uses = self.uses.saturating_add(1);
        entry.used = self.uses;
        self.by_use.remove(&before);
        self.by_use.insert(self.uses, *key);
        self.uses.saturating_sub(before) > LONG_AGO_USES
    }

    /// Keeps room for a file. It is on no one's account until [`place`](Self::place) or [`free`](Self::free).
    pub(super) const fn reserve(&mut self, file_bytes: u64) {
        self.bytes = self.bytes.saturating_add(file_bytes);
    }

    /// Gives room back that was reserved or taken.
    pub(super) const fn free(&mut self, file_bytes: u64) {
        self.bytes = self.bytes.saturating_sub(file_bytes);
    }

    /// Enters a block into the room that was reserved for it.
    pub(super) fn place(&mut self, key: BlockKey, file_bytes: u64) {
        self.uses = self.uses.saturating_add(1);
        let entry = Entry {
            file_bytes,
            used: self.uses,
        };
        if let Some(before) = self.blocks.insert(key, entry) {
            self.by_use.remove(&before.used);
            self.free(before.file_bytes);
        }
        self.by_use.insert(self.uses, key);
    }

    /// Takes a block off, whose room is to be given back when its file is gone.
    pub(super) fn take(&mut self, key: &BlockKey) -> Option<u64> {
        let entry = self.blocks.remove(key)?;
        self.by_use.remove(&entry.used);
        Some(entry.file_bytes)
    }

    /// The block that was not asked for the longest.
    pub(super) fn oldest(&self) -> Option<BlockKey> {
        self.by_use.first_key_value().map(|(_, key)| *key)
    }

    pub(super) fn of_asset(&self, asset: AssetHash) -> Vec<BlockKey> {
        self.blocks
            .keys()
            .filter(|key| key.asset == asset)
            .copied()
            .collect()
    }
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the blocks: there may be a million.
        f.debug_struct("Shelf")
            .field("blocks", &self.blocks.len())
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// The order is written to the files so that it outlives the process. Among the last so many uses it need not be exact.
const LONG_AGO_USES: u64 = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> BlockKey {
        BlockKey {
            asset: AssetHash([1; 16]),
            version: [2; 16],
            number,
        }
    }

    fn shelf(numbers: std::ops::Range<u64>) -> Shelf {
        let mut shelf = Shelf::default();
        for number in numbers {
            shelf.reserve(10);
            shelf.place(key(number), 10);
        }
        shelf
    }

    #[test]
    fn what_was_not_asked_for_the_longest_goes_first() {
        let mut shelf = shelf(0..3);
        shelf.touch(&key(0));
        assert_eq!(shelf.oldest(), Some(key(1)));
        assert_eq!(shelf.take(&key(1)), Some(10));
        assert_eq!(shelf.oldest(), Some(key(2)));
        assert_eq!(shelf.take(&key(1)), None);
    }

    #[test]
    fn room_is_counted_until_it_is_given_back() {
        let mut shelf = shelf(0..2);
        assert_eq!(shelf.take(&key(0)), Some(10));
        assert_eq!(shelf.bytes(), 20, "its file is still there");
        shelf.free(10);
        shelf.reserve(10);
        shelf.place(key(1), 10);
        assert_eq!(shelf.bytes(), 10, "a block in the place of itself");
        assert_eq!(shelf.blocks.len(), shelf.by_use.len());
    }

    #[test]
    fn only_a_use_after_a_long_time_is_worth_writing_down() {
        let mut shelf = shelf(0..2);
        assert!(!shelf.touch(&key(0)));
        for _ in 0..300 {
            shelf.touch(&key(1));
        }
        assert!(shelf.touch(&key(0)));
        assert!(!shelf.touch(&key(9)), "not there");
    }
}

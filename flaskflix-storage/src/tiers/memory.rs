//! The hot tier: blocks in memory.
//!
//! New blocks enter a small window, in which the oldest goes first. What leaves the window may stay only if it was asked for more often
//! than what would have to make room for it (`TinyLFU`). So one long read of a film that nobody else watches passes through the window and
//! flushes nothing, and a block that was fetched ahead still waits there for its reader. This is the `W-TinyLFU` arrangement; moka has the
//! policy of the main part, and the window is a second cache in front of it.

use std::fmt;

use bytes::Bytes;
use moka::{
    notification::RemovalCause,
    policy::EvictionPolicy,
    sync::{Cache, CacheBuilder},
};

use super::block::{AssetHash, BlockKey};
use crate::{metrics, sync::moment};

pub(super) struct Memory {
    window: Cache<BlockKey, Bytes>,
    main: Cache<BlockKey, Bytes>,
}

impl Memory {
    pub(super) fn new(max_bytes: u64, block_bytes: u64) -> Self {
        let window_bytes = (max_bytes / WINDOW_PART)
            .max(block_bytes.saturating_mul(WINDOW_BLOCKS))
            .min(max_bytes / 2);
        let main = cache(max_bytes.saturating_sub(window_bytes))
            .name("flaskflix hot tier")
            .eviction_policy(EvictionPolicy::tiny_lfu())
            .build();
        let next = main.clone();
        let window = cache(window_bytes)
            .name("flaskflix hot tier, window")
            .eviction_policy(EvictionPolicy::lru())
            .eviction_listener(move |key, block, cause| {
                if cause == RemovalCause::Size {
                    next.insert(*key, block);
                }
            })
            .build();
        Self { window, main }
    }

    pub(super) fn get(&self, key: &BlockKey) -> Option<Bytes> {
        moment();
        // The main part first, also when the block is in the window: asking is what it counts.
        self.main.get(key).or_else(|| self.window.get(key))
    }

    pub(super) fn contains(&self, key: &BlockKey) -> bool {
        moment();
        self.main.contains_key(key) || self.window.contains_key(key)
    }

    pub(super) fn insert(&self, key: BlockKey, block: Bytes) {
        moment();
        self.window.insert(key, block);
        self.settle();
    }

    /// Forgets all blocks of an object.
    pub(super) fn evict(&self, asset: AssetHash) {
        for cache in [&self.window, &self.main] {
            for (key, _) in cache {
                if key.asset == asset {
                    cache.invalidate(&*key);
                }
            }
        }
        self.settle();
    }

    pub(super) fn bytes(&self) -> u64 {
        self.window
            .weighted_size()
            .saturating_add(self.main.weighted_size())
    }

    /// Moka puts its bookkeeping off for up to some hundred writes; with blocks of a megabyte that is no bound at all.
    fn settle(&self) {
        self.window.run_pending_tasks();
        self.main.run_pending_tasks();
        metrics::tier_held(metrics::Tier::Hot, self.bytes());
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the blocks.
        f.debug_struct("Memory")
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}

fn cache(max_bytes: u64) -> CacheBuilder<BlockKey, Bytes, Cache<BlockKey, Bytes>> {
    Cache::builder()
        .max_capacity(max_bytes)
        .weigher(|_, block: &Bytes| {
            u32::try_from(block.len())
                .unwrap_or(u32::MAX)
                .saturating_add(ENTRY_BYTES)
        })
}

/// One part in eight: large enough for what was fetched ahead, small enough to leave the room to what is asked for often.
const WINDOW_PART: u64 = 8;
/// But not less than this many blocks.
const WINDOW_BLOCKS: u64 = 8;
/// What moka and the allocator need for an entry, about.
const ENTRY_BYTES: u32 = 256;

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the tests' numbers are small")]
mod tests {
    use super::*;

    const BLOCK: u64 = 64 << 10;

    fn key(asset: u8, number: u64) -> BlockKey {
        BlockKey {
            asset: AssetHash([asset; 16]),
            version: [asset; 16],
            number,
        }
    }

    fn block() -> Bytes {
        Bytes::from(vec![7; BLOCK as usize])
    }

    #[test]
    fn a_scan_of_ten_times_the_capacity_leaves_the_hot_set() {
        let memory = Memory::new(64 * BLOCK, BLOCK);
        let hot = || (0..40).map(|number| key(1, number));
        for _ in 0..6 {
            for key in hot() {
                if memory.get(&key).is_none() {
                    memory.insert(key, block());
                }
            }
        }
        for number in 0..640 {
            let scanned = key(2, number);
            assert!(memory.get(&scanned).is_none());
            memory.insert(scanned, block());
        }
        let left = hot().filter(|key| memory.contains(key)).count();
        assert!(left >= 39, "{left} of 40 blocks of the hot set are left");
    }

    #[test]
    fn the_bound_holds_after_every_insert() {
        let memory = Memory::new(20 * BLOCK, BLOCK);
        for number in 0..200 {
            memory.insert(key(1, number), block());
            assert!(
                memory.bytes() <= 20 * BLOCK,
                "{} after block {number}",
                memory.bytes()
            );
        }
        assert!(memory.bytes() > 10 * BLOCK, "it is used: {}", memory.bytes());
    }

    #[test]
    fn what_was_just_inserted_is_there() {
        let memory = Memory::new(32 * BLOCK, BLOCK);
        for number in 0..500 {
            memory.insert(key(1, number), block());
            assert!(memory.contains(&key(1, number)), "block {number}");
        }
    }

    #[test]
    fn evicting_an_object_leaves_the_others() {
        let memory = Memory::new(64 * BLOCK, BLOCK);
        for number in 0..10 {
            memory.insert(key(1, number), block());
            memory.insert(key(2, number), block());
        }
        memory.evict(AssetHash([1; 16]));
        assert!((0..10).all(|number| !memory.contains(&key(1, number))));
        assert!((0..10).all(|number| memory.contains(&key(2, number))));
    }
}

//! What the tiers count: for the metrics, and for whoever holds the source.

use std::sync::atomic::{AtomicU64, Ordering};

pub(super) use crate::metrics::Tier;
use crate::metrics::{self, TierFault};

/// What a [`TieredSource`](super::TieredSource) has done so far, and what it holds.
///
/// Blocks and bytes are counted once for every read that they were handed to. The part of blocks that came from memory or from the
/// local disk is the hit ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TierStats {
    /// Blocks that reads found in memory.
    pub hot_blocks: u64,
    /// Blocks that reads found on the local disk.
    pub warm_blocks: u64,
    /// Blocks that reads had to wait for, or went to, the cold source for.
    pub cold_blocks: u64,
    /// Bytes handed out from memory.
    pub hot_bytes: u64,
    /// Bytes handed out from the local disk.
    pub warm_bytes: u64,
    /// Bytes handed out as they came from the cold source.
    pub cold_bytes: u64,
    /// Blocks that were fetched from the cold source, for a read or ahead of one.
    pub fetched_blocks: u64,
    /// Blocks among them that were fetched before anybody asked.
    pub prefetched_blocks: u64,
    /// Reads of blocks that found no room on the way up and went straight to the cold source.
    pub passed_by: u64,
    /// Blocks on the local disk that were damaged or unreadable, and fetched again.
    pub damaged_blocks: u64,
    /// Blocks that could not be written to the local disk.
    pub unwritten_blocks: u64,
    /// Bytes in memory now.
    pub memory_bytes: u64,
    /// Bytes on the local disk now.
    pub disk_bytes: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    blocks: [AtomicU64; 3],
    bytes: [AtomicU64; 3],
    fetched: AtomicU64,
    prefetched: AtomicU64,
    passed_by: AtomicU64,
}

impl Counters {
    /// A read was given a block by this tier.
    pub(super) fn block(&self, tier: Tier) {
        add(of(tier, &self.blocks), 1);
        metrics::tier_block(tier);
    }

    /// A read was given bytes by this tier.
    pub(super) fn bytes(&self, tier: Tier, bytes: usize) {
        add(of(tier, &self.bytes), bytes as u64);
        metrics::tier_bytes(tier, bytes as u64);
    }

    pub(super) fn fetched(&self, bytes: usize) {
        add(&self.fetched, 1);
        metrics::tier_fetched(bytes as u64);
    }

    pub(super) fn prefetched(&self) {
        add(&self.prefetched, 1);
        metrics::tier_prefetched();
    }

    pub(super) fn passed_by(&self) {
        add(&self.passed_by, 1);
        metrics::tier_fault(TierFault::PassedBy);
    }

    pub(super) fn snapshot(&self) -> TierStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let [hot_blocks, warm_blocks, cold_blocks] = self.blocks.each_ref().map(read);
        let [hot_bytes, warm_bytes, cold_bytes] = self.bytes.each_ref().map(read);
        TierStats {
            hot_blocks,
            warm_blocks,
            cold_blocks,
            hot_bytes,
            warm_bytes,
            cold_bytes,
            fetched_blocks: read(&self.fetched),
            prefetched_blocks: read(&self.prefetched),
            passed_by: read(&self.passed_by),
            ..TierStats::default()
        }
    }
}

fn of(tier: Tier, [hot, warm, cold]: &[AtomicU64; 3]) -> &AtomicU64 {
    match tier {
        Tier::Hot => hot,
        Tier::Warm => warm,
        Tier::Cold => cold,
    }
}

fn add(counter: &AtomicU64, count: u64) {
    // Relaxed: the counters order nothing, they are only read for display.
    counter.fetch_add(count, Ordering::Relaxed);
}

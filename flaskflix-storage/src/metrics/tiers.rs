//! What the tiers of a [`TieredSource`](crate::tiers::TieredSource) count.

use ::metrics::{Key, Label, Unit, counter, describe_counter, describe_gauge, gauge, with_recorder};

use super::METADATA;

/// Blocks that reads were given, by the `tier` that had them.
pub const TIER_BLOCKS: &str = "flaskflix_tier_blocks_total";
/// Bytes that reads were given, by the `tier` that had them.
pub const TIER_BYTES: &str = "flaskflix_tier_bytes_total";
/// Bytes of blocks that came up from the cold source.
pub const TIER_FETCHED_BYTES: &str = "flaskflix_tier_fetched_bytes_total";
/// Blocks that were fetched before anybody asked.
pub const TIER_PREFETCHED_BLOCKS: &str = "flaskflix_tier_prefetched_blocks_total";
/// Bytes that a `tier` holds.
pub const TIER_HELD_BYTES: &str = "flaskflix_tier_held_bytes";
/// What went wrong with blocks, by `fault`.
pub const TIER_FAULTS: &str = "flaskflix_tier_faults_total";

pub(super) fn describe() {
    describe_counter!(
        TIER_BLOCKS,
        Unit::Count,
        "Blocks that reads were given, by the tier that had them."
    );
    describe_counter!(
        TIER_BYTES,
        Unit::Bytes,
        "Bytes that reads were given, by the tier that had them."
    );
    describe_counter!(
        TIER_FETCHED_BYTES,
        Unit::Bytes,
        "Bytes of blocks that came up from the cold source."
    );
    describe_counter!(
        TIER_PREFETCHED_BLOCKS,
        Unit::Count,
        "Blocks that were fetched before anybody asked."
    );
    describe_gauge!(TIER_HELD_BYTES, Unit::Bytes, "Bytes that a tier holds.");
    describe_counter!(
        TIER_FAULTS,
        Unit::Count,
        "Blocks that were damaged, could not be written, or found no room on the way up."
    );
}

/// A tier, as metrics name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    /// Memory.
    Hot,
    /// The local disk.
    Warm,
    /// The source below.
    Cold,
}

/// What can go wrong with a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TierFault {
    /// It was on the disk, and not good.
    Damaged,
    /// The disk did not take it.
    Unwritten,
    /// There was no room for it on the way up.
    PassedBy,
}

/// Counts one block that a read was given.
pub(crate) fn tier_block(tier: Tier) {
    add(tier.pick([&HOT_BLOCKS, &WARM_BLOCKS, &COLD_BLOCKS]), 1);
}

/// Counts bytes that a read was given.
pub(crate) fn tier_bytes(tier: Tier, bytes: u64) {
    add(tier.pick([&HOT_BYTES, &WARM_BYTES, &COLD_BYTES]), bytes);
}

/// Counts one block that came up from the cold source.
pub(crate) fn tier_fetched(bytes: u64) {
    counter!(TIER_FETCHED_BYTES).increment(bytes);
}

/// Counts one block that was fetched before anybody asked.
pub(crate) fn tier_prefetched() {
    counter!(TIER_PREFETCHED_BLOCKS).increment(1);
}

/// Tells what a tier holds.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; exact up to 8 PiB")]
pub(crate) fn tier_held(tier: Tier, bytes: u64) {
    gauge!(TIER_HELD_BYTES, "tier" => tier.pick(["hot", "warm", "cold"])).set(bytes as f64);
}

/// Counts one block that something went wrong with.
pub(crate) fn tier_fault(fault: TierFault) {
    let fault = match fault {
        TierFault::Damaged => "damaged",
        TierFault::Unwritten => "unwritten",
        TierFault::PassedBy => "passed_by",
    };
    counter!(TIER_FAULTS, "fault" => fault).increment(1);
}

impl Tier {
    fn pick<T>(self, [hot, warm, cold]: [T; 3]) -> T {
        match self {
            Self::Hot => hot,
            Self::Warm => warm,
            Self::Cold => cold,
        }
    }
}

/// Twice for every chunk: with keys that are made once.
fn add(key: &Key, count: u64) {
    with_recorder(|recorder| recorder.register_counter(key, &METADATA).increment(count));
}

static HOT: [Label; 1] = [Label::from_static_parts("tier", "hot")];
static WARM: [Label; 1] = [Label::from_static_parts("tier", "warm")];
static COLD: [Label; 1] = [Label::from_static_parts("tier", "cold")];
static HOT_BLOCKS: Key = Key::from_static_parts(TIER_BLOCKS, &HOT);
static WARM_BLOCKS: Key = Key::from_static_parts(TIER_BLOCKS, &WARM);
static COLD_BLOCKS: Key = Key::from_static_parts(TIER_BLOCKS, &COLD);
static HOT_BYTES: Key = Key::from_static_parts(TIER_BYTES, &HOT);
static WARM_BYTES: Key = Key::from_static_parts(TIER_BYTES, &WARM);
static COLD_BYTES: Key = Key::from_static_parts(TIER_BYTES, &COLD);

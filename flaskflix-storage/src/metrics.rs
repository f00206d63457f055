//! Everything this crate counts, through the `metrics` facade: names in one place.
//!
//! | metric | kind | labels | meaning |
//! |---|---|---|---|
//! | `flaskflix_index_cache_total` | counter | `outcome`: `hit`, `miss` | indexes asked of an [`IndexCache`](crate::cache::IndexCache) |
//! | `flaskflix_index_records_total` | counter | `outcome`: `restored`, `absent`, `outdated`, `damaged`, `unreadable`, `written`, `unwritten` | records of indexes that a [`StoredIndex`](crate::cache::StoredIndex) asked for or kept |
//! | `flaskflix_progress_changes_total` | counter | `outcome`: `written`, `kept`, `removed`, `busy`, `failed` | changes of progress, by what became of them |
//! | `flaskflix_progress_commit_seconds` | histogram | | one commit of a batch of changes |
//! | `flaskflix_progress_batch_changes` | histogram | | changes in a batch |
//! | `flaskflix_db_queries_total` | counter | `statement` | database queries, by the name of the statement |
//! | `flaskflix_tier_blocks_total` | counter | `tier`: `hot`, `warm`, `cold` | blocks that reads of a [`TieredSource`](crate::tiers::TieredSource) were given, by the tier that had them: the part that was not `cold` is the hit ratio |
//! | `flaskflix_tier_bytes_total` | counter | `tier`: `hot`, `warm`, `cold` | bytes that reads were given, by the tier that had them |
//! | `flaskflix_tier_fetched_bytes_total` | counter | | bytes of blocks that came up from the cold source |
//! | `flaskflix_tier_prefetched_blocks_total` | counter | | blocks that were fetched before anybody asked |
//! | `flaskflix_tier_held_bytes` | gauge | `tier`: `hot`, `warm` | bytes that a tier holds |
//! | `flaskflix_tier_faults_total` | counter | `fault`: `damaged`, `unwritten`, `passed_by` | blocks on the disk that were not good, that could not be written; reads that found no room on the way up |
//! | `flaskflix_redis_calls_total` | counter | `use`, `outcome`: `answered`, `failed`, `timed_out`, `refused` | calls of Redis; `refused` were not made, the breaker being open |
//! | `flaskflix_redis_breaker_open` | gauge | | 1 while Redis is away |
//!
//! Progress and queries are the SQL stores' (features `sqlite`, `postgres`), the last two those of feature `redis`. Ids are never labels. Without a recorder nothing is kept, and a
//! count costs a nanosecond.

#[cfg(target_os = "linux")]
mod tiers;

use ::metrics::{
    Key, Label, Level, Metadata, Unit, describe_counter, describe_gauge, describe_histogram, with_recorder,
};

#[cfg(target_os = "linux")]
pub use self::tiers::{
    TIER_BLOCKS, TIER_BYTES, TIER_FAULTS, TIER_FETCHED_BYTES, TIER_HELD_BYTES, TIER_PREFETCHED_BLOCKS,
};
#[cfg(target_os = "linux")]
pub(crate) use self::tiers::{
    Tier, TierFault, tier_block, tier_bytes, tier_fault, tier_fetched, tier_held, tier_prefetched,
};

/// Indexes asked of an [`IndexCache`](crate::cache::IndexCache), by `outcome`.
pub const INDEX_CACHE: &str = "flaskflix_index_cache_total";
/// Records of indexes asked for or kept by a [`StoredIndex`](crate::cache::StoredIndex), by `outcome`.
pub const INDEX_RECORDS: &str = "flaskflix_index_records_total";
/// Changes of progress, by `outcome`.
pub const PROGRESS_CHANGES: &str = "flaskflix_progress_changes_total";
/// Seconds that the commit of a batch of changes took.
pub const PROGRESS_COMMIT_SECONDS: &str = "flaskflix_progress_commit_seconds";
/// Changes in a batch.
pub const PROGRESS_BATCH_CHANGES: &str = "flaskflix_progress_batch_changes";
/// Database queries, by `statement`.
pub const DB_QUERIES: &str = "flaskflix_db_queries_total";
/// Calls of Redis, by `use` and `outcome`.
pub const REDIS_CALLS: &str = "flaskflix_redis_calls_total";
/// 1 while Redis is away and nobody asks it, else 0.
pub const REDIS_BREAKER: &str = "flaskflix_redis_breaker_open";

/// Gives the recorder that is installed the unit and help text of every metric of this crate. Call it once, after
/// installing the recorder.
pub fn describe() {
    describe_counter!(
        INDEX_CACHE,
        Unit::Count,
        "Indexes asked of the cache: found there, or read or waited for."
    );
    describe_counter!(
        INDEX_RECORDS,
        Unit::Count,
        "Records of indexes that were asked for or kept, by what became of it."
    );
    describe_counter!(
        PROGRESS_CHANGES,
        Unit::Count,
        "Changes of progress, by what became of them."
    );
    describe_histogram!(
        PROGRESS_COMMIT_SECONDS,
        Unit::Seconds,
        "The commit of a batch of changes of progress."
    );
    describe_histogram!(
        PROGRESS_BATCH_CHANGES,
        Unit::Count,
        "Changes of progress in a batch."
    );
    describe_counter!(DB_QUERIES, Unit::Count, "Database queries.");
    #[cfg(target_os = "linux")]
    tiers::describe();
    describe_counter!(
        REDIS_CALLS,
        Unit::Count,
        "Calls of Redis, by what became of them."
    );
    describe_gauge!(REDIS_BREAKER, Unit::Count, "1 while Redis is away, else 0.");
}

/// Counts one index that was found in the cache.
pub(crate) fn index_hit() {
    count(&INDEX_HIT);
}

/// Counts one index that was not in the cache.
pub(crate) fn index_miss() {
    count(&INDEX_MISS);
}

/// What became of a record of an index.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RecordOutcome {
    /// It was there and good.
    Restored,
    /// There was none.
    Absent,
    /// It was there, written by another version of the program.
    Outdated,
    /// It was there and not good.
    Damaged,
    /// The store failed when it was asked.
    Unreadable,
    /// It was kept.
    Written,
    /// The store failed to keep it.
    Unwritten,
}

/// Counts one record of an index.
pub(crate) fn index_record(outcome: RecordOutcome) {
    let outcome = match outcome {
        RecordOutcome::Restored => "restored",
        RecordOutcome::Absent => "absent",
        RecordOutcome::Outdated => "outdated",
        RecordOutcome::Damaged => "damaged",
        RecordOutcome::Unreadable => "unreadable",
        RecordOutcome::Written => "written",
        RecordOutcome::Unwritten => "unwritten",
    };
    ::metrics::counter!(INDEX_RECORDS, "outcome" => outcome).increment(1);
}

/// Counts changes of progress of one outcome.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn progress_changes(outcome: &'static str, changes: usize) {
    let changes = u64::try_from(changes).unwrap_or(u64::MAX);
    ::metrics::counter!(PROGRESS_CHANGES, "outcome" => outcome).increment(changes);
}

/// Counts one database query.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn db_query(statement: &'static str) {
    ::metrics::counter!(DB_QUERIES, "statement" => statement).increment(1);
}

/// Counts one call of Redis.
#[cfg(feature = "redis")]
pub(crate) fn redis_call(purpose: &'static str, outcome: &'static str) {
    ::metrics::counter!(REDIS_CALLS, "use" => purpose, "outcome" => outcome).increment(1);
}

/// Shows whether Redis is away.
#[cfg(feature = "redis")]
pub(crate) fn redis_breaker(is_open: bool) {
    ::metrics::gauge!(REDIS_BREAKER).set(if is_open { 1.0 } else { 0.0 });
}

fn count(key: &Key) {
    with_recorder(|recorder| recorder.register_counter(key, &METADATA).increment(1));
}

static METADATA: Metadata<'static> = Metadata::new("flaskflix_storage", Level::INFO, Some(module_path!()));
static HIT: [Label; 1] = [Label::from_static_parts("outcome", "hit")];
static MISS: [Label; 1] = [Label::from_static_parts("outcome", "miss")];
static INDEX_HIT: Key = Key::from_static_parts(INDEX_CACHE, &HIT);
static INDEX_MISS: Key = Key::from_static_parts(INDEX_CACHE, &MISS);

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use ::metrics::{Counter, Gauge, Histogram, KeyName, Recorder, SharedString, set_default_local_recorder};
    use flaskflix_core::{
        id::AssetKey,
        mp4::Limits,
        package::{DirectIndex, IndexStore as _},
        source::ByteSource as _,
        testing::mp4::{TestCodec, TestMovie, TestTrack},
    };

    use super::*;
    use crate::{cache::IndexCache, memory::MemorySource};

    #[derive(Default)]
    struct Outcomes {
        hits: Arc<AtomicU64>,
        misses: Arc<AtomicU64>,
    }

    impl Recorder for Outcomes {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            assert_eq!(key.name(), "flaskflix_index_cache_total");
            let labels: Vec<_> = key.labels().map(|label| (label.key(), label.value())).collect();
            Counter::from_arc(match labels[..] {
                [("outcome", "hit")] => Arc::clone(&self.hits),
                [("outcome", "miss")] => Arc::clone(&self.misses),
                _ => panic!("{labels:?}"),
            })
        }
        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }
        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    #[tokio::test]
    async fn an_index_is_a_miss_once_and_then_hits() {
        let outcomes = Outcomes::default();
        let _guard = set_default_local_recorder(&outcomes);
        let source = MemorySource::new();
        let key = AssetKey::parse("film.mp4").unwrap();
        let video = TestTrack::new(TestCodec::H264, 12_800, vec![(100, 512, 0, true); 50]);
        source.put(key.clone(), TestMovie::new(vec![video]).build());
        let object = source.open(&key).await.unwrap();
        let cache = IndexCache::new(1 << 20, Arc::new(DirectIndex::new(Limits::default())));
        for _ in 0..3 {
            cache.index(&object).await.unwrap();
        }
        assert_eq!(outcomes.misses.load(Ordering::Relaxed), 1);
        assert_eq!(outcomes.hits.load(Ordering::Relaxed), 2);
    }
}

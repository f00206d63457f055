//! Indexes, read once per version of an object.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use flaskflix_core::{
    mp4::Index,
    package::{IndexError, IndexStore},
    source::SourceObject,
    validator::EntityTag,
};
use moka::future::Cache;

use crate::metrics;

/// An [`IndexStore`] that remembers what another one read.
///
/// * The key is the identity of the bytes (entity tag and length), so a replaced film is read anew, and one
///   film under two names is read once. The entity tags of one cache must therefore come from sources that do
///   not give the same tag to different bytes; every source of this crate keeps that, together too.
/// * When many viewers press play at once, one reads and all get its answer (single-flight). If the one that
///   reads goes away, the next goes on in its place.
/// * The memory of all indexes together is bounded; those used least go first. An index that alone is larger
///   than the bound is handed out and not kept.
/// * A failure is told to all who waited for it and is not remembered: the next viewer tries again.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use flaskflix_core::{mp4::Limits, package::DirectIndex};
/// use flaskflix_storage::cache::IndexCache;
/// let cache = IndexCache::new(256 << 20, Arc::new(DirectIndex::new(Limits::default())));
/// assert_eq!(cache.stats().loads, 0);
/// ```
#[derive(Clone)]
pub struct IndexCache {
    indexes: Cache<Version, Arc<Index>>,
    inner: Arc<dyn IndexStore>,
    counters: Arc<Counters>,
}

impl IndexCache {
    /// A cache of at most `max_bytes` of indexes, over the store that reads them.
    ///
    /// An index weighs what the `moov` of its film does, and little more: about 10 MB for three hours with
    /// three tracks. 256 MiB keep a few dozen such films. With fewer bytes the tables of a film are read
    /// again when it is watched after a while.
    #[must_use]
    pub fn new(max_bytes: u64, inner: Arc<dyn IndexStore>) -> Self {
        let indexes = Cache::builder()
            .name("flaskflix indexes")
            .max_capacity(max_bytes)
            // An index of 4 GiB or more weighs 4 GiB: over any bound that lets a process live.
            .weigher(|_, index: &Arc<Index>| u32::try_from(index.memory_bytes()).unwrap_or(u32::MAX))
            .build();
        Self {
            indexes,
            inner,
            counters: Arc::default(),
        }
    }

    /// What the cache did since it was made, and what it holds.
    ///
    /// `entries` and `weight_bytes` may lag behind by a few operations.
    #[must_use]
    pub fn stats(&self) -> IndexCacheStats {
        IndexCacheStats {
            hits: self.counters.hits.load(Ordering::Relaxed),
            misses: self.counters.misses.load(Ordering::Relaxed),
            loads: self.counters.loads.load(Ordering::Relaxed),
            entries: self.indexes.entry_count(),
            weight_bytes: self.indexes.weighted_size(),
        }
    }
}

#[async_trait]
impl IndexStore for IndexCache {
    async fn index(&self, object: &Arc<dyn SourceObject>) -> Result<Arc<Index>, IndexError> {
        let info = object.info();
        let version = Version {
            etag: info.etag.clone(),
            len: info.len,
        };
        if let Some(index) = self.indexes.get(&version).await {
            count(&self.counters.hits);
            metrics::index_hit();
            return Ok(index);
        }
        count(&self.counters.misses);
        metrics::index_miss();
        let load = async {
            count(&self.counters.loads);
            self.inner.index(object).await
        };
        let loaded = self.indexes.try_get_with(version, load).await;
        loaded.map_err(Arc::unwrap_or_clone)
    }
}

impl fmt::Debug for IndexCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the indexes: thousands of tables.
        f.debug_struct("IndexCache")
            .field("inner", &self.inner)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

/// What an [`IndexCache`] did and holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct IndexCacheStats {
    /// Calls that were answered from memory.
    pub hits: u64,
    /// Calls that were not: they read, or waited for another call that did.
    pub misses: u64,
    /// Reads that were begun, failed ones too.
    pub loads: u64,
    /// Indexes in memory.
    pub entries: u64,
    /// What they weigh in bytes.
    pub weight_bytes: u64,
}

/// One version of some bytes, whatever its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Version {
    etag: EntityTag,
    len: u64,
}

#[derive(Debug, Default)]
struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    loads: AtomicU64,
}

fn count(counter: &AtomicU64) {
    // Relaxed: the counters order nothing.
    counter.fetch_add(1, Ordering::Relaxed);
}

//! Indexes that outlive the process.

use std::sync::Arc;

use async_trait::async_trait;
use flaskflix_core::{
    Bytes, ErrorChain,
    mp4::{Index, Limits, RecordError, RecordKey},
    package::{IndexError, IndexRecords, IndexStore},
    source::{ObjectInfo, SourceObject},
};

use crate::metrics::{RecordOutcome, index_record};

/// An [`IndexStore`] that asks a store of records first, and another index store when there is no record.
///
/// What was read goes into the records, for the next start and for other processes that share them. It remembers nothing itself
/// and is meant to stand behind an [`IndexCache`](super::IndexCache), which keeps indexes in memory and lets one viewer
/// read for all:
///
/// ```
/// use std::sync::Arc;
/// use flaskflix_core::{mp4::Limits, package::DirectIndex};
/// use flaskflix_storage::{cache::{IndexCache, StoredIndex}, memory::MemoryIndexes};
/// let limits = Limits::default();
/// let stored = StoredIndex::new(
///     Arc::new(MemoryIndexes::default()),
///     Arc::new(DirectIndex::new(limits.clone())),
///     limits,
/// );
/// let indexes = IndexCache::new(256 << 20, Arc::new(stored));
/// # let _ = indexes;
/// ```
///
/// * The store of records is never trusted: a record that is damaged, of another version of this program, or of another object is
///   logged, the film is read, and the record is replaced.
/// * It never stands in the way: when it fails, the film is read. Failures are logged and counted
///   ([`INDEX_RECORDS`](crate::metrics::INDEX_RECORDS)).
///
/// # Cost
/// One read of the record instead of the film's `moov`. For a local file that saves little: the `moov` is as near as the record. It
/// saves the search for a `moov` that lies last, every fragment's header of a fragmented film, and round trips to remote stores.
/// The first viewer of a film waits until its record is written.
#[derive(Debug, Clone)]
pub struct StoredIndex {
    records: Arc<dyn IndexRecords>,
    inner: Arc<dyn IndexStore>,
    limits: Limits,
}

impl StoredIndex {
    /// Puts `records` in front of `inner`. Records are read within `limits`: give those of `inner`.
    #[must_use]
    pub fn new(records: Arc<dyn IndexRecords>, inner: Arc<dyn IndexStore>, limits: Limits) -> Self {
        Self {
            records,
            inner,
            limits,
        }
    }

    /// The index of a record, when there is a good one.
    async fn restore(&self, key: &RecordKey, object: &ObjectInfo) -> Option<Index> {
        let (restored, outcome) = match self.records.get(key).await {
            Ok(Some(record)) => self.check(key, record, object),
            Ok(None) => (None, RecordOutcome::Absent),
            Err(error) => {
                tracing::warn!(%key, error = %ErrorChain(&error), "the record of an index cannot be read");
                (None, RecordOutcome::Unreadable)
            }
        };
        index_record(outcome);
        restored
    }

    fn check(&self, key: &RecordKey, record: Bytes, object: &ObjectInfo) -> (Option<Index>, RecordOutcome) {
        match Index::from_record(record, object, &self.limits) {
            Ok(index) => (Some(index), RecordOutcome::Restored),
            // Normal after every update of the program.
            Err(error @ RecordError::OtherVersion { .. }) => {
                tracing::debug!(%key, %error, "the record of an index is replaced");
                (None, RecordOutcome::Outdated)
            }
            Err(error) => {
                tracing::warn!(%key, error = %ErrorChain(&error), "the record of an index cannot be used");
                (None, RecordOutcome::Damaged)
            }
        }
    }

    async fn keep(&self, key: &RecordKey, index: &Index, object: &ObjectInfo) {
        let outcome = match self.records.put(key, index.to_record(object)).await {
            Ok(()) => RecordOutcome::Written,
            Err(error) => {
                tracing::warn!(%key, error = %ErrorChain(&error), "the record of an index cannot be written");
                RecordOutcome::Unwritten
            }
        };
        index_record(outcome);
    }
}

#[async_trait]
impl IndexStore for StoredIndex {
    async fn index(&self, object: &Arc<dyn SourceObject>) -> Result<Arc<Index>, IndexError> {
        let info = object.info();
        let key = RecordKey::of(info);
        if let Some(index) = self.restore(&key, info).await {
            return Ok(Arc::new(index));
        }
        let index = self.inner.index(object).await?;
        self.keep(&key, &index, info).await;
        Ok(index)
    }
}

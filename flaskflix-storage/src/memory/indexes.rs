//! Records of indexes in a map.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use flaskflix_core::{
    Bytes,
    mp4::RecordKey,
    package::{IndexRecords, RecordsError},
};

/// An [`IndexRecords`] in memory: for tests. Everything is gone when the process ends, and its size is not bounded.
///
/// # Examples
/// ```
/// use flaskflix_storage::memory::MemoryIndexes;
/// assert!(MemoryIndexes::default().is_empty());
/// ```
#[derive(Default)]
pub struct MemoryIndexes {
    records: Mutex<HashMap<RecordKey, Bytes>>,
}

impl MemoryIndexes {
    /// Number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records().len()
    }

    /// Whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records().is_empty()
    }

    fn records(&self) -> MutexGuard<'_, HashMap<RecordKey, Bytes>> {
        // A record is replaced whole: whoever panicked has left none half done.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl IndexRecords for MemoryIndexes {
    async fn get(&self, key: &RecordKey) -> Result<Option<Bytes>, RecordsError> {
        Ok(self.records().get(key).cloned())
    }

    async fn put(&self, key: &RecordKey, record: Bytes) -> Result<(), RecordsError> {
        self.records().insert(*key, record);
        Ok(())
    }
}

impl fmt::Debug for MemoryIndexes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the records: megabytes of tables.
        f.debug_struct("MemoryIndexes")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

//! The port to kept indexes: records that outlive the process, by key.

use std::{error::Error as StdError, fmt};

use async_trait::async_trait;
use bytes::Bytes;

use crate::mp4::RecordKey;

/// Keeps the records of indexes ([`Index::to_record`](crate::mp4::Index::to_record)), so that a restarted process, or another one, need
/// not read the `moov` of a film again.
///
/// A store of records is a help and nothing more: whoever asks one checks what comes back, and reads the film when there is nothing
/// or something wrong. `flaskflix_storage::cache::StoredIndex` does so.
///
/// # Contract
/// * What `get` returns was given to one `put` under this key, byte for byte; never parts of two.
/// * A `get` that begins after a `put` has ended sees it, unless the store has forgotten the record since: it may forget any
///   record at any time, and should forget those first that were not asked for the longest. That is also how the
///   records of outdated versions go: nobody asks for them again.
/// * Records are a few kilobytes to some ten megabytes long, 128 MiB with the default limits at most. A record that is too large for
///   the store is not kept, which is no error.
///
/// # Cancellation
/// A dropped `put` has written the whole record or nothing that a `get` could see.
///
/// # Cost
/// Called once for a film that is not in memory, while a viewer waits: answer in milliseconds, and give up soon.
///
/// The conformance suite is `flaskflix_core::testing::index_records` (feature `testing`).
#[async_trait]
pub trait IndexRecords: fmt::Debug + Send + Sync + 'static {
    /// The record of this key, in a buffer of its own. `None`: there is none.
    ///
    /// # Errors
    /// [`RecordsError`] when the store cannot say.
    async fn get(&self, key: &RecordKey) -> Result<Option<Bytes>, RecordsError>;

    /// Keeps a record, in the place of the one of this key if there is one.
    ///
    /// # Errors
    /// [`RecordsError`] when it could not be written.
    async fn put(&self, key: &RecordKey, record: Bytes) -> Result<(), RecordsError>;
}

/// A store of records did not do what it was asked. No viewer hears of it.
#[derive(Debug, thiserror::Error)]
#[error("the store of index records failed")]
pub struct RecordsError {
    #[source]
    cause: Box<dyn StdError + Send + Sync>,
}

impl RecordsError {
    /// Wraps the cause.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { cause: cause.into() }
    }
}

//! The port to indexes: reads the `moov` of an open object, or remembers having done so.

use std::{fmt, sync::Arc};

use async_trait::async_trait;

use crate::{
    mp4::{Index, Indexer, Limits, Mp4Error, Step},
    source::{SourceError, SourceObject, read_to_bytes},
};

/// Finds the index of an open object.
///
/// # Contract
/// * The index is of exactly the version that the object's [`info`](SourceObject::info) describes: a store that
///   remembers indexes keys them by entity tag and length, never by name.
/// * A failure is not remembered for longer than a moment.
///
/// # Cancellation
/// Dropping the future leaves nothing half-made behind.
///
/// # Cost
/// Called when a title is planned, not for every segment.
#[async_trait]
pub trait IndexStore: fmt::Debug + Send + Sync + 'static {
    /// The index of this object.
    ///
    /// # Errors
    /// [`IndexError::Mp4`] when the file cannot be understood, [`IndexError::Source`] when it cannot be read.
    async fn index(&self, object: &Arc<dyn SourceObject>) -> Result<Arc<Index>, IndexError>;
}

/// Why there is no index. Cheap to clone, so that all who wait for one read can be told.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The bytes are no MP4 film that we can serve: the file is at fault.
    #[error("the file cannot be indexed")]
    Mp4(#[source] Arc<Mp4Error>),
    /// The bytes could not be read: the storage is at fault.
    #[error("the file cannot be read")]
    Source(#[source] Arc<SourceError>),
}

impl From<Mp4Error> for IndexError {
    fn from(error: Mp4Error) -> Self {
        Self::Mp4(Arc::new(error))
    }
}

impl From<SourceError> for IndexError {
    fn from(error: SourceError) -> Self {
        Self::Source(Arc::new(error))
    }
}

/// Reads the index anew at every call, and remembers nothing.
///
/// # Examples
/// ```
/// # use flaskflix_core::{package::{DirectIndex, IndexStore, IndexError}, source::SourceObject, mp4::Limits};
/// # use std::sync::Arc;
/// async fn tracks(object: Arc<dyn SourceObject>) -> Result<usize, IndexError> {
///     Ok(DirectIndex::new(Limits::default()).index(&object).await?.tracks().len())
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct DirectIndex {
    limits: Limits,
}

impl DirectIndex {
    /// Makes a store that reads within these limits.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { limits }
    }
}

#[async_trait]
impl IndexStore for DirectIndex {
    async fn index(&self, object: &Arc<dyn SourceObject>) -> Result<Arc<Index>, IndexError> {
        let mut indexer = Indexer::new(object.info().len, self.limits.clone());
        loop {
            match indexer.step()? {
                Step::Read(range) => indexer.supply(read_to_bytes(object, range).await?),
                Step::Done(index) => return Ok(Arc::new(index)),
            }
        }
    }
}

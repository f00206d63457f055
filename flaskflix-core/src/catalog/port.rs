//! The port to the catalogue: which titles exist and how each is delivered.

use std::{error::Error as StdError, fmt, sync::Arc};

use async_trait::async_trait;

use super::Title;
use crate::id::TitleId;

/// Finds titles by id. Implemented by the application: a table, a folder, a fixed list.
///
/// # Contract
/// * `title` answers for the id exactly as given; it never guesses.
/// * Access is not decided here: the caller has verified the viewer's grant before it asks.
///
/// # Cancellation
/// Dropping the future leaves nothing behind.
///
/// # Cost
/// Called once for every request, segments included: answer from memory or a cache where you can.
///
/// The conformance suite is `flaskflix_core::testing::catalog` (feature `testing`).
#[async_trait]
pub trait Catalog: fmt::Debug + Send + Sync + 'static {
    /// The title of this id, or `None` when there is none.
    ///
    /// # Errors
    /// [`CatalogError`] when the catalogue itself cannot answer now.
    async fn title(&self, id: &TitleId) -> Result<Option<Arc<Title>>, CatalogError>;
}

/// The catalogue could not answer: its store is away or failed.
#[derive(Debug, thiserror::Error)]
#[error("the catalogue is not available")]
pub struct CatalogError {
    #[source]
    cause: Box<dyn StdError + Send + Sync>,
}

impl CatalogError {
    /// Wraps the cause.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { cause: cause.into() }
    }
}

//! The port to the catalogue: which titles exist and how each is delivered.

use std::{error::Error as StdError, fmt, sync::Arc};

use async_trait::async_trait;

use crate::id::{AssetKey, TitleId};

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

/// One title of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// Its id, the `{movie_id}` of the URLs.
    pub id: TitleId,
    /// Its name for people.
    pub name: String,
    /// How its bytes reach the viewer.
    pub delivery: Delivery,
}

/// How a title is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// One or several MP4 files of the same film, packaged just in time as HLS; `video` serves the
    /// best of them as ranges.
    Packaged {
        /// The MP4 files. Never empty; the order says nothing.
        renditions: Vec<Rendition>,
    },
    /// One file of any type, served as ranges through `video`; it has no playlists.
    File {
        /// The file.
        asset: AssetKey,
    },
}

/// One MP4 file of a packaged title.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rendition {
    /// The stored object.
    pub asset: AssetKey,
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

//! The port to the store of progress.

use std::{error::Error as StdError, fmt, time::Duration};

use async_trait::async_trait;

use super::{Change, Rules, WatchProgress};
use crate::{
    id::{TitleId, ViewerId},
    time::UnixMillis,
};

/// Keeps how far viewers are. Implemented over a database; [`Rules`] decides what is written.
///
/// # Contract
/// * `change` applies [`Rules::apply`] to the stored entry, atomically and in the order of the calls for one viewer and
///   title, and returns `Ok` only when the outcome is durable: a kill or a power cut after that loses nothing.
/// * A viewer's entries are seen and changed by that viewer only.
/// * `change` of a viewer is seen by every later read of that viewer.
/// * A full queue or a locked database is [`ProgressError::Busy`], at once, never a wait without end.
///
/// # Cancellation
/// A dropped `change` may or may not take place; it is never half done.
///
/// The conformance suite is `flaskflix_core::testing::progress` (feature `testing`).
#[async_trait]
pub trait ProgressStore: fmt::Debug + Send + Sync + 'static {
    /// The rules that this store applies.
    fn rules(&self) -> &Rules;

    /// Changes the entry of one viewer and title. `now` is when the change was received.
    ///
    /// Returns the entry as it is after the change; `None` when there is none.
    ///
    /// # Errors
    /// [`ProgressError`]: nothing is promised about the change then.
    async fn change(
        &self,
        viewer: &ViewerId,
        title: &TitleId,
        change: Change,
        now: UnixMillis,
    ) -> Result<Option<WatchProgress>, ProgressError>;

    /// The entries of a viewer for these titles, each once and in any order; titles without an entry are left out.
    ///
    /// # Errors
    /// [`ProgressError`] when the store cannot answer now.
    async fn entries(
        &self,
        viewer: &ViewerId,
        titles: &[TitleId],
    ) -> Result<Vec<WatchProgress>, ProgressError>;

    /// The "continue watching" row: the entries with a [row position](Rules::row_position), newest activity first (the
    /// title's id, falling, where two are equal), at most `limit`, those behind `after` only.
    ///
    /// # Errors
    /// [`ProgressError`] when the store cannot answer now.
    async fn continue_watching(
        &self,
        viewer: &ViewerId,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Vec<WatchProgress>, ProgressError>;

    /// Deletes every entry of a viewer, durably, and says how many there were.
    ///
    /// # Errors
    /// [`ProgressError`]: nothing is promised about the entries then.
    async fn forget(&self, viewer: &ViewerId) -> Result<u64, ProgressError>;
}

/// A place in the row: the entry that the next page begins behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The activity of that entry.
    pub activity_at: UnixMillis,
    /// Its title.
    pub title: TitleId,
}

/// A store of progress could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProgressError {
    /// Too much to do: come back later.
    #[error("the progress store is busy")]
    Busy {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Nobody of this name is known (any more): a token can outlive the account that it was minted for. Stores that know
    /// viewers only by name do not say it.
    #[error("the viewer is not known")]
    UnknownViewer,
    /// The store is away or failed.
    #[error("the progress store is not available")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
}

impl ProgressError {
    /// Wraps the cause of a store that is away or failed.
    #[must_use]
    pub fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unavailable(cause.into())
    }
}

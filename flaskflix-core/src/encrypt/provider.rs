//! The port that says which title is encrypted with which key.

use std::{error::Error as StdError, fmt};

use async_trait::async_trait;

use super::ContentKey;
use crate::catalog::Title;

/// Says which titles are encrypted, and with which keys.
///
/// # Contract
/// * `Ok(Some(key))`: the title's media segments are encrypted with it. `Ok(None)`: the title is served in the clear.
/// * A title has one key at a time. Another answer is another version of the title, like a replaced file: plans, playlists
///   and segments follow at the next request, and a player that began under the old key has to load the playlist again.
///   So change a key when nobody watches, or give the title a new id.
/// * Asked for packaged titles only: finished HLS, single files and streams of other hosts are served as they are.
/// * An error is a refusal (503). It never means "in the clear".
/// * All nodes that serve a title say the same.
///
/// # Cost
/// Asked for every request of a packaged title, segments included, so that no plan outlives a change. Answer from
/// memory; whoever asks a key server keeps its answers.
///
/// # Cancellation
/// The future may be dropped at any time.
#[async_trait]
pub trait KeyProvider: fmt::Debug + Send + Sync + 'static {
    /// The key of this title, or `None` when it is served in the clear.
    ///
    /// # Errors
    /// [`KeyError`] when it cannot be told now.
    async fn key(&self, title: &Title) -> Result<Option<ContentKey>, KeyError>;
}

/// No title is encrypted: the default.
#[derive(Debug, Clone, Copy, Default)]
pub struct InTheClear;

#[async_trait]
impl KeyProvider for InTheClear {
    async fn key(&self, _: &Title) -> Result<Option<ContentKey>, KeyError> {
        Ok(None)
    }
}

/// A key cannot be had: its store or service is away or failed. The operator's concern.
#[derive(Debug, thiserror::Error)]
#[error("the content key is not available")]
pub struct KeyError {
    #[source]
    cause: Box<dyn StdError + Send + Sync>,
}

impl KeyError {
    /// Wraps the cause. It goes to the log: it must not hold a key.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { cause: cause.into() }
    }
}

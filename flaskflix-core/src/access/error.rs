//! What a decision says that cannot be had.

use std::error::Error as StdError;

/// A decision could not be had: its store or service is away or failed.
#[derive(Debug, thiserror::Error)]
#[error("the access decision is not available")]
pub struct AccessError {
    #[source]
    cause: Box<dyn StdError + Send + Sync>,
}

impl AccessError {
    /// Wraps the cause.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { cause: cause.into() }
    }
}

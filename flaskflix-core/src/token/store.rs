//! Where opaque tokens lead to.

use std::{error::Error as StdError, fmt, time::Duration};

use async_trait::async_trait;

use crate::token::TokenKey;

/// Keeps the signed token behind each [`OpaqueToken`](crate::token::OpaqueToken), until it expires.
///
/// What it gives back is text and no proof: the edge verifies it as any signed token, so a store that is broken into can
/// hand out nothing that our keys have not signed.
///
/// # Contract
/// * What `put` has acknowledged is found by every later `get`, of everybody who shares the store, for `ttl`; then by none.
///   Times are those of the store.
/// * `get` is asked for every request of media. It may answer from memory for a documented time, as the text behind a key never
///   changes; it must not remember that a key is unknown.
/// * What `remove` has acknowledged is gone from the store; others who share it may find it in their memory for that time.
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// Keeps a signed token for `ttl`, in whole seconds rounded up.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known to be kept.
    async fn put(&self, key: &TokenKey, signed: &str, ttl: Duration) -> Result<(), StoreError>;

    /// The signed token; `None` when there is none, or not any more.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be told now: nothing is let in then.
    async fn get(&self, key: &TokenKey) -> Result<Option<String>, StoreError>;

    /// Forgets a token. One that is not there is no error.
    ///
    /// # Errors
    /// [`StoreError`] when it is not known to be gone.
    async fn remove(&self, key: &TokenKey) -> Result<(), StoreError>;
}

/// The store of tokens is away or failed.
#[derive(Debug, thiserror::Error)]
#[error("the token store is not available")]
pub struct StoreError {
    #[source]
    cause: Box<dyn StdError + Send + Sync>,
}

impl StoreError {
    /// Wraps the cause.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { cause: cause.into() }
    }
}

//! Opaque tokens in memory.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use flaskflix_core::{
    time::{Clock, UnixTime},
    token::{StoreError, TokenKey, TokenStore},
};

/// A [`TokenStore`] of one process: its tokens open nothing any more when it ends. Several nodes share theirs through Redis.
///
/// # Cost
/// About 600 bytes for a token that is still valid. Those that have expired are forgotten when twice as many have come as were left
/// the last time.
pub struct MemoryTokens {
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

struct Kept {
    tokens: HashMap<TokenKey, (String, UnixTime)>,
    sweep_at: usize,
}

impl MemoryTokens {
    /// An empty store. The clock says when a token has expired.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            kept: Mutex::new(Kept {
                tokens: HashMap::new(),
                sweep_at: FIRST_SWEEP,
            }),
        }
    }

    fn with<T>(&self, f: impl FnOnce(&mut Kept, UnixTime) -> T) -> T {
        let now = self.clock.now();
        f(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner), now)
    }
}

#[async_trait]
impl TokenStore for MemoryTokens {
    async fn put(&self, key: &TokenKey, signed: &str, ttl: Duration) -> Result<(), StoreError> {
        let ttl = ttl.as_secs().saturating_add(u64::from(ttl.subsec_nanos() > 0));
        self.with(|kept, now| {
            let expires = now.saturating_add(Duration::from_secs(ttl));
            kept.tokens.insert(*key, (signed.to_owned(), expires));
            if kept.tokens.len() >= kept.sweep_at {
                kept.tokens.retain(|_, (_, expires)| *expires > now);
                kept.sweep_at = kept.tokens.len().saturating_mul(2).max(FIRST_SWEEP);
            }
        });
        Ok(())
    }

    async fn get(&self, key: &TokenKey) -> Result<Option<String>, StoreError> {
        Ok(self.with(|kept, now| {
            let (signed, expires) = kept.tokens.get(key)?;
            (*expires > now).then(|| signed.clone())
        }))
    }

    async fn remove(&self, key: &TokenKey) -> Result<(), StoreError> {
        self.with(|kept, _| kept.tokens.remove(key));
        Ok(())
    }
}

impl fmt::Debug for MemoryTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The texts open films: omitted.
        f.debug_struct("MemoryTokens").finish_non_exhaustive()
    }
}

/// Below this many nothing is swept.
const FIRST_SWEEP: usize = 1024;

//! Revocations in memory.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use flaskflix_core::{
    access::{AccessError, Revocation, RevocationList, Revocations},
    time::{Clock, UnixMillis},
    token::Grant,
};

/// [`Revocations`] of one process: at once, and forgotten when it ends. Several nodes share theirs through Redis.
///
/// # Cost
/// A lock and two look-ups for each request; about 100 bytes for a revocation. What has expired is forgotten when twice as many
/// have come as were left the last time.
///
/// # Examples
/// ```
/// use std::{sync::Arc, time::Duration};
/// use flaskflix_core::{access::{Revocation, Revocations as _}, time::SystemClock};
/// use flaskflix_storage::memory::MemoryRevocations;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let revocations = MemoryRevocations::new(Arc::new(SystemClock));
/// revocations.revoke(&Revocation::Token([1; 16]), Duration::from_secs(3600)).await?;
/// # Ok(())
/// # }
/// ```
pub struct MemoryRevocations {
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

struct Kept {
    list: RevocationList,
    sweep_at: usize,
}

impl MemoryRevocations {
    /// Nothing is revoked. The clock says when a revocation is not needed any more.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            kept: Mutex::new(Kept {
                list: RevocationList::default(),
                sweep_at: FIRST_SWEEP,
            }),
        }
    }
}

#[async_trait]
impl Revocations for MemoryRevocations {
    async fn is_revoked(&self, grant: &Grant) -> Result<bool, AccessError> {
        Ok(self
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .list
            .covers(grant))
    }

    async fn revoke(&self, revocation: &Revocation, lifetime: Duration) -> Result<(), AccessError> {
        let now = self.clock.now_millis();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.list.insert(revocation.clone(), later(now, lifetime));
        if kept.list.len() >= kept.sweep_at {
            kept.list.sweep(now);
            kept.sweep_at = kept.list.len().saturating_mul(2).max(FIRST_SWEEP);
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryRevocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRevocations").finish_non_exhaustive()
    }
}

/// A moment, `by` later.
pub(super) fn later(now: UnixMillis, by: Duration) -> UnixMillis {
    let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
    UnixMillis::from_millis(now.as_millis().saturating_add(by))
}

/// Below this many nothing is swept.
const FIRST_SWEEP: usize = 1024;

#[cfg(test)]
mod tests {
    use flaskflix_core::{testing::clock::ManualClock, time::UnixTime};

    use super::*;

    #[tokio::test]
    async fn what_has_expired_is_forgotten() {
        let clock = Arc::new(ManualClock::at(UnixTime::from_secs(1000)));
        let revocations = MemoryRevocations::new(clock.clone());
        for n in 0..20_000_u128 {
            let token = Revocation::Token(n.to_be_bytes());
            revocations
                .revoke(&token, Duration::from_secs(100))
                .await
                .unwrap();
            clock.advance(Duration::from_secs(1));
            assert!(revocations.kept.lock().unwrap().list.len() <= FIRST_SWEEP);
        }
    }
}

//! Screens in memory.

use std::{
    collections::HashMap,
    fmt,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use flaskflix_core::{
    access::{AccessError, Lease, Opening, Playback, Screen, ScreenId, Screens},
    id::ViewerId,
    time::{Clock, UnixMillis},
};

use super::revocations::later;

/// [`Screens`] of one process: forgotten when it ends. Several nodes share theirs through Redis.
///
/// # Defaults
/// * [`lease`](Self::lease): 60 s
///
/// # Cost
/// A lock and a look-up for each request; some 300 bytes for a viewer who watches. Who has stopped is forgotten when twice as
/// many viewers have come as were left the last time.
///
/// # Examples
/// ```
/// use std::{num::NonZeroU32, sync::Arc};
/// use flaskflix_core::time::SystemClock;
/// use flaskflix_storage::memory::MemoryScreens;
/// let screens = MemoryScreens::new(NonZeroU32::new(4).unwrap(), Arc::new(SystemClock));
/// ```
pub struct MemoryScreens {
    limit: usize,
    lease: Duration,
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

struct Kept {
    viewers: HashMap<ViewerId, Household>,
    sweep_at: usize,
}

/// What one viewer watches.
#[derive(Default)]
struct Household {
    /// In the order in which they were opened.
    screens: Vec<Screen>,
    /// Each until its tokens have expired.
    ended: HashMap<ScreenId, UnixMillis>,
    /// Until when the tokens of screens were valid when they were last heard of: what `ended` is filled from.
    lifetimes: HashMap<ScreenId, UnixMillis>,
}

impl MemoryScreens {
    /// At most `limit` screens for each viewer.
    #[must_use]
    pub fn new(limit: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        Self {
            limit: usize::try_from(limit.get()).unwrap_or(usize::MAX),
            lease: Duration::from_mins(1),
            clock,
            kept: Mutex::new(Kept {
                viewers: HashMap::new(),
                sweep_at: FIRST_SWEEP,
            }),
        }
    }

    /// Sets how long a screen is held that is not heard of. Default: 60 s. Longer keeps the place of who pauses, shorter frees
    /// that of a player which vanished without a word.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Does something with the screens of a viewer that are still held now.
    fn with<T>(&self, viewer: &ViewerId, f: impl FnOnce(&mut Household, UnixMillis) -> T) -> T {
        let now = self.clock.now_millis();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let household = kept.viewers.entry(viewer.clone()).or_default();
        household.forget(now, self.lease);
        let answer = f(household, now);
        if kept.viewers.len() >= kept.sweep_at {
            kept.viewers.retain(|_, household| {
                household.forget(now, self.lease);
                !(household.screens.is_empty() && household.ended.is_empty())
            });
            kept.sweep_at = kept.viewers.len().saturating_mul(2).max(FIRST_SWEEP);
        }
        answer
    }

    fn take(&self, viewer: &ViewerId, playback: &Playback) -> Opening {
        self.with(viewer, |household, now| household.take(playback, self.limit, now))
    }
}

impl Household {
    /// Forgets leases that have run out and screens whose tokens have expired.
    fn forget(&mut self, now: UnixMillis, lease: Duration) {
        self.screens
            .retain(|screen| now.saturating_since(screen.last_seen) < lease);
        self.ended.retain(|_, until| *until > now);
        let screens = &self.screens;
        self.lifetimes
            .retain(|id, _| screens.iter().any(|screen| screen.id == *id));
    }

    fn take(&mut self, playback: &Playback, limit: usize, now: UnixMillis) -> Opening {
        if self.ended.contains_key(&playback.screen) {
            return Opening::Ended;
        }
        if let Some(held) = self
            .screens
            .iter_mut()
            .find(|screen| screen.id == playback.screen)
        {
            held.last_seen = now;
            held.title = playback.title.clone();
        } else if self.screens.len() < limit {
            self.screens.push(Screen {
                id: playback.screen,
                title: playback.title.clone(),
                since: now,
                last_seen: now,
            });
        } else {
            return Opening::Full {
                screens: self.screens.clone(),
            };
        }
        self.lifetimes
            .insert(playback.screen, later(now, playback.lifetime));
        Opening::Opened
    }

    /// Takes a screen away; the moment at which its tokens expire, when it was held.
    fn remove(&mut self, screen: ScreenId) -> Option<UnixMillis> {
        self.screens.retain(|held| held.id != screen);
        self.lifetimes.remove(&screen)
    }
}

#[async_trait]
impl Screens for MemoryScreens {
    async fn open(&self, viewer: &ViewerId, playback: &Playback) -> Result<Opening, AccessError> {
        Ok(self.take(viewer, playback))
    }

    async fn renew(&self, viewer: &ViewerId, playback: &Playback) -> Result<Lease, AccessError> {
        Ok(match self.take(viewer, playback) {
            Opening::Opened => Lease::Held,
            Opening::Full { .. } | Opening::Ended => Lease::Ended,
        })
    }

    async fn list(&self, viewer: &ViewerId) -> Result<Vec<Screen>, AccessError> {
        Ok(self.with(viewer, |household, _| household.screens.clone()))
    }

    async fn release(&self, viewer: &ViewerId, screen: ScreenId) -> Result<bool, AccessError> {
        Ok(self.with(viewer, |household, _| household.remove(screen).is_some()))
    }

    async fn end(&self, viewer: &ViewerId, screen: ScreenId) -> Result<bool, AccessError> {
        Ok(self.with(viewer, |household, _| match household.remove(screen) {
            Some(until) => household.ended.insert(screen, until).is_none(),
            None => false,
        }))
    }
}

impl fmt::Debug for MemoryScreens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Who watches what is personal data: omitted.
        f.debug_struct("MemoryScreens")
            .field("limit", &self.limit)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

/// Below this many viewers nothing is swept.
const FIRST_SWEEP: usize = 1024;

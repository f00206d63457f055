//! Who asks for what, how often.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// How often a segment was asked for in the minute since the first one asked.
#[derive(Debug, Default)]
pub(super) struct Demand {
    asked: AtomicU32,
    is_made: AtomicBool,
}

impl Demand {
    /// Counts one who asks, and says whether it is the last of so many: then it is time.
    pub(super) fn asks(&self, of: u32) -> bool {
        // Relaxed: the number guards no other memory.
        let before = self.asked.fetch_add(1, Ordering::Relaxed);
        before.wrapping_add(1).checked_rem(of) == Some(0)
    }

    /// The segment is being made for as long as this lives. `None`: it is already.
    pub(super) fn begin(demand: Arc<Self>) -> Option<Making> {
        let was = demand.is_made.swap(true, Ordering::Relaxed);
        (!was).then_some(Making(demand))
    }
}

/// A segment that is being made.
#[derive(Debug)]
pub(super) struct Making(Arc<Demand>);

impl Drop for Making {
    fn drop(&mut self) {
        self.0.is_made.store(false, Ordering::Relaxed);
    }
}

/// Allows something again after a pause.
#[derive(Debug)]
pub(super) struct Pace {
    pause: Duration,
    last: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(pause: Duration) -> Self {
        Self {
            pause,
            last: Mutex::default(),
        }
    }

    pub(super) fn allows(&self, now: Instant) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let allowed = last.is_none_or(|last| now.saturating_duration_since(last) >= self.pause);
        if allowed {
            *last = Some(now);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_third_one_who_asks_has_it_made() {
        let demand = Demand::default();
        let times: Vec<bool> = (0..7).map(|_| demand.asks(3)).collect();
        assert_eq!(times, [false, false, true, false, false, true, false]);
    }

    #[test]
    fn what_is_being_made_is_not_made_twice() {
        let demand = Arc::new(Demand::default());
        let making = Demand::begin(Arc::clone(&demand)).unwrap();
        assert!(Demand::begin(Arc::clone(&demand)).is_none());
        drop(making);
        assert!(Demand::begin(demand).is_some());
    }

    #[test]
    fn what_was_allowed_is_allowed_again_after_the_pause() {
        let pace = Pace::new(Duration::from_millis(100));
        let start = Instant::now();
        let allowed = [0, 1, 99, 100, 199, 200].map(|ms| pace.allows(start + Duration::from_millis(ms)));
        assert_eq!(allowed, [true, false, false, true, false, true]);
    }
}

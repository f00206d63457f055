//! A clock that is moved by hand.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::time::{Clock, UnixTime};

/// A [`Clock`] that stands still until the test moves it.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use flaskflix_core::{testing::clock::ManualClock, time::{Clock, UnixTime}};
/// let clock = ManualClock::at(UnixTime::from_secs(1_000));
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now(), UnixTime::from_secs(1_060));
/// ```
#[derive(Debug)]
pub struct ManualClock {
    secs: AtomicU64,
}

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub const fn at(now: UnixTime) -> Self {
        Self {
            secs: AtomicU64::new(now.as_secs()),
        }
    }

    /// Sets the clock, forwards or backwards.
    pub fn set(&self, now: UnixTime) {
        self.secs.store(now.as_secs(), Ordering::SeqCst);
    }

    /// Moves the clock forward by whole seconds (the rest is dropped), saturating.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().saturating_add(by));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixTime {
        UnixTime::from_secs(self.secs.load(Ordering::SeqCst))
    }
}

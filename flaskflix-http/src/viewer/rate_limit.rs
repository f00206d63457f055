//! Quotas in the memory of this process.

use std::{
    fmt,
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use flaskflix_core::access::{AccessError, Action, Quota, Rate, RateLimit, Rates, Subject};
use governor::{
    RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

/// Counts the requests of viewers and addresses in this process, by the generic cell rate algorithm: a quota of `count` for
/// `per` can be used up at once, and comes back one request at a time, every `per / count`.
///
/// # Defaults
/// Those of [`Rates`]: 120 tokens in an hour for a viewer, 6,000 for an address, 600 changes of progress in a minute for a
/// viewer.
///
/// # Cost
/// About a microsecond, and about 100 bytes for every subject that has used its quota lately. Subjects whose quota is whole
/// again are forgotten when as many have come as there were left after the last time, so memory is bounded by twice the
/// subjects that are active within `per`.
///
/// # Examples
/// The 10 tokens per hour and address of a strict set-up:
/// ```
/// use std::time::Duration;
/// use flaskflix_http::viewer::LocalRateLimit;
/// let hour = Duration::from_secs(60 * 60);
/// let limit = LocalRateLimit::new().mint_per_address(10, hour).mint_per_viewer(10, hour);
/// ```
#[derive(Debug)]
pub struct LocalRateLimit(Limits<DefaultClock>);

impl LocalRateLimit {
    /// The defaults above.
    #[must_use]
    pub fn new() -> Self {
        Self::with_rates(Rates::default())
    }

    /// These quotas.
    #[must_use]
    pub fn with_rates(rates: Rates) -> Self {
        Self(Limits::new(rates, DefaultClock::default()))
    }

    /// No quota at all: for tests, and where something in front counts.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::with_rates(Rates::unlimited())
    }

    /// Sets how many tokens one viewer gets. Default: 120 in an hour. 0 counts as 1.
    #[must_use]
    pub fn mint_per_viewer(mut self, count: u32, per: Duration) -> Self {
        self.0.mint_viewer = Some(self.0.quota(count, per));
        self
    }

    /// Sets how many tokens one address gets, an IPv6 /64 being one. Default: 6,000 in an hour. 0 counts as 1. Smaller
    /// stops shared passwords sooner, and hits those who share an address: a household, a school, a mobile network.
    #[must_use]
    pub fn mint_per_address(mut self, count: u32, per: Duration) -> Self {
        self.0.mint_address = Some(self.0.quota(count, per));
        self
    }

    /// Sets how many changes of progress one viewer makes. Default: 600 in a minute. 0 counts as 1.
    #[must_use]
    pub fn progress_per_viewer(mut self, count: u32, per: Duration) -> Self {
        self.0.progress_viewer = Some(self.0.quota(count, per));
        self
    }
}

impl Default for LocalRateLimit {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl RateLimit for LocalRateLimit {
    async fn take(&self, action: Action, subject: &Subject) -> Result<Quota, AccessError> {
        Ok(self.0.take(action, subject))
    }
}

/// One quota for each kind of subject and action; what has none is not limited.
struct Limits<C: Clock> {
    mint_viewer: Option<Counter<C>>,
    mint_address: Option<Counter<C>>,
    progress_viewer: Option<Counter<C>>,
    clock: C,
}

impl<C: Clock + Clone> Limits<C> {
    fn new(rates: Rates, clock: C) -> Self {
        let counter =
            |rate: Option<Rate>| rate.map(|rate| Counter::new(rate.count.get(), rate.per, clock.clone()));
        Self {
            mint_viewer: counter(rates.mint_per_viewer),
            mint_address: counter(rates.mint_per_address),
            progress_viewer: counter(rates.progress_per_viewer),
            clock,
        }
    }

    fn quota(&self, count: u32, per: Duration) -> Counter<C> {
        Counter::new(count, per, self.clock.clone())
    }

    fn take(&self, action: Action, subject: &Subject) -> Quota {
        let counter = match (action, subject) {
            (Action::Mint, Subject::Viewer(_)) => &self.mint_viewer,
            (Action::Mint, Subject::Address(_)) => &self.mint_address,
            (Action::Progress, Subject::Viewer(_)) => &self.progress_viewer,
            _ => &None,
        };
        counter
            .as_ref()
            .map_or(Quota::Within, |counter| counter.take(subject))
    }
}

impl<C: Clock> fmt::Debug for Limits<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The subjects are personal data: omitted.
        f.debug_struct("Limits").finish_non_exhaustive()
    }
}

/// How often each subject has done one thing lately.
struct Counter<C: Clock> {
    limiter: RateLimiter<Subject, DefaultKeyedStateStore<Subject>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    /// With so many subjects, those whose quota is whole again are forgotten.
    sweep_at: AtomicUsize,
}

impl<C: Clock + Clone> Counter<C> {
    fn new(count: u32, per: Duration, clock: C) -> Self {
        let count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        let interval = (per.min(LONGEST) / count.get()).max(Duration::from_nanos(1));
        let quota = governor::Quota::with_period(interval)
            .unwrap_or(governor::Quota::per_second(count))
            .allow_burst(count);
        Self {
            limiter: RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone()),
            clock,
            sweep_at: AtomicUsize::new(FIRST_SWEEP),
        }
    }
}

impl<C: Clock> Counter<C> {
    fn take(&self, subject: &Subject) -> Quota {
        let taken = self.limiter.check_key(subject);
        if self.limiter.len() >= self.sweep_at.load(Ordering::Relaxed) {
            self.sweep();
        }
        match taken {
            Ok(()) => Quota::Within,
            Err(until) => Quota::Exceeded {
                retry_after: until.wait_time_from(self.clock.now()),
            },
        }
    }

    fn sweep(&self) {
        self.limiter.retain_recent();
        let left = self.limiter.len();
        self.sweep_at
            .store(left.saturating_mul(2).max(FIRST_SWEEP), Ordering::Relaxed);
    }
}

/// Below this many subjects nothing is swept.
const FIRST_SWEEP: usize = 1024;
/// Longest time that a quota is for: governor counts nanoseconds in 64 bits.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use flaskflix_core::id::ViewerId;
    use governor::clock::FakeRelativeClock;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn viewer(name: &str) -> Subject {
        Subject::Viewer(ViewerId::parse(name).unwrap())
    }

    /// Whether one more is within the quota; else the wait in milliseconds.
    fn wait(counter: &Counter<FakeRelativeClock>, name: &str) -> Option<u128> {
        match counter.take(&viewer(name)) {
            Quota::Within => None,
            Quota::Exceeded { retry_after } => Some(retry_after.as_millis()),
        }
    }

    #[test]
    fn a_quota_is_used_up_at_once_and_comes_back_one_by_one() {
        let clock = FakeRelativeClock::default();
        let counter = Counter::new(6, MINUTE, clock.clone());
        for _ in 0..6 {
            assert_eq!(wait(&counter, "anna"), None);
        }
        assert_eq!(wait(&counter, "anna"), Some(10_000));
        // A request that is refused is not counted.
        assert_eq!(wait(&counter, "anna"), Some(10_000));
        assert_eq!(wait(&counter, "ben"), None);
        clock.advance(Duration::from_millis(9_999));
        assert_eq!(wait(&counter, "anna"), Some(1));
        clock.advance(Duration::from_millis(1));
        assert_eq!(wait(&counter, "anna"), None);
        assert_eq!(wait(&counter, "anna"), Some(10_000));
        clock.advance(MINUTE);
        for _ in 0..6 {
            assert_eq!(wait(&counter, "anna"), None);
        }
    }

    #[tokio::test]
    async fn quotas_in_memory_conform() {
        use flaskflix_core::testing::rate_limit::{conformance, rates};
        conformance(&LocalRateLimit::with_rates(rates())).await;
    }

    #[test]
    fn actions_and_kinds_of_subjects_are_independent() {
        let clock = FakeRelativeClock::default();
        let mut limits = Limits::new(Rates::default(), clock);
        limits.mint_viewer = Some(limits.quota(1, MINUTE));
        limits.mint_address = Some(limits.quota(1, MINUTE));
        limits.progress_viewer = Some(limits.quota(1, MINUTE));
        let address = Subject::address("192.0.2.1".parse().unwrap());
        for (action, subject) in [
            (Action::Mint, viewer("anna")),
            (Action::Mint, address.clone()),
            (Action::Progress, viewer("anna")),
        ] {
            assert_eq!(limits.take(action, &subject), Quota::Within);
            assert!(matches!(limits.take(action, &subject), Quota::Exceeded { .. }));
        }
        assert_eq!(limits.take(Action::Progress, &address), Quota::Within);
    }

    #[test]
    fn subjects_whose_quota_is_whole_again_are_forgotten() {
        let clock = FakeRelativeClock::default();
        let counter = Counter::new(6, MINUTE, clock.clone());
        let mut most = 0;
        for n in 0..20_000_u32 {
            counter.take(&viewer(&n.to_string()));
            clock.advance(Duration::from_millis(100));
            most = most.max(counter.limiter.len());
        }
        // Each is whole again after 10 s, which is 100 subjects.
        assert!(most <= FIRST_SWEEP, "{most}");
        // Who is active is not forgotten, however many there are.
        let busy = Counter::new(1, MINUTE, clock);
        for n in 0..5000_u32 {
            assert_eq!(wait(&busy, &n.to_string()), None);
        }
        for n in 0..5000_u32 {
            assert_eq!(wait(&busy, &n.to_string()), Some(60_000), "{n}");
        }
    }

    #[test]
    fn quotas_of_any_size_do_not_panic() {
        for count in [0, 1, 7, u32::MAX] {
            for per in [Duration::ZERO, Duration::from_nanos(1), MINUTE, Duration::MAX] {
                let counter = Counter::new(count, per, FakeRelativeClock::default());
                assert_eq!(wait(&counter, "anna"), None, "{count} {per:?}");
                let _ = wait(&counter, "anna");
            }
        }
    }
}

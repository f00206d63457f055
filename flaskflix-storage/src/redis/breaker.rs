//! When nobody asks: a circuit breaker as a state machine. Moments are arguments.

use std::time::{Duration, Instant};

/// Closed: everybody asks. Open: nobody does, but one probe after each pause.
///
/// One failure opens it. A request may need several answers, and it is only the first failure that may cost it the budget.
#[derive(Debug)]
pub(super) struct Breaker {
    open: Option<Pause>,
    /// Changes whenever the breaker does: what was admitted before does not count any more.
    epoch: u64,
    longest: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Pause {
    until: Instant,
    length: Duration,
}

/// Leave to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Permit(u64);

impl Breaker {
    pub(super) const fn new(longest: Duration) -> Self {
        Self {
            open: None,
            epoch: 0,
            longest,
        }
    }

    /// Whether somebody may ask now. An open breaker lets one probe through and then pauses again, so a probe that
    /// never comes back blocks nothing.
    pub(super) fn admit(&mut self, now: Instant) -> Option<Permit> {
        if let Some(pause) = &mut self.open {
            if now < pause.until {
                return None;
            }
            pause.until = now + pause.length;
        }
        Some(Permit(self.epoch))
    }

    /// An answer came. Says whether that closed the breaker.
    pub(super) fn succeeded(&mut self) -> bool {
        let closes = self.open.take().is_some();
        self.epoch = self.epoch.wrapping_add(u64::from(closes));
        closes
    }

    /// No answer came. Says whether that opened the breaker.
    pub(super) fn failed(&mut self, permit: Permit, now: Instant) -> bool {
        if permit != Permit(self.epoch) {
            // Asked before the last change: many fail together, and are one failure.
            return false;
        }
        self.epoch = self.epoch.wrapping_add(1);
        let opens = self.open.is_none();
        let length = self
            .open
            .map_or(SHORTEST, |pause| pause.length.saturating_mul(2))
            .min(self.longest);
        self.open = Some(Pause {
            until: now + length,
            length,
        });
        opens
    }
}

const SHORTEST: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(1);

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn one_failure_opens_and_one_success_closes() {
        let (mut breaker, start) = (Breaker::new(LONGEST), Instant::now());
        let permit = breaker.admit(start).unwrap();
        assert!(breaker.failed(permit, start));
        assert_eq!(breaker.admit(start + ms(99)), None);
        assert!(breaker.admit(start + ms(100)).is_some());
        assert!(breaker.succeeded());
        assert!(!breaker.succeeded());
        assert!(breaker.admit(start + ms(100)).is_some());
    }

    #[test]
    fn an_open_breaker_lets_one_probe_through_at_a_time() {
        let (mut breaker, start) = (Breaker::new(LONGEST), Instant::now());
        let permit = breaker.admit(start).unwrap();
        breaker.failed(permit, start);
        assert!(breaker.admit(start + ms(100)).is_some());
        // The probe is lost: another one comes a pause later.
        assert_eq!(breaker.admit(start + ms(199)), None);
        assert!(breaker.admit(start + ms(200)).is_some());
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let (mut breaker, mut now) = (Breaker::new(LONGEST), Instant::now());
        for want in [100, 200, 400, 800, 1000, 1000] {
            let permit = breaker.admit(now).unwrap();
            breaker.failed(permit, now);
            assert_eq!(breaker.admit(now + ms(want - 1)), None, "{want}");
            now += ms(want);
        }
    }

    #[test]
    fn many_that_fail_together_are_one_failure() {
        let (mut breaker, start) = (Breaker::new(LONGEST), Instant::now());
        let permits: Vec<_> = (0..50).map(|_| breaker.admit(start).unwrap()).collect();
        let opened = permits
            .into_iter()
            .filter(|permit| breaker.failed(*permit, start))
            .count();
        assert_eq!(opened, 1);
        assert!(breaker.admit(start + ms(100)).is_some());
    }
}

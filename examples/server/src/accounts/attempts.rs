//! How often one may try: a pure count in memory.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use flaskflix_core::time::UnixMillis;

use crate::settings::Rate;

/// Counts tries by subject (an account, an address) with the generic cell rate algorithm: a burst of the whole count, then
/// one more every `per / count`.
///
/// Counts live in memory: a restart forgets them, which an attacker cannot cause. Several nodes count together in `tries`.
#[derive(Debug)]
pub(super) struct Attempts {
    /// What one try costs, and the most that may be owed, in milliseconds.
    cost: u64,
    limit: u64,
    /// Until when the tries of each subject are paid for, in milliseconds since the epoch.
    paid_until: Mutex<HashMap<String, u64>>,
}

/// Too many tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany {
    /// How long until the next one is allowed.
    pub(super) retry_after: Duration,
}

impl Attempts {
    pub(super) fn new(rate: Rate) -> Self {
        let per = u64::try_from(rate.per.as_millis()).unwrap_or(u64::MAX);
        let count = u64::from(rate.count.get());
        Self {
            cost: (per / count).max(1),
            limit: per,
            paid_until: Mutex::default(),
        }
    }

    /// Takes one try of this subject. A try that is refused is not counted.
    pub(super) fn take(&self, subject: &str, now: UnixMillis) -> Result<(), TooMany> {
        let now = now.as_millis();
        let mut paid_until = self.paid_until.lock().unwrap_or_else(PoisonError::into_inner);
        let next = paid_until
            .get(subject)
            .copied()
            .unwrap_or(0)
            .max(now)
            .saturating_add(self.cost);
        let owed = next.saturating_sub(now);
        if owed > self.limit {
            let retry_after = Duration::from_millis(owed.saturating_sub(self.limit));
            return Err(TooMany { retry_after });
        }
        if paid_until.len() >= MAX_SUBJECTS {
            make_room(&mut paid_until, now);
        }
        paid_until.insert(subject.to_owned(), next);
        Ok(())
    }

    /// Forgets the tries of a subject: it has shown who it is.
    pub(super) fn forgive(&self, subject: &str) {
        self.paid_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(subject);
    }
}

/// Forgets who owes nothing any more; and if that is nobody, the half that owes least.
fn make_room(paid_until: &mut HashMap<String, u64>, now: u64) {
    paid_until.retain(|_, until| *until > now);
    if paid_until.len() >= MAX_SUBJECTS {
        drop_lower_half(paid_until);
    }
}

fn drop_lower_half(times: &mut HashMap<String, u64>) {
    let mut sorted: Vec<u64> = times.values().copied().collect();
    sorted.sort_unstable();
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(u64::MAX);
    times.retain(|_, time| *time > middle);
}

/// From where accounts were logged in to before, and when last. In memory: a restart forgets it.
#[derive(Debug, Default)]
pub(super) struct Homes(Mutex<HashMap<String, u64>>);

impl Homes {
    pub(super) fn contain(&self, home: &str) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(home)
    }

    /// Remembers a home; when there are too many, those that were not used for the longest time are forgotten.
    pub(super) fn remember(&self, home: String, now: UnixMillis) {
        let mut homes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if homes.len() >= MAX_SUBJECTS {
            drop_lower_half(&mut homes);
        }
        homes.insert(home, now.as_millis());
    }
}

/// More subjects at once are no people: some 10 MB.
const MAX_SUBJECTS: usize = 100_000;

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn attempts(count: u32, secs: u64) -> Attempts {
        Attempts::new(Rate {
            count: NonZeroU32::new(count).unwrap(),
            per: Duration::from_secs(secs),
        })
    }

    fn at(secs: u64) -> UnixMillis {
        UnixMillis::from_millis(secs * 1000)
    }

    #[test]
    fn the_count_may_be_used_at_once_and_then_comes_back_bit_by_bit() {
        let attempts = attempts(10, 600);
        for _ in 0..10 {
            assert_eq!(attempts.take("anna", at(0)), Ok(()));
        }
        let retry_after = Duration::from_secs(60);
        assert_eq!(attempts.take("anna", at(0)), Err(TooMany { retry_after }));
        assert_eq!(attempts.take("bert", at(0)), Ok(()), "subjects do not share");
        assert_eq!(attempts.take("anna", at(60)), Ok(()));
        assert!(attempts.take("anna", at(60)).is_err());
        for _ in 0..10 {
            assert_eq!(attempts.take("anna", at(660)), Ok(()));
        }
    }

    #[test]
    fn whoever_waits_as_told_is_let_in() {
        let attempts = attempts(3, 10);
        let mut now = 0;
        for _ in 0..50 {
            if let Err(TooMany { retry_after }) = attempts.take("anna", UnixMillis::from_millis(now)) {
                now += u64::try_from(retry_after.as_millis()).unwrap();
                assert_eq!(attempts.take("anna", UnixMillis::from_millis(now)), Ok(()));
            }
        }
        assert!(now > 0);
    }

    #[test]
    fn forgiven_is_forgotten() {
        let attempts = attempts(1, 60);
        assert!(attempts.take("anna", at(0)).is_ok() && attempts.take("anna", at(0)).is_err());
        attempts.forgive("anna");
        assert!(attempts.take("anna", at(0)).is_ok());
    }

    #[test]
    fn homes_that_are_used_are_remembered() {
        let homes = Homes::default();
        for home in 0..u64::try_from(MAX_SUBJECTS).unwrap() + 10 {
            homes.remember(home.to_string(), at(home));
        }
        let newest = (MAX_SUBJECTS + 9).to_string();
        assert!(homes.contain(&newest) && !homes.contain("0"));
        assert!(homes.0.lock().unwrap().len() <= MAX_SUBJECTS);
    }

    #[test]
    fn memory_is_bounded() {
        let attempts = attempts(10, 600);
        for subject in 0..MAX_SUBJECTS + 10 {
            assert!(attempts.take(&subject.to_string(), at(0)).is_ok());
        }
        assert!(attempts.paid_until.lock().unwrap().len() <= MAX_SUBJECTS);
    }
}

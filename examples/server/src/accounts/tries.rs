//! How often one may try, counted by all nodes together.

use std::time::Duration;

use flaskflix_core::{
    access::{Quota, Rate as Quotas},
    time::UnixMillis,
};
use flaskflix_storage::redis::{Redis, RedisRates, RedisValues, WhenAway};
use sha2::{Digest as _, Sha256};

use super::attempts::{Attempts, Homes, TooMany};
use crate::settings::Rate;

/// The Redis that nodes share, and what holds while it is away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SharedCounts<'a> {
    pub(crate) redis: &'a Redis,
    pub(crate) when_away: WhenAway,
}

/// Tries of one kind: in Redis when there is one, else in memory.
///
/// While Redis is away each node counts for itself, or refuses, as the setting says.
#[derive(Debug)]
pub(crate) struct Tries {
    rate: Quotas,
    here: Attempts,
    shared: Option<RedisRates>,
    /// A part of the keys in Redis.
    kind: &'static str,
    when_away: WhenAway,
}

/// Why one may not try now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotNow {
    TooMany {
        retry_after: Duration,
    },
    /// Nobody can tell how many there were.
    Away,
}

impl Tries {
    pub(crate) fn new(kind: &'static str, rate: Rate, shared: Option<SharedCounts<'_>>) -> Self {
        Self {
            rate: Quotas::new(rate.count.get(), rate.per),
            here: Attempts::new(rate),
            shared: shared.map(|shared| RedisRates::new(shared.redis)),
            kind,
            when_away: shared.map_or(WhenAway::Allow, |shared| shared.when_away),
        }
    }

    /// Takes one try of this subject. A try that is refused is not counted. `now` counts in memory only: Redis has its own.
    pub(crate) async fn take(&self, subject: &str, now: UnixMillis) -> Result<(), NotNow> {
        if let Some(shared) = &self.shared {
            match shared.take(self.kind, subject, self.rate).await {
                Ok(Quota::Within) => return Ok(()),
                Ok(Quota::Exceeded { retry_after }) => return Err(NotNow::TooMany { retry_after }),
                Err(_) if self.when_away == WhenAway::Refuse => return Err(NotNow::Away),
                // Told to the log where the breaker opens.
                Err(_) => {}
            }
        }
        let taken = self.here.take(subject, now);
        taken.map_err(|TooMany { retry_after }| NotNow::TooMany { retry_after })
    }

    /// Forgets the tries of a subject: it has shown who it is.
    pub(crate) async fn forgive(&self, subject: &str) {
        self.here.forgive(subject);
        if let Some(shared) = &self.shared {
            // If it fails, they come back bit by bit all the same.
            let _ = shared.forgive(self.kind, subject).await;
        }
    }
}

/// From where accounts were logged in to before, on whatever node.
#[derive(Debug)]
pub(crate) struct KnownHomes {
    here: Homes,
    shared: Option<RedisValues>,
}

impl KnownHomes {
    pub(crate) fn new(shared: Option<SharedCounts<'_>>) -> Self {
        Self {
            here: Homes::default(),
            shared: shared.map(|shared| RedisValues::new(shared.redis, "home")),
        }
    }

    pub(crate) async fn contain(&self, home: &str) -> bool {
        if self.here.contain(home) {
            return true;
        }
        match &self.shared {
            // Away: not known here, and so counted with the strangers.
            Some(shared) => matches!(shared.get(&name(home)).await, Ok(Some(_))),
            None => false,
        }
    }

    pub(crate) async fn remember(&self, home: String, now: UnixMillis) {
        if let Some(shared) = &self.shared {
            // If it fails, this node knows it.
            let _ = shared.put(&name(&home), b"", REMEMBERED).await;
        }
        self.here.remember(home, now);
    }
}

/// What stands in the key for a home: an account and an address are nobody else's business.
fn name(home: &str) -> String {
    let hash = Sha256::digest(home.as_bytes());
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// How long a home is known without another log-in from there.
const REMEMBERED: Duration = Duration::from_hours(90 * 24);

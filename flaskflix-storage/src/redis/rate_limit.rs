//! Quotas that several nodes share.

use std::{sync::LazyLock, time::Duration};

use ::redis::Script;
use async_trait::async_trait;
use flaskflix_core::access::{AccessError, Action, Quota, Rate, RateLimit, Rates, Subject};

use super::{Redis, RedisError, WhenAway, keys};

/// Counts by the generic cell rate algorithm, by the clock of Redis: what [`RedisRateLimit`] stands on, for an application's own
/// quotas (log-ins, registrations).
///
/// # Cost
/// One round trip; one key of some 100 bytes for a subject that has used its quota lately.
#[derive(Debug, Clone)]
pub struct RedisRates {
    redis: Redis,
}

impl RedisRates {
    /// Counts in this Redis.
    #[must_use]
    pub fn new(redis: &Redis) -> Self {
        Self { redis: redis.clone() }
    }

    /// Takes one request of a subject from its quota. `counter` names what is counted; subjects are hashed in keys.
    ///
    /// # Errors
    /// [`RedisError`] when it cannot be counted now.
    pub async fn take(&self, counter: &str, subject: &str, rate: Rate) -> Result<Quota, RedisError> {
        // Redis counts in doubles, which hold microseconds exactly until the year 2255.
        let most = u64::try_from(rate.per.min(LONGEST).as_micros()).unwrap_or(u64::MAX);
        let cost = (most / u64::from(rate.count.get())).max(1);
        let key = self.key(counter, subject);
        let wait: u64 = self
            .redis
            .call("rate_limit", |mut connection| async move {
                let mut script = RATE.key(key);
                script.arg(cost).arg(most.max(cost));
                script.invoke_async(&mut connection).await
            })
            .await?;
        Ok(match wait {
            0 => Quota::Within,
            micros => Quota::Exceeded {
                retry_after: Duration::from_micros(micros),
            },
        })
    }

    /// Makes the quota of a subject whole again.
    ///
    /// # Errors
    /// [`RedisError`] when it cannot be done now.
    pub async fn forgive(&self, counter: &str, subject: &str) -> Result<(), RedisError> {
        let key = self.key(counter, subject);
        self.redis
            .call("rate_limit", |mut connection| async move {
                ::redis::cmd("DEL").arg(key).query_async(&mut connection).await
            })
            .await
    }

    fn key(&self, counter: &str, subject: &str) -> String {
        format!("{}rate:{counter}:{}", self.redis.prefix(), keys::subject(subject))
    }
}

/// A [`RateLimit`] that all nodes share.
///
/// # Defaults
/// * quotas: [`Rates::default`]
/// * [`when_away`](Self::when_away): [`WhenAway::Allow`], nobody is counted. Quotas keep abuse small; an outage of Redis must
///   not become one of the films
///
/// # Cost
/// One round trip for each request that has a quota.
#[derive(Debug, Clone)]
pub struct RedisRateLimit {
    counts: RedisRates,
    rates: Rates,
    when_away: WhenAway,
}

impl RedisRateLimit {
    /// Counts in this Redis against these quotas.
    #[must_use]
    pub fn new(redis: &Redis, rates: Rates) -> Self {
        Self {
            counts: RedisRates::new(redis),
            rates,
            when_away: WhenAway::Allow,
        }
    }

    /// Sets what is done while Redis is away. Default: [`WhenAway::Allow`].
    #[must_use]
    pub const fn when_away(mut self, when_away: WhenAway) -> Self {
        self.when_away = when_away;
        self
    }
}

#[async_trait]
impl RateLimit for RedisRateLimit {
    async fn take(&self, action: Action, subject: &Subject) -> Result<Quota, AccessError> {
        let Some(rate) = self.rates.of(action, subject) else {
            return Ok(Quota::Within);
        };
        let counter = match action {
            Action::Mint => "mint",
            Action::Progress => "progress",
            // Whatever is to come has no quota here.
            _ => return Ok(Quota::Within),
        };
        let subject = match subject {
            Subject::Viewer(viewer) => format!("viewer {}", viewer.as_str()),
            Subject::Address(address) => format!("address {address}"),
            _ => return Ok(Quota::Within),
        };
        match self.counts.take(counter, &subject, rate).await {
            Err(_) if self.when_away == WhenAway::Allow => Ok(Quota::Within),
            taken => Ok(taken?),
        }
    }
}

static RATE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/rate.lua")));

/// Longest time that a quota is for.
const LONGEST: Duration = Duration::from_hours(366 * 24);

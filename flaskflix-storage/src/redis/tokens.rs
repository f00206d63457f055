//! Opaque tokens that every node knows.

use std::{
    fmt,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use flaskflix_core::token::{StoreError, TokenKey, TokenStore};
use moka::future::Cache;

use super::{Redis, WhenAway};

/// A [`TokenStore`] in Redis: `SETEX stream_token:{sha256 of the token} 14400 {signed token}`.
///
/// While Redis is away new tokens cannot be made and unknown ones open nothing (503): nobody can tell what they stand for.
///
/// # Defaults
/// * [`remembered_for`](Self::remembered_for): 60 s
/// * [`when_away`](Self::when_away): [`WhenAway::Refuse`], also what a node met longer ago than that
///
/// # Cost
/// One round trip when a node meets a token, then one a minute; some 700 bytes for each token that it remembers, 20,000 at most.
#[derive(Clone)]
pub struct RedisTokens {
    redis: Redis,
    remembered_for: Duration,
    when_away: WhenAway,
    met: Cache<TokenKey, Met>,
}

/// A token that was found.
#[derive(Clone)]
struct Met {
    signed: String,
    /// Until when nobody asks again.
    fresh_until: Instant,
    expires: Instant,
}

impl RedisTokens {
    /// Tokens in this Redis.
    #[must_use]
    pub fn new(redis: &Redis) -> Self {
        Self {
            redis: redis.clone(),
            remembered_for: Duration::from_mins(1),
            when_away: WhenAway::Refuse,
            met: Cache::new(MOST_MET),
        }
    }

    /// Sets how long a node remembers a token that it has met. Default: 60 s. Longer spares round trips and carries running films
    /// over a longer outage; shorter lets [`remove`](TokenStore::remove) take effect sooner on other nodes. To stop a token at once
    /// everywhere, revoke it.
    #[must_use]
    pub const fn remembered_for(mut self, time: Duration) -> Self {
        self.remembered_for = time;
        self
    }

    /// Sets what is done with a token that this node met, but not lately, while Redis is away. Default: [`WhenAway::Refuse`].
    /// [`WhenAway::Allow`] carries running films over an outage of any length, until their tokens expire; what others
    /// [`remove`](TokenStore::remove) meanwhile opens on here. What a node has never met is refused either way.
    #[must_use]
    pub const fn when_away(mut self, when_away: WhenAway) -> Self {
        self.when_away = when_away;
        self
    }

    fn just_met(&self, signed: &str, left_millis: i64) -> Met {
        let left = Duration::from_millis(u64::try_from(left_millis).unwrap_or(0));
        let now = Instant::now();
        Met {
            signed: signed.to_owned(),
            fresh_until: now + left.min(self.remembered_for),
            expires: now + left,
        }
    }

    fn key(&self, key: &TokenKey) -> String {
        format!("{}stream_token:{key}", self.redis.prefix())
    }
}

#[async_trait]
impl TokenStore for RedisTokens {
    async fn put(&self, key: &TokenKey, signed: &str, ttl: Duration) -> Result<(), StoreError> {
        let secs = ttl
            .as_secs()
            .saturating_add(u64::from(ttl.subsec_nanos() > 0))
            .max(1);
        let mut command = ::redis::cmd("SETEX");
        command.arg(self.key(key)).arg(secs).arg(signed);
        self.redis
            .call("tokens", |mut connection| async move {
                command.query_async::<()>(&mut connection).await
            })
            .await?;
        Ok(())
    }

    async fn get(&self, key: &TokenKey) -> Result<Option<String>, StoreError> {
        let met = self.met.get(key).await;
        let met = met.filter(|met| Instant::now() < met.expires);
        if let Some(met) = &met
            && Instant::now() < met.fresh_until
        {
            return Ok(Some(met.signed.clone()));
        }
        let name = self.key(key);
        let asked = self
            .redis
            .call("tokens", |mut connection| async move {
                let mut both = ::redis::pipe();
                both.cmd("GET").arg(&name).cmd("PTTL").arg(&name);
                both.query_async(&mut connection).await
            })
            .await;
        let (signed, left): (Option<String>, i64) = match (asked, met) {
            (Err(_), Some(met)) if self.when_away == WhenAway::Allow => return Ok(Some(met.signed)),
            (asked, _) => asked?,
        };
        match &signed {
            Some(signed) => self.met.insert(*key, self.just_met(signed, left)).await,
            None => self.met.invalidate(key).await,
        }
        Ok(signed)
    }

    async fn remove(&self, key: &TokenKey) -> Result<(), StoreError> {
        self.met.invalidate(key).await;
        let mut command = ::redis::cmd("DEL");
        command.arg(self.key(key));
        self.redis
            .call("tokens", |mut connection| async move {
                command.query_async::<()>(&mut connection).await
            })
            .await?;
        Ok(())
    }
}

impl fmt::Debug for RedisTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The texts open films: omitted.
        f.debug_struct("RedisTokens")
            .field("redis", &self.redis)
            .field("remembered_for", &self.remembered_for)
            .field("when_away", &self.when_away)
            .finish_non_exhaustive()
    }
}

/// Most tokens that a node remembers.
const MOST_MET: u64 = 20_000;

//! Small values that expire: sessions.

use std::time::Duration;

use super::{Redis, RedisError};

/// Values under names, each until it expires by the clock of Redis. For what an application keeps for a while, sessions above
/// all; while Redis is away nothing is found and nothing kept.
///
/// Names stand in keys as they are: give a hash where a name is secret.
///
/// # Cost
/// One round trip for each call.
#[derive(Debug, Clone)]
pub struct RedisValues {
    redis: Redis,
    kind: &'static str,
}

impl RedisValues {
    /// Values of one kind, which is a part of their keys.
    #[must_use]
    pub fn new(redis: &Redis, kind: &'static str) -> Self {
        Self {
            redis: redis.clone(),
            kind,
        }
    }

    /// Keeps a value under a name that has none. Says whether it had none.
    ///
    /// # Errors
    /// [`RedisError`] when it is not known to be kept.
    pub async fn insert(&self, name: &str, value: &[u8], ttl: Duration) -> Result<bool, RedisError> {
        self.set(name, value, ttl, Some("NX")).await
    }

    /// Keeps a value under a name that has one. Says whether it had one: what was removed is never brought back.
    ///
    /// # Errors
    /// As for [`insert`](Self::insert).
    pub async fn replace(&self, name: &str, value: &[u8], ttl: Duration) -> Result<bool, RedisError> {
        self.set(name, value, ttl, Some("XX")).await
    }

    /// Keeps a value under a name, whatever was there.
    ///
    /// # Errors
    /// As for [`insert`](Self::insert).
    pub async fn put(&self, name: &str, value: &[u8], ttl: Duration) -> Result<(), RedisError> {
        self.set(name, value, ttl, None).await.map(|_| ())
    }

    /// The value under a name.
    ///
    /// # Errors
    /// [`RedisError`] when it cannot be told now.
    pub async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, RedisError> {
        let key = self.key(name);
        self.redis
            .call(self.kind, |mut connection| async move {
                ::redis::cmd("GET").arg(key).query_async(&mut connection).await
            })
            .await
    }

    /// Removes a value. Says whether there was one.
    ///
    /// # Errors
    /// [`RedisError`] when it is not known to be gone.
    pub async fn remove(&self, name: &str) -> Result<bool, RedisError> {
        let key = self.key(name);
        self.redis
            .call(self.kind, |mut connection| async move {
                ::redis::cmd("DEL").arg(key).query_async(&mut connection).await
            })
            .await
    }

    async fn set(
        &self,
        name: &str,
        value: &[u8],
        ttl: Duration,
        when: Option<&str>,
    ) -> Result<bool, RedisError> {
        let ttl = u64::try_from(ttl.as_millis())
            .unwrap_or(u64::MAX)
            .clamp(1, LONGEST_MILLIS);
        let mut command = ::redis::cmd("SET");
        command
            .arg(self.key(name))
            .arg(value)
            .arg("PX")
            .arg(ttl)
            .arg(when);
        let done: Option<String> = self
            .redis
            .call(self.kind, |mut connection| async move {
                command.query_async(&mut connection).await
            })
            .await?;
        Ok(done.is_some())
    }

    fn key(&self, name: &str) -> String {
        format!("{}{}:{name}", self.redis.prefix(), self.kind)
    }
}

/// A hundred years: Redis refuses times near the end of its numbers.
const LONGEST_MILLIS: u64 = 100 * 366 * 24 * 60 * 60 * 1000;

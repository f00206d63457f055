//! Revocations that every node learns of.

use std::{
    fmt,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

use ::redis::Script;
use async_trait::async_trait;
use flaskflix_core::{
    access::{AccessError, Revocation, RevocationList, Revocations},
    token::Grant,
};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex as AsyncMutex;

use super::{Redis, RedisError, WhenAway, keys, revocation_text};

/// [`Revocations`] in Redis: a log that every node follows. Each node holds the whole list, so a request costs no round trip; it
/// asks for what is new when its list is a second old.
///
/// A revocation holds on every node within [`max_staleness`](Self::max_staleness) as long as Redis answers, and at once on the node
/// that made it.
///
/// # Defaults
/// * [`max_staleness`](Self::max_staleness): 3 s
/// * [`when_away`](Self::when_away): [`WhenAway::Allow`], with the list that is known
///
/// # Cost
/// One round trip a second for each node, made by one of its requests; about 100 bytes for a revocation whose tokens have not
/// expired.
#[derive(Clone)]
pub struct RedisRevocations {
    redis: Redis,
    max_staleness: Duration,
    when_away: WhenAway,
    replica: Arc<Replica>,
}

/// What a node knows of the log.
#[derive(Default)]
struct Replica {
    known: Mutex<Known>,
    /// Held by who asks for what is new.
    asking: AsyncMutex<()>,
}

#[derive(Default)]
struct Known {
    list: RevocationList,
    /// When the end of the log was last seen.
    fresh_at: Option<Instant>,
    epoch: String,
    sequence: String,
}

/// What the log says: its epoch, the time, and rows with their sequences.
type News = (String, String, Vec<(String, String)>);

impl RedisRevocations {
    /// The revocations of this Redis.
    #[must_use]
    pub fn new(redis: &Redis) -> Self {
        Self {
            redis: redis.clone(),
            max_staleness: Duration::from_secs(3),
            when_away: WhenAway::Allow,
            replica: Arc::default(),
        }
    }

    /// Sets how old the list of a node may be before a request waits for what is new. Default: 3 s. A third of it after the last
    /// time one request asks, and no other waits. Shorter stops revoked tokens sooner, longer asks less.
    #[must_use]
    pub const fn max_staleness(mut self, staleness: Duration) -> Self {
        self.max_staleness = staleness;
        self
    }

    /// Sets what is done when the list is older than that and Redis is away. Default: [`WhenAway::Allow`]: what is on the list stays
    /// refused, what was revoked since is not known.
    #[must_use]
    pub const fn when_away(mut self, when_away: WhenAway) -> Self {
        self.when_away = when_away;
        self
    }

    /// Makes the list young enough to answer by.
    async fn refresh(&self) -> Result<(), RedisError> {
        let (soon, late) = (self.max_staleness / 3, self.max_staleness);
        if self.is_younger_than(soon) {
            return Ok(());
        }
        let _asking = match self.replica.asking.try_lock() {
            Ok(asking) => asking,
            // Somebody asks already, and the list still does.
            Err(_) if self.is_younger_than(late) => return Ok(()),
            Err(_) => self.replica.asking.lock().await,
        };
        if self.is_younger_than(soon) {
            return Ok(());
        }
        match self.follow().await {
            Err(_) if self.is_younger_than(late) => Ok(()),
            followed => followed,
        }
    }

    /// Reads the log up to its end.
    async fn follow(&self) -> Result<(), RedisError> {
        loop {
            let asked_at = Instant::now();
            let (epoch, sequence) = self.with_known(|known| (known.epoch.clone(), known.sequence.clone()));
            let keys = keys::revocations(self.redis.prefix());
            let (epoch, now, rows): News = self
                .redis
                .call("revocations", |mut connection| async move {
                    let mut script = REVOKED.prepare_invoke();
                    keys.iter().for_each(|key| {
                        script.key(key);
                    });
                    script.arg(epoch).arg(sequence).arg(ROWS);
                    script.invoke_async(&mut connection).await
                })
                .await?;
            let is_end = rows.len() < ROWS;
            self.with_known(|known| known.learn(epoch, &now, &rows, is_end.then_some(asked_at)));
            if is_end {
                return Ok(());
            }
        }
    }

    fn is_younger_than(&self, age: Duration) -> bool {
        self.with_known(|known| known.fresh_at.is_some_and(|at| at.elapsed() < age))
    }

    fn with_known<T>(&self, f: impl FnOnce(&mut Known) -> T) -> T {
        f(&mut self.replica.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    /// Takes news in. What is known stays, also when Redis has lost it.
    fn learn(&mut self, epoch: String, now: &str, rows: &[(String, String)], fresh_at: Option<Instant>) {
        for (row, sequence) in rows {
            if let Some((until, revocation)) = revocation_text::read(row) {
                self.list.insert(revocation, until);
            }
            self.sequence.clone_from(sequence);
        }
        if epoch != self.epoch && rows.is_empty() {
            // Another log, and nothing in it yet.
            "0".clone_into(&mut self.sequence);
        }
        self.epoch = epoch;
        if let Some(now) = revocation_text::micros(now) {
            self.list.sweep(now);
        }
        if fresh_at.is_some() {
            self.fresh_at = fresh_at;
        }
    }
}

#[async_trait]
impl Revocations for RedisRevocations {
    async fn is_revoked(&self, grant: &Grant) -> Result<bool, AccessError> {
        let refreshed = self.refresh().await;
        let is_revoked = self.with_known(|known| known.list.covers(grant));
        match refreshed {
            Err(error) if !is_revoked && self.when_away == WhenAway::Refuse => Err(error.into()),
            _ => Ok(is_revoked),
        }
    }

    async fn revoke(&self, revocation: &Revocation, lifetime: Duration) -> Result<(), AccessError> {
        let row = revocation_text::write(revocation)
            .ok_or_else(|| AccessError::new("this cannot be revoked here"))?;
        let lifetime = u64::try_from(lifetime.min(LONGEST).as_micros()).unwrap_or(u64::MAX);
        let keys = keys::revocations(self.redis.prefix());
        let epoch = new_epoch(&row);
        let until: String = self
            .redis
            .call("revocations", |mut connection| async move {
                let mut script = REVOKE.prepare_invoke();
                keys.iter().for_each(|key| {
                    script.key(key);
                });
                script.arg(row).arg(lifetime).arg(epoch);
                script.invoke_async(&mut connection).await
            })
            .await?;
        if let Some(until) = revocation_text::micros(&until) {
            self.with_known(|known| known.list.insert(revocation.clone(), until));
        }
        Ok(())
    }
}

impl fmt::Debug for RedisRevocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRevocations")
            .field("redis", &self.redis)
            .field("max_staleness", &self.max_staleness)
            .field("when_away", &self.when_away)
            .finish_non_exhaustive()
    }
}

/// The name of a log that is begun with this row now, by this process.
fn new_epoch(row: &str) -> String {
    let text = format!("{row} {:?} {}", Instant::now(), std::process::id());
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

static REVOKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/revoke.lua")));
static REVOKED: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/revoked.lua")));

/// Most rows that are read at once.
const ROWS: usize = 2000;
/// Longest time that a revocation is kept: as long as a token can live.
const LONGEST: Duration = flaskflix_core::token::MAX_TTL;

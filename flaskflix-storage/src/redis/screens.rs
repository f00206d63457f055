//! Screens that every node counts together.

use std::{fmt, num::NonZeroU32, sync::LazyLock, time::Duration};

use ::redis::Script;
use async_trait::async_trait;
use flaskflix_core::{
    access::{AccessError, Lease, Opening, Playback, Screen, ScreenId, Screens},
    id::{TitleId, ViewerId},
    time::UnixMillis,
};
use moka::future::Cache;

use super::{Redis, RedisError, WhenAway, keys};

/// [`Screens`] in Redis: one script for each step, by the clock of Redis, so that nodes cannot disagree.
///
/// # Defaults
/// * [`lease`](Self::lease): 60 s
/// * [`renewed_after`](Self::renewed_after): 5 s
/// * [`when_away`](Self::when_away): [`WhenAway::Allow`], everybody may watch
///
/// # Cost
/// One round trip when a token is minted, and one every 5 s for a screen that plays; some 500 bytes for a viewer.
#[derive(Clone)]
pub struct RedisScreens {
    redis: Redis,
    limit: NonZeroU32,
    lease: Duration,
    when_away: WhenAway,
    /// Screens that were renewed a moment ago, through this node.
    renewed: Cache<(ViewerId, ScreenId), ()>,
}

impl RedisScreens {
    /// At most `limit` screens for each viewer.
    #[must_use]
    pub fn new(redis: &Redis, limit: NonZeroU32) -> Self {
        Self {
            redis: redis.clone(),
            limit,
            lease: Duration::from_mins(1),
            when_away: WhenAway::Allow,
            renewed: renewed_for(Duration::from_secs(5)),
        }
    }

    /// Sets how long a screen is held that is not heard of. Default: 60 s. Longer keeps the place of who pauses, shorter frees
    /// that of a player which vanished without a word.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets for how long a node does not ask again about a screen that it has renewed. Default: 5 s. It is the time within which
    /// a screen that was ended stops on every node; keep it well below the lease.
    #[must_use]
    pub fn renewed_after(mut self, time: Duration) -> Self {
        self.renewed = renewed_for(time);
        self
    }

    /// Sets what is done while Redis is away. Default: [`WhenAway::Allow`].
    #[must_use]
    pub const fn when_away(mut self, when_away: WhenAway) -> Self {
        self.when_away = when_away;
        self
    }

    async fn take(&self, viewer: &ViewerId, playback: &Playback) -> Result<Opening, RedisError> {
        let (limit, lifetime) = (self.limit.get(), micros(playback.lifetime));
        let more = [
            limit.to_string(),
            lifetime.to_string(),
            playback.title.as_str().to_owned(),
        ];
        let (verdict, rows) = self.step("take", viewer, playback.screen, more.to_vec()).await?;
        let opening = match &*verdict {
            "opened" => Opening::Opened,
            "full" => Opening::Full {
                screens: screens(rows),
            },
            _ => Opening::Ended,
        };
        if opening == Opening::Opened {
            self.renewed.insert((viewer.clone(), playback.screen), ()).await;
        }
        Ok(opening)
    }

    async fn step(
        &self,
        step: &'static str,
        viewer: &ViewerId,
        screen: ScreenId,
        more: Vec<String>,
    ) -> Result<(String, Vec<Row>), RedisError> {
        let keys = keys::screens(self.redis.prefix(), viewer);
        let (lease, screen) = (micros(self.lease), screen.to_string());
        self.redis
            .call("screens", |mut connection| async move {
                let mut script = STEP.prepare_invoke();
                keys.iter().for_each(|key| {
                    script.key(key);
                });
                script.arg(step).arg(lease).arg(screen).arg(more);
                script.invoke_async(&mut connection).await
            })
            .await
    }

    /// What holds while Redis is away.
    fn unless_away<T>(&self, asked: Result<T, RedisError>, allowed: T) -> Result<T, AccessError> {
        match asked {
            Err(_) if self.when_away == WhenAway::Allow => Ok(allowed),
            asked => Ok(asked?),
        }
    }
}

#[async_trait]
impl Screens for RedisScreens {
    async fn open(&self, viewer: &ViewerId, playback: &Playback) -> Result<Opening, AccessError> {
        let taken = self.take(viewer, playback).await;
        self.unless_away(taken, Opening::Opened)
    }

    async fn renew(&self, viewer: &ViewerId, playback: &Playback) -> Result<Lease, AccessError> {
        if self.renewed.contains_key(&(viewer.clone(), playback.screen)) {
            return Ok(Lease::Held);
        }
        let taken = self.take(viewer, playback).await;
        Ok(match self.unless_away(taken, Opening::Opened)? {
            Opening::Opened => Lease::Held,
            Opening::Full { .. } | Opening::Ended => Lease::Ended,
        })
    }

    async fn list(&self, viewer: &ViewerId) -> Result<Vec<Screen>, AccessError> {
        let nobody = ScreenId::from_bytes([0; 8]);
        let (_, rows) = self.step("list", viewer, nobody, Vec::new()).await?;
        Ok(screens(rows))
    }

    async fn release(&self, viewer: &ViewerId, screen: ScreenId) -> Result<bool, AccessError> {
        self.renewed.invalidate(&(viewer.clone(), screen)).await;
        let (verdict, _) = self.step("release", viewer, screen, Vec::new()).await?;
        Ok(verdict == "held")
    }

    async fn end(&self, viewer: &ViewerId, screen: ScreenId) -> Result<bool, AccessError> {
        let (verdict, _) = self.step("end", viewer, screen, Vec::new()).await?;
        self.renewed.invalidate(&(viewer.clone(), screen)).await;
        Ok(verdict == "held")
    }
}

impl fmt::Debug for RedisScreens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Who watches is personal data: omitted.
        f.debug_struct("RedisScreens")
            .field("redis", &self.redis)
            .field("limit", &self.limit)
            .field("lease", &self.lease)
            .field("when_away", &self.when_away)
            .finish_non_exhaustive()
    }
}

/// A screen as a script tells it: id, last seen, and `since end-of-tokens title`.
type Row = (String, f64, String);

/// The screens of the rows that are ours, the longest first.
fn screens(rows: Vec<Row>) -> Vec<Screen> {
    let mut screens: Vec<_> = rows
        .into_iter()
        .filter_map(|(id, last_seen, playing)| {
            let mut parts = playing.splitn(3, ' ');
            let since: u64 = parts.next()?.parse().ok()?;
            let title = TitleId::parse(parts.nth(1)?).ok()?;
            let screen = Screen {
                id: ScreenId::parse(&id).ok()?,
                title,
                since: UnixMillis::from_millis(since / 1000),
                last_seen: millis(last_seen),
            };
            Some((since, screen))
        })
        .collect();
    screens.sort_by_key(|(since, screen)| (*since, screen.id));
    screens.into_iter().map(|(_, screen)| screen).collect()
}

/// A score of microseconds: a whole number below 2^53.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and scores are moments of our own"
)]
fn millis(score: f64) -> UnixMillis {
    UnixMillis::from_millis((score / 1000.0) as u64)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.min(LONGEST).as_micros()).unwrap_or(u64::MAX)
}

fn renewed_for(time: Duration) -> Cache<(ViewerId, ScreenId), ()> {
    Cache::builder()
        .max_capacity(MOST_RENEWED)
        .time_to_live(time)
        .build()
}

static STEP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/screens.lua")));

/// Most screens that a node need not ask about.
const MOST_RENEWED: u64 = 100_000;
/// As long as a token can live.
const LONGEST: Duration = flaskflix_core::token::MAX_TTL;

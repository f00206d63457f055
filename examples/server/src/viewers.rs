//! What is known about viewers beside the database: in Redis when several nodes share it, else in memory.

use std::{fmt, num::NonZeroU32, sync::Arc, time::Duration};

use flaskflix_core::{
    access::{AccessError, LogInId, RateLimit, Rates, Revocation, Revocations, Screens},
    id::ViewerId,
    time::Clock,
    token::{MAX_TTL, TokenStore},
};
use flaskflix_http::{
    StreamerBuilder,
    viewer::{LocalRateLimit, ViewerApiBuilder},
};
use flaskflix_storage::{
    memory::{MemoryRevocations, MemoryScreens, MemoryTokens},
    redis::{Redis, RedisRateLimit, RedisRevocations, RedisScreens, RedisTokens},
};

use crate::settings::{Rate, Settings};

/// Quotas, revocations, screens and opaque tokens.
#[derive(Clone)]
pub(crate) struct Viewers {
    /// Whether other processes see what is done here.
    pub(crate) is_shared: bool,
    rate_limit: Arc<dyn RateLimit>,
    revocations: Arc<dyn Revocations>,
    screens: Option<Arc<dyn Screens>>,
    tokens: Option<Arc<dyn TokenStore>>,
    token_ttl: Duration,
}

impl Viewers {
    /// As the settings say. Redis need not be there yet.
    pub(crate) fn open(settings: &Settings, redis: Option<&Redis>, clock: &Arc<dyn Clock>) -> Self {
        let screens = settings.max_screens.and_then(|most| u32::try_from(most).ok());
        let screens = screens.and_then(NonZeroU32::new);
        match redis {
            Some(redis) => Self::in_redis(settings, screens, redis),
            None => Self::in_memory(settings, screens, clock),
        }
    }

    fn in_redis(settings: &Settings, screens: Option<NonZeroU32>, redis: &Redis) -> Self {
        let away = settings.redis_away;
        let limit = RedisRateLimit::new(redis, rates(settings)).when_away(away.rate_limits);
        let screens = screens.map(|most| RedisScreens::new(redis, most).when_away(away.screens));
        let tokens = || RedisTokens::new(redis).when_away(away.opaque_tokens);
        Self {
            is_shared: true,
            rate_limit: Arc::new(limit),
            revocations: Arc::new(RedisRevocations::new(redis).when_away(away.revocations)),
            screens: screens.map(|screens| Arc::new(screens) as _),
            tokens: settings.opaque_tokens.then(|| Arc::new(tokens()) as _),
            token_ttl: settings.token_ttl,
        }
    }

    fn in_memory(settings: &Settings, screens: Option<NonZeroU32>, clock: &Arc<dyn Clock>) -> Self {
        Self {
            is_shared: false,
            rate_limit: Arc::new(LocalRateLimit::with_rates(rates(settings))),
            revocations: Arc::new(MemoryRevocations::new(Arc::clone(clock))),
            screens: screens.map(|most| Arc::new(MemoryScreens::new(most, Arc::clone(clock))) as _),
            tokens: settings
                .opaque_tokens
                .then(|| Arc::new(MemoryTokens::new(Arc::clone(clock))) as _),
            token_ttl: settings.token_ttl,
        }
    }

    /// The streamer asks them.
    pub(crate) fn guard(&self, mut streamer: StreamerBuilder) -> StreamerBuilder {
        streamer = streamer.revocations(Arc::clone(&self.revocations));
        if let Some(screens) = &self.screens {
            streamer = streamer.screens(Arc::clone(screens));
        }
        if let Some(tokens) = &self.tokens {
            streamer = streamer.token_store(Arc::clone(tokens));
        }
        streamer
    }

    /// The viewer's endpoints ask them, too.
    pub(crate) fn serve(&self, mut api: ViewerApiBuilder) -> ViewerApiBuilder {
        api = api
            .rate_limit(Arc::clone(&self.rate_limit))
            .revocations(Arc::clone(&self.revocations));
        if let Some(screens) = &self.screens {
            api = api.screens(Arc::clone(screens));
        }
        if let Some(tokens) = &self.tokens {
            api = api.opaque_tokens(Arc::clone(tokens));
        }
        api
    }

    /// No token that a viewer has got until now opens anything any more.
    ///
    /// # Errors
    /// [`AccessError`] when that is not known to be kept.
    pub(crate) async fn revoke_all_of(&self, viewer: ViewerId, clock: &dyn Clock) -> Result<(), AccessError> {
        let issued_until = clock.now();
        let all = Revocation::Viewer { viewer, issued_until };
        // Not only for as long as tokens live that are minted now: `flaskflix-server token --ttl` and a longer `token_ttl` of
        // yesterday made others.
        self.revocations.revoke(&all, MAX_TTL).await
    }

    /// No token that was minted under this log-in opens anything any more.
    ///
    /// # Errors
    /// As [`revoke_all_of`](Self::revoke_all_of).
    pub(crate) async fn revoke_log_in(&self, viewer: ViewerId, log_in: LogInId) -> Result<(), AccessError> {
        let ended = Revocation::LogIn { viewer, log_in };
        self.revocations.revoke(&ended, self.token_ttl).await
    }
}

impl fmt::Debug for Viewers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Viewers")
            .field("is_shared", &self.is_shared)
            .finish_non_exhaustive()
    }
}

fn rates(settings: &Settings) -> Rates {
    let rate = |rate: Rate| Some(flaskflix_core::access::Rate::new(rate.count.get(), rate.per));
    let mut rates = Rates::unlimited();
    rates.mint_per_viewer = rate(settings.mint_per_viewer);
    rates.mint_per_address = rate(settings.mint_per_address);
    rates.progress_per_viewer = rate(settings.progress_per_viewer);
    rates
}

//! The settings of a [`Redis`](super::Redis).

use std::time::Duration;

/// How Redis is asked.
///
/// # Defaults
/// * [`budget`](Self::budget): 50 ms
/// * [`connect_timeout`](Self::connect_timeout): 2 s
/// * [`longest_pause`](Self::longest_pause): 1 s
/// * [`prefix`](Self::prefix): `flaskflix:`
#[derive(Debug, Clone)]
pub struct RedisOptions {
    pub(super) budget: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) longest_pause: Duration,
    pub(super) prefix: String,
}

impl RedisOptions {
    /// The defaults above.
    #[must_use]
    pub fn new() -> Self {
        Self {
            budget: Duration::from_millis(50),
            connect_timeout: Duration::from_secs(2),
            longest_pause: Duration::from_secs(1),
            prefix: "flaskflix:".to_owned(),
        }
    }

    /// Sets how long a request waits for an answer. Default: 50 ms. Longer forgives a Redis far away, shorter costs viewers less
    /// when it hangs. Keep it well below the 2 s that `flaskflix-http` gives a decision: what takes longer than those is
    /// refused, whatever [`WhenAway`] says.
    #[must_use]
    pub const fn budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    /// Sets how long connecting may take, with TLS and the password. Default: 2 s. No request waits for it longer than the
    /// budget: it goes on in the background.
    #[must_use]
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long an open breaker waits at most before a request probes again. Default: 1 s; it begins with 100 ms and doubles.
    /// Longer spares requests the budget during a long outage, shorter notices its end sooner.
    #[must_use]
    pub const fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest_pause = pause;
        self
    }

    /// Sets what every key begins with. Default: `flaskflix:`. Two sites can share one Redis under two prefixes.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// What is done while Redis is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenAway {
    /// The viewer goes on, uncounted: for what protects the operator's interests.
    Allow,
    /// The request is refused with 503: for what must not be got around.
    Refuse,
}

//! What is kept in Redis, and what holds while it is away.

use flaskflix_storage::redis::WhenAway;

use super::Value;

/// Where sessions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum SessionPlace {
    /// In the database: they outlive every outage of Redis.
    #[default]
    Database,
    /// In Redis: a page asks the database once less, and expiry goes by the clock of Redis.
    Redis,
}

/// What holds while Redis is away, for each use of it. Sessions are not among them: nobody is known then.
///
/// # Defaults
/// * `rate_limits`, `screens`: allow, uncounted. They protect the operator; films should not stop for them
/// * `revocations`: allow, by the list that the node knows
/// * `opaque_tokens`: refuse those that the node has not met in the last minute
/// * `log_ins`: allow, with each node counting for itself
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RedisAway {
    pub(crate) rate_limits: WhenAway,
    pub(crate) screens: WhenAway,
    pub(crate) revocations: WhenAway,
    pub(crate) opaque_tokens: WhenAway,
    pub(crate) log_ins: WhenAway,
}

impl Default for RedisAway {
    fn default() -> Self {
        Self {
            rate_limits: WhenAway::Allow,
            screens: WhenAway::Allow,
            revocations: WhenAway::Allow,
            opaque_tokens: WhenAway::Refuse,
            log_ins: WhenAway::Allow,
        }
    }
}

impl Value for SessionPlace {
    const ALLOWED: &'static str = "database or redis";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "database" => Some(Self::Database),
            "redis" => Some(Self::Redis),
            _ => None,
        }
    }

    fn render(&self) -> String {
        match self {
            Self::Database => "database",
            Self::Redis => "redis",
        }
        .to_owned()
    }
}

impl Value for WhenAway {
    const ALLOWED: &'static str = "allow or refuse";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "allow" => Some(Self::Allow),
            "refuse" => Some(Self::Refuse),
            _ => None,
        }
    }

    fn render(&self) -> String {
        match self {
            Self::Allow => "allow",
            Self::Refuse => "refuse",
        }
        .to_owned()
    }
}

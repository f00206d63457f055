//! What is kept in Redis, and what holds while it is away.

use std::time::Duration;

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

/// How long a request waits for Redis: well below the 2 s that the library gives a decision, which would count as a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RedisBudget(pub(crate) Duration);

impl Default for RedisBudget {
    fn default() -> Self {
        Self(Duration::from_millis(50))
    }
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

impl Value for RedisBudget {
    const ALLOWED: &'static str = "a time from 1ms to 1000ms";

    fn parse(text: &str) -> Option<Self> {
        let millis = text.strip_suffix("ms")?.parse().ok();
        let millis = millis.filter(|millis| (1..=1000).contains(millis))?;
        Some(Self(Duration::from_millis(millis)))
    }

    fn render(&self) -> String {
        format!("{}ms", self.0.as_millis())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_in_milliseconds() {
        assert_eq!(RedisBudget::default().render(), "50ms");
        for text in ["1ms", "50ms", "1000ms"] {
            assert_eq!(RedisBudget::parse(text).unwrap().render(), text);
        }
        for text in ["", "ms", "0ms", "1001ms", "50", "1s", "-1ms", "1.5ms"] {
            assert_eq!(RedisBudget::parse(text), None, "{text:?}");
        }
    }
}

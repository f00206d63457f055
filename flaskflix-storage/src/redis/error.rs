//! Why Redis cannot be used.

use flaskflix_core::{access::AccessError, token::StoreError};

/// A URL that names no Redis. The operator's concern; never shows the URL, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedisUrlError {
    /// Not of the form `redis://[user:password@]host[:port][/number]`, `rediss://...` or `unix:///path`.
    #[error("the Redis URL is not of the form redis://[user:password@]host[:port][/number]")]
    Invalid,
    /// `rediss://` in a build without TLS.
    #[error("rediss:// needs a build with the feature `redis-tls`")]
    NoTls,
}

/// A call of Redis that was not answered as it should have been.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisError {
    /// It failed a moment ago and was not asked again.
    #[error("redis is away")]
    Away,
    /// No answer within the budget.
    #[error("redis did not answer within {budget_ms} ms")]
    TimedOut {
        /// The budget.
        budget_ms: u64,
    },
    /// The connection or the server failed.
    #[error("redis failed")]
    Failed(#[source] ::redis::RedisError),
}

impl RedisError {
    /// The label of metrics.
    pub(super) const fn outcome(&self) -> &'static str {
        match self {
            Self::Away => "refused",
            Self::TimedOut { .. } => "timed_out",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether this says that Redis cannot be used now. A script that fails says that it can, and that we have a fault.
    pub(super) fn is_outage(&self) -> bool {
        use ::redis::{ErrorKind, ServerErrorKind};
        match self {
            Self::Away => false,
            Self::TimedOut { .. } => true,
            Self::Failed(error) => !matches!(
                error.kind(),
                ErrorKind::UnexpectedReturnType
                    | ErrorKind::Server(
                        ServerErrorKind::ResponseError
                            | ServerErrorKind::NoScript
                            | ServerErrorKind::ExecAbort
                    )
            ),
        }
    }
}

impl From<RedisError> for AccessError {
    fn from(error: RedisError) -> Self {
        Self::new(error)
    }
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        Self::new(error)
    }
}

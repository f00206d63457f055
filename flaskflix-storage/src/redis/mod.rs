//! What several nodes share about viewers, in Redis (feature `redis`).
//!
//! | type | what it fills | when Redis is away |
//! |---|---|---|
//! | [`RedisTokens`] | [`TokenStore`](flaskflix_core::token::TokenStore) | refuses; what it met in the last minute, or ever, opens on |
//! | [`RedisRevocations`] | [`Revocations`](flaskflix_core::access::Revocations) | goes on with the list that it knows, or refuses |
//! | [`RedisRateLimit`] | [`RateLimit`](flaskflix_core::access::RateLimit) | does not count, or refuses |
//! | [`RedisScreens`] | [`Screens`](flaskflix_core::access::Screens) | does not count, or refuses |
//! | [`RedisValues`] | sessions, and other small values that expire | refuses |
//!
//! All of them share one [`Redis`]: one connection, one circuit breaker. A call that fails costs its request at most the budget
//! (50 ms); it opens the breaker, and then nobody waits at all until a probe has found Redis alive again.
//!
//! Every time is that of Redis (`TIME` in scripts, expiry of keys): a node whose clock is wrong expires nothing too early or too
//! late. Keys hold hashes where a viewer or a token would stand. Give Redis the policy `noeviction`: a key that is evicted is a
//! revocation that nobody knows of.
//!
//! | file | what it holds |
//! |---|---|
//! | `link` | the connection, and the time that a call has |
//! | `breaker` | when nobody asks: a state machine without a clock |
//! | `options` | budget, prefix of the keys, pauses |
//! | `error` | why Redis cannot be used |
//! | `keys` | the names of keys |
//! | `lua/` | the scripts, each one atomic step |

mod breaker;
mod error;
mod keys;
mod link;
mod options;
mod rate_limit;
mod revocation_text;
mod revocations;
mod screens;
mod tokens;
mod values;

pub use error::{RedisError, RedisUrlError};
pub use link::Redis;
pub use options::{RedisOptions, WhenAway};
pub use rate_limit::{RedisRateLimit, RedisRates};
pub use revocations::RedisRevocations;
pub use screens::RedisScreens;
pub use tokens::RedisTokens;
pub use values::RedisValues;

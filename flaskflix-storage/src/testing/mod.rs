//! For the tests of this crate and of those who build on it (feature `testing`).
//!
//! | file | what it holds |
//! |---|---|
//! | `movies` | [`movies::conformance`]: the suite of [`MovieStore`](crate::sql::MovieStore) |
//! | `postgres` | [`PrivatePostgres`]: a PostgreSQL server of one's own, which can be killed |
//! | `pgbouncer` | [`PrivatePgBouncer`]: a pooler in front of it |
//! | `redis` | [`PrivateRedis`]: a Redis server of one's own, which can be killed |
//! | `s3` | [`PrivateS3`]: an S3 server of one's own, filled from a folder |
//! | `programs` | finding programs, free ports, signals, and the end of all of it |

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod movies;
#[cfg(target_os = "linux")]
mod pgbouncer;
#[cfg(target_os = "linux")]
mod postgres;
#[cfg(target_os = "linux")]
mod programs;
#[cfg(target_os = "linux")]
mod redis;
#[cfg(target_os = "linux")]
mod s3;

#[cfg(target_os = "linux")]
pub use pgbouncer::PrivatePgBouncer;
#[cfg(target_os = "linux")]
pub use postgres::PrivatePostgres;
#[cfg(target_os = "linux")]
pub use redis::PrivateRedis;
#[cfg(target_os = "linux")]
pub use s3::PrivateS3;

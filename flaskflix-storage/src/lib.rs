//! Storage adapters: they fill the traits of `flaskflix-core`.
//!
//! | module | what it fills |
//! |---|---|
//! | [`cache`] | [`IndexStore`](flaskflix_core::package::IndexStore): indexes in memory, bounded by bytes; kept as records |
//! | [`fs`] (Linux) | [`ByteSource`](flaskflix_core::source::ByteSource) and [`Catalog`](flaskflix_core::catalog::Catalog) over a folder of files |
//! | [`memory`] | the same two and [`ProgressStore`](flaskflix_core::progress::ProgressStore) over values in memory, for tests, demos and small things |
//! | `object` (feature `object-store`) | the same two over S3, Google Cloud Storage, Azure and web servers; [`UrlSigner`](flaskflix_core::access::UrlSigner) |
//! | `fs`, `memory`, `sql` | [`IndexRecords`](flaskflix_core::package::IndexRecords): what was read of films, beyond a restart |
//! | `memory`, `redis` (feature `redis`) | what is known about viewers: opaque tokens, revocations, screens; on one machine, and for several nodes with [`RateLimit`](flaskflix_core::access::RateLimit) |
//! | `sql` (features `sqlite`, `postgres`) | [`Catalog`](flaskflix_core::catalog::Catalog) and [`ProgressStore`](flaskflix_core::progress::ProgressStore) over an SQLite file or a PostgreSQL server |
//! | [`tiers`] (Linux) | [`ByteSource`](flaskflix_core::source::ByteSource) over another one, with blocks kept in memory and on a local disk |
//! | `testing` (feature `testing`) | suites, and private servers for tests |
//! | [`metrics`] | what is counted, and its names |
//!
//! | feature | default | what it adds | what it costs |
//! |---|---|---|---|
//! | `sqlite` | no | `sql`: movies and progress in an SQLite file | sqlx, and SQLite itself, compiled from its C source |
//! | `postgres` | no | `sql`: the same in PostgreSQL, for several nodes | sqlx with rustls |
//! | `redis` | no | `redis`: what several nodes share about viewers | the crate redis |
//! | `redis-tls` | no | `rediss://` | rustls with aws-lc-rs |
//! | `object-store` | no | `object`: films in an object store | the drivers of `object_store`, with an HTTP client and TLS |
//! | `testing` | no | `testing`: suites, and PostgreSQL servers for tests | tempfile |
//!
//! Every source passes `flaskflix_core::testing::source::conformance`, every catalogue
//! `flaskflix_core::testing::catalog::conformance`, every store of progress `flaskflix_core::testing::progress::conformance`, every store of
//! index records `flaskflix_core::testing::index_records::conformance`; and so on for tokens, revocations, screens, rate limits.

pub mod cache;
#[cfg(target_os = "linux")]
pub mod fs;
pub mod memory;
pub mod metrics;
#[cfg(feature = "object-store")]
pub mod object;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod sql;
#[cfg(target_os = "linux")]
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(target_os = "linux")]
pub mod tiers;
#[cfg(any(target_os = "linux", feature = "object-store"))]
mod titles;

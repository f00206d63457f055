//! The integration tests of the storage adapters.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod cache;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod flask;
#[cfg(target_os = "linux")]
mod fs;
mod indexes;
mod memory;
#[cfg(all(feature = "postgres", target_os = "linux"))]
mod postgres;
mod progress;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(target_os = "linux")]
mod tiers;
mod viewers;

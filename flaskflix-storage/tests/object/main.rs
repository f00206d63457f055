//! Object stores: two S3 servers, a store in memory, and a proxy that breaks things between us and them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod bucket;
mod catalog;
mod conformance;
mod faults;
mod http;
mod inventory;
mod moto;
mod presigned;
mod proxy;
mod requests;
mod s3s_server;
#[cfg(target_os = "linux")]
mod tiers;

/// What the servers know us by.
const KEY_ID: &str = "test-key-id";
const SECRET: &str = "test-secret-that-no-log-may-hold";

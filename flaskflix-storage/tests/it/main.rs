//! The integration tests of the storage adapters.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[cfg(target_os = "linux")]
mod fs;
mod memory;

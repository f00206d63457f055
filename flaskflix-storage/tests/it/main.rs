//! The integration tests of the storage adapters.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod memory;

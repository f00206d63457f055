//! Storage adapters: they fill the traits of `flaskflix-core`.
//!
//! | module | what it fills |
//! |---|---|
//! | [`memory`] | [`ByteSource`](flaskflix_core::source::ByteSource) and [`Catalog`](flaskflix_core::catalog::Catalog) over values in memory, for tests, demos and small things |
//!
//! Every source passes `flaskflix_core::testing::source::conformance`, every catalogue
//! `flaskflix_core::testing::catalog::conformance`.

pub mod memory;

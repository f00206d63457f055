//! Fakes and conformance suites for implementors of the traits (feature `testing`).
//!
//! The suites are plain `async fn`s that panic on the first broken promise. They run under any executor and
//! need no runtime of their own.

pub mod catalog;
pub mod clock;
pub mod index_records;
pub mod mp4;
pub mod progress;
pub mod rate_limit;
pub mod revocations;
pub mod screens;
pub mod source;
mod together;
pub mod token_store;
mod urls;

pub use urls::Urls;

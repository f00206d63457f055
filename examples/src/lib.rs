#![doc = include_str!("../../README.md")]
//! # About this crate
//!
//! It holds the examples beside it (`quickstart.rs`, `custom_source.rs`, `plain_hyper.rs`, `viewer_api.rs`), and by
//! including the README here the compiler checks every block of Rust in it.

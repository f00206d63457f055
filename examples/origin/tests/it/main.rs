//! The program as people start it: a real process, a real socket, a folder of files.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a test fails the test; clippy.toml allows it in test functions, not in what they call"
)]

mod access;
mod cache_dir;
mod demo_film;
mod encrypted;
mod index_dir;
mod inspect;
mod lifecycle;
mod limits;
mod nginx;
mod offload;
mod package;
mod pages;
mod program;
mod restart;
mod store;
mod tls;

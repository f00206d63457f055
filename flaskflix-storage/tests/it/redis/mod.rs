//! The ports over a Redis of our own, a private one for each test.

mod outages;
mod server;
mod shared;
mod suites;

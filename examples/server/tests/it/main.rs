//! The server as browsers and operators meet it: most tests talk to its service in this process, those about starting and
//! stopping to a real one.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails in a test fails the test; clippy.toml allows it in test functions, not in what they call"
)]

mod accounts;
mod admin;
mod admin_users;
mod backup;
mod commands;
mod cross_site;
mod engine;
mod first_run;
mod guessing;
mod json;
mod lifecycle;
mod offload;
mod outage;
mod pages;
mod problems;
mod process;
mod scene;
mod security;
mod security_table;
mod session_places;
mod sessions;
mod store;
mod tls;
mod two_nodes;
mod viewers;
mod without_redis;

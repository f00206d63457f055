//! The accept loop: HTTP/1.1 and cleartext HTTP/2 with the limits that a server on the open internet needs.
//!
//! `axum::serve` keeps a silent client for ever; here every connection has a deadline at every moment of its
//! life, see [`Server`]. Works with any tower service: a [`Streamer`](crate::Streamer), an `axum::Router`.
//!
//! | file | what it holds |
//! |---|---|
//! | `server` | the settings, the loop, the drain |
//! | `connection` | one connection: hyper, its deadline, its part in the drain |
//! | `guests` | how many connections each address has (pure) |
//! | `head` | which request heads are refused (pure) |
//! | `panics` | a panic of the service becomes a 500 |
//! | `counters` | what is counted of all that |
//! | `activity` | what a connection is doing and when that has lasted too long (pure) |
//! | `transport` | the socket, reporting progress |
//! | `accept` | which accept errors to wait after (pure) |

mod accept;
mod activity;
mod connection;
mod counters;
mod guests;
mod head;
mod panics;
mod server;
mod transport;

pub use crate::peer::PeerAddress;
pub use server::{Drained, Server};

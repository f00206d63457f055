//! The accept loop: HTTP/1.1 and HTTP/2, in the clear or over TLS, with the limits that a server on the open internet needs.
//!
//! `axum::serve` keeps a silent client for ever; here every connection has a deadline at every moment of its
//! life, see [`Server`]. Works with any tower service: a [`Streamer`](crate::Streamer), an `axum::Router`.
//!
//! | file | what it holds |
//! |---|---|
//! | `server` | the settings, the loop, the drain |
//! | `connection` | one connection: its requests, its deadline, its part in the drain |
//! | `conversation` | what is spoken on a connection, and what is held for it meanwhile |
//! | `protocol` | what hyper is told |
//! | `rewound` | a stream that was read a little before it is read |
//! | `security` | whether a connection is in the clear or over TLS |
//! | `tls` | certificates and their files (feature `tls`) |
//! | `handshake` | the handshake, within its deadline (feature `tls`) |
//! | `http2` | the limits of HTTP/2 that are settings |
//! | `flood` | how many frames may be no part of a request (pure) |
//! | `frames` | tells frames apart by their heads (pure) |
//! | `watched` | the stream whose frames are counted |
//! | `linger` | listens until the peer has heard our last word |
//! | `guests` | how many connections each address has (pure) |
//! | `head` | which request heads are refused (pure) |
//! | `overload` | what is refused when there are too many connections or requests |
//! | `inherited` | a listener that systemd opened |
//! | `open_files` | how many connections fit into the files that may be open |
//! | `pacing` | whether TCP spreads what is sent over time |
//! | `panics` | a panic of the service becomes a 500 |
//! | `counters` | what is counted of all that |
//! | `direct` | bodies that give parts of files |
//! | `outgoing`, `outbox` | how such a part passes through hyper |
//! | `activity` | what a connection is doing and when that has lasted too long (pure) |
//! | `transport`, `sends` | the socket, reporting progress, and what sends files on it |
//! | `accept` | which accept errors to wait after (pure) |

mod accept;
mod activity;
mod connection;
mod conversation;
mod counters;
mod direct;
mod flood;
mod frames;
mod guests;
#[cfg(feature = "tls")]
mod handshake;
mod head;
mod http2;
#[cfg(unix)]
mod inherited;
mod linger;
#[cfg(unix)]
mod open_files;
mod outbox;
mod outgoing;
mod overload;
mod pacing;
mod panics;
mod protocol;
mod rewound;
mod security;
mod sends;
mod server;
#[cfg(feature = "tls")]
mod tls;
mod transport;
mod watched;

pub use direct::{DirectBody, FilePart, Part};

pub use crate::peer::PeerAddress;
pub use http2::Http2;
#[cfg(unix)]
pub use inherited::inherited_listener;
pub use overload::WhenFull;
pub use security::OverTls;
pub use server::{Drained, Server};
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsError};

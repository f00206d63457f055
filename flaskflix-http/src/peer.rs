//! Who is at the other end of a connection.

use std::net::SocketAddr;

/// The address of the peer that sent a request: an extension that [`Server`](crate::serve::Server) puts into every one.
/// With another accept loop, insert it yourself.
///
/// Behind a proxy it is the proxy's: see [`TrustedProxies`](crate::viewer::TrustedProxies).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

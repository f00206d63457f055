//! Whether a connection is in the clear or over TLS, and how a request tells.

use http::Extensions;

#[cfg(feature = "tls")]
use super::tls::Tls;
use crate::peer::PeerAddress;

/// The request came over TLS: an extension that [`Server`](super::Server) puts into those that did, and into no other.
///
/// Behind a proxy that ends TLS, requests come without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverTls;

/// What lies between a socket and HTTP.
#[derive(Debug, Clone)]
pub(super) enum Security {
    Clear,
    #[cfg(feature = "tls")]
    Tls(Tls),
}

/// Whom the requests of a connection come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    peer: PeerAddress,
    over_tls: bool,
}

impl Caller {
    pub(super) const fn in_the_clear(peer: PeerAddress) -> Self {
        Self {
            peer,
            over_tls: false,
        }
    }

    #[cfg(feature = "tls")]
    pub(super) const fn over_tls(peer: PeerAddress) -> Self {
        Self { peer, over_tls: true }
    }

    /// Tells the service whom a request comes from.
    pub(super) fn introduce(&self, extensions: &mut Extensions) {
        extensions.insert(self.peer);
        if self.over_tls {
            extensions.insert(OverTls);
        }
    }
}

//! TLS in the accept loop, seen by a client that checks certificates.

mod certificates;
mod handshakes;
mod peer;
mod requests;

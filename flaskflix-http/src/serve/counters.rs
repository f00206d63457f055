//! What the accept loop counts.

use metrics::{counter, gauge};

use super::{activity::Overdue, head::Refusal};
#[cfg(feature = "tls")]
use crate::metrics::TLS_FAILURES;
use crate::metrics::{CONNECTIONS_CUT, CONNECTIONS_REFUSED, OPEN_CONNECTIONS, PANICS, REQUESTS_REFUSED};

/// A connection is open for as long as this lives.
#[derive(Debug)]
pub(super) struct Open(());

impl Open {
    pub(super) fn count() -> Self {
        gauge!(OPEN_CONNECTIONS).increment(1.0);
        Self(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!(OPEN_CONNECTIONS).decrement(1.0);
    }
}

/// A connection was closed when it came: its address has enough of them, or everybody together.
pub(super) fn connection_refused(reason: &'static str) {
    counter!(CONNECTIONS_REFUSED, "reason" => reason).increment(1);
}

/// A connection was cut at one of its deadlines.
pub(super) fn connection_cut(overdue: Overdue) {
    let reason = match overdue {
        Overdue::Header => "head",
        Overdue::Idle => "idle",
        Overdue::Stalled => "stall",
    };
    counter!(CONNECTIONS_CUT, "reason" => reason).increment(1);
}

/// A connection was cut for its many HTTP/2 frames that are no part of a request.
pub(super) fn connection_flooded() {
    counter!(CONNECTIONS_CUT, "reason" => "flood").increment(1);
}

/// A connection got no further than its handshake.
#[cfg(feature = "tls")]
pub(super) fn handshake_failed(reason: &'static str) {
    counter!(TLS_FAILURES, "reason" => reason).increment(1);
}

/// A request was refused before the service saw it.
pub(super) fn request_refused(refusal: Refusal) {
    counter!(REQUESTS_REFUSED, "reason" => refusal.reason()).increment(1);
}

/// The service panicked.
pub(super) fn panicked() {
    counter!(PANICS).increment(1);
}

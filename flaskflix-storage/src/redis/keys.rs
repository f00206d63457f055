//! The names of keys.

use flaskflix_core::id::ViewerId;
use sha2::{Digest as _, Sha256};

/// A viewer or another subject as it stands in keys: the first half of its SHA-256, in hexadecimal. Keys show up in monitors,
/// dumps and slow logs, where a name has no business.
pub(super) fn subject(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The keys of one viewer's screens: leases, what they play, which have ended. The braces keep them on one node of a cluster.
pub(super) fn screens(prefix: &str, viewer: &ViewerId) -> [String; 3] {
    let viewer = subject(viewer.as_str());
    ["leases", "playing", "ended"].map(|part| format!("{prefix}screens:{{{viewer}}}:{part}"))
}

/// The keys of the revocations: the log, when each expires, its epoch and sequence.
pub(super) fn revocations(prefix: &str) -> [String; 3] {
    ["log", "expiry", "state"].map(|part| format!("{prefix}{{revocations}}:{part}"))
}

//! Which tokens do not count any more, although they have not expired.

use std::{fmt, time::Duration};

use async_trait::async_trait;

use crate::{
    access::{AccessError, LogInId},
    id::ViewerId,
    time::UnixTime,
    token::Grant,
};

/// Keeps which tokens are revoked, until they would have expired.
///
/// # Contract
/// * What `revoke` has acknowledged holds at once for the store that acknowledged it, and for others that share it within a
///   time that the implementation documents.
/// * `is_revoked` is asked for every request of media. It answers from memory but for one request now and then: it must not
///   cost a round trip for each segment.
/// * A revocation is kept for its lifetime at least. Keeping it longer does no harm: the tokens it meant have expired.
///
/// # Cancellation
/// A dropped `revoke` may have revoked or not.
#[async_trait]
pub trait Revocations: fmt::Debug + Send + Sync + 'static {
    /// Whether this grant's token is revoked.
    ///
    /// # Errors
    /// [`AccessError`] when it cannot be told now, and no answer is the safe one.
    async fn is_revoked(&self, grant: &Grant) -> Result<bool, AccessError>;

    /// Revokes for `lifetime`: the longest that a token which is meant can still live.
    ///
    /// # Errors
    /// [`AccessError`] when it is not known to be kept. Say so to who asked for it.
    async fn revoke(&self, revocation: &Revocation, lifetime: Duration) -> Result<(), AccessError>;
}

/// What is revoked.
///
/// # Examples
/// ```
/// use flaskflix_core::{access::Revocation, id::ViewerId, time::UnixTime};
/// // Anna has changed her password: nothing that was handed out until now plays on.
/// let now = UnixTime::from_secs(1_700_000_000);
/// let all = Revocation::Viewer { viewer: ViewerId::parse("anna")?, issued_until: now };
/// # Ok::<(), flaskflix_core::id::InvalidId>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Revocation {
    /// One token, by its id.
    Token([u8; 16]),
    /// Every token of a viewer that was issued at this moment or before. A token that does not say when it was issued counts
    /// as old. Moments are whole seconds, so one that is minted in the same second is revoked, too.
    Viewer {
        /// The viewer.
        viewer: ViewerId,
        /// The last moment, by the clocks of those who mint.
        issued_until: UnixTime,
    },
    /// Every token that was and will be minted under one log-in of a viewer.
    LogIn {
        /// The viewer.
        viewer: ViewerId,
        /// The log-in, which has ended.
        log_in: LogInId,
    },
}

impl fmt::Debug for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The viewer is personal data and a token's id leads to the viewer: both omitted.
        match self {
            Self::Token(_) => f.debug_tuple("Token").finish_non_exhaustive(),
            Self::LogIn { .. } => f.debug_struct("LogIn").finish_non_exhaustive(),
            Self::Viewer { issued_until, .. } => f
                .debug_struct("Viewer")
                .field("issued_until", issued_until)
                .finish_non_exhaustive(),
        }
    }
}

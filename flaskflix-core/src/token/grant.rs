//! A verified token.

use std::fmt;

use crate::{
    id::{TitleId, ViewerId},
    time::UnixTime,
};

/// The right of one viewer to watch one title, until a moment.
///
/// A value of this type is proof: only [`verify`](crate::token::verify) and
/// [`Verifier::verify`](crate::token::Verifier::verify) make one, after the signature and every claim have been
/// checked. It is not `Clone`: share it by reference or `Arc`.
///
/// ```compile_fail,E0451
/// # use flaskflix_core::{id::{TitleId, ViewerId}, time::UnixTime, token::Grant};
/// // There is no other way to one.
/// fn forge(title: TitleId, viewer: ViewerId, expires: UnixTime) -> Grant {
///     Grant { title, viewer, issued: None, expires, token_id: [0; 16] }
/// }
/// ```
#[derive(PartialEq, Eq)]
pub struct Grant {
    pub(super) title: TitleId,
    pub(super) viewer: ViewerId,
    pub(super) issued: Option<UnixTime>,
    pub(super) expires: UnixTime,
    pub(super) token_id: [u8; 16],
}

impl Grant {
    /// The title that may be watched.
    #[must_use]
    pub fn title(&self) -> &TitleId {
        &self.title
    }

    /// The viewer who may watch. Keep the name out of logs and metrics.
    #[must_use]
    pub fn viewer(&self) -> &ViewerId {
        &self.viewer
    }

    /// When the token was issued, if it says so. Only [`Revocation::Viewer`](crate::access::Revocation::Viewer) asks.
    #[must_use]
    pub fn issued(&self) -> Option<UnixTime> {
        self.issued
    }

    /// The first moment at which the token is expired.
    #[must_use]
    pub fn expires(&self) -> UnixTime {
        self.expires
    }

    /// The token's random id, for a list of revoked tokens.
    #[must_use]
    pub fn token_id(&self) -> &[u8; 16] {
        &self.token_id
    }

    /// Whether this grant opens the title: exactly its own, byte for byte.
    #[must_use]
    pub fn permits(&self, title: &TitleId) -> bool {
        self.title == *title
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The viewer is personal data and the token's id leads to the viewer: both omitted.
        f.debug_struct("Grant")
            .field("title", &self.title)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

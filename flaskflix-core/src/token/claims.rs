//! What a token says, before it is minted.

use std::time::Duration;

use crate::{
    id::{TitleId, ViewerId},
    time::UnixTime,
    token::PathPrefix,
};

/// How long a token lives when nothing else is said: 4 hours.
pub const DEFAULT_TTL: Duration = Duration::from_secs(4 * 60 * 60);

/// Longest life of a token: 366 days.
pub const MAX_TTL: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The issuer of our tokens when nothing else is said.
pub const DEFAULT_ISSUER: &str = "flaskflix";

/// The claim key of the title's id, a text: the first of the keys that [RFC 8392 section 9.1.1] leaves to private
/// use.
///
/// [RFC 8392 section 9.1.1]: https://www.rfc-editor.org/rfc/rfc8392#section-9.1.1
pub const TITLE_CLAIM: i64 = -65_537;

/// The claims of a token to be minted.
///
/// # Defaults
/// * issuer: [`DEFAULT_ISSUER`]
/// * not before: none, it is valid at once
/// * path prefix: `/stream/{title}/`, so that a CDN's edge lets the token open this title alone
/// * methods: always `GET` and `HEAD`
#[derive(Debug, Clone)]
pub struct Claims {
    pub(super) title: TitleId,
    pub(super) viewer: ViewerId,
    pub(super) issuer: String,
    pub(super) issued: UnixTime,
    pub(super) not_before: Option<UnixTime>,
    pub(super) expires: UnixTime,
    pub(super) path_prefix: Option<PathPrefix>,
}

impl Claims {
    /// Says that `viewer` may watch `title` from `now` for `ttl` (whole seconds, see [`DEFAULT_TTL`]).
    #[must_use]
    pub fn new(title: TitleId, viewer: ViewerId, now: UnixTime, ttl: Duration) -> Self {
        let path_prefix = Some(PathPrefix::of_title("", &title));
        Self {
            title,
            viewer,
            issuer: DEFAULT_ISSUER.into(),
            issued: now,
            not_before: None,
            expires: now.saturating_add(ttl),
            path_prefix,
        }
    }

    /// Sets the issuer, the `iss` claim. Default: [`DEFAULT_ISSUER`].
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// Sets the moment before which the token is refused. Default: none.
    #[must_use]
    pub fn not_before(mut self, moment: UnixTime) -> Self {
        self.not_before = Some(moment);
        self
    }

    /// Sets the URL path that the token opens. Default: `/stream/{title}/`.
    ///
    /// Use [`PathPrefix::of_title`] when the streamer is mounted below another path, and give the same mount to
    /// [`Verifier::mount`](crate::token::Verifier::mount). A shorter prefix opens more at a CDN, never more here:
    /// the title's id is a claim of its own.
    #[must_use]
    pub fn path_prefix(mut self, prefix: PathPrefix) -> Self {
        self.path_prefix = Some(prefix);
        self
    }

    /// Leaves the URL path out, for shorter tokens that no CDN needs to judge.
    #[must_use]
    pub fn without_path_prefix(mut self) -> Self {
        self.path_prefix = None;
        self
    }

    /// The moment from which the token is refused.
    #[must_use]
    pub fn expires(&self) -> UnixTime {
        self.expires
    }
}

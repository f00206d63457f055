//! The one place that chooses an HTTP status.
//!
//! A [`Refusal`] is a fact; its status, title and words for the client are chosen here and nowhere else.
//!
//! | status | when |
//! |---|---|
//! | 200, 206, 304 | the [`ReadPlan`] says so |
//! | 204 | `OPTIONS` on one of our URLs |
//! | 401 | no token, or one that does not verify; the same answer whether the title exists or not |
//! | 403 | a token of another title |
//! | 307 | the title is on another host |
//! | 404 | no such URL, title, stream, segment or object; a resource that titles of this kind do not have |
//! | 405 | another method than GET, HEAD, OPTIONS |
//! | 410 | the screen of the token was ended, or its place was taken while nobody watched |
//! | 412, 416 | the [`ReadPlan`] says so |
//! | 500 | the title's files cannot be packaged, its playlist cannot be served, or the storage failed |
//! | 503 | the catalogue or the storage cannot answer now, or the files change under our hands: with `Retry-After` |
//!
//! A title that cannot be packaged is a 500 and not a 4xx: the client asked for the right thing, the files behind it are
//! at fault, and an operator's alarm should see it. `detail` names what is wrong with them.
//!
//! The JSON endpoints have a table of their own, in `status/api.rs`.

#[cfg(feature = "viewer")]
pub(crate) mod api;

use flaskflix_core::{
    ErrorChain,
    catalog::StreamKind,
    package::{IndexError, PackageError},
    plan::ReadPlan,
    source::SourceError,
};
use http::StatusCode;

/// Why a request is not answered with what it asks for.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    Missing(Missing),
    MethodNotAllowed,
    /// No valid token; `presented` when there was one at all.
    NoGrant {
        presented: bool,
    },
    /// A valid token of another title.
    OtherTitle,
    /// A valid token whose screen was ended.
    ScreenEnded,
    PreconditionFailed,
    NotSatisfiable {
        len: u64,
    },
    /// The files cannot be packaged: the reason, for people.
    NotPackageable {
        reason: String,
    },
    /// A playlist that somebody else wrote is not served: the reason, for people.
    BadPlaylist {
        reason: String,
    },
    /// The storage or the catalogue failed.
    Failed,
    /// The storage or the catalogue cannot answer now, or the files keep changing.
    Busy,
}

/// What is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Url,
    Title,
    Object,
    Playlists,
    /// A title that is a stream has no single file.
    Video,
    /// An encrypted title has no clear file.
    ClearVideo,
    /// An encrypted title has no DASH description.
    Dash,
    /// A title in the clear has no key.
    Key,
    /// A title whose files are not served one by one.
    Files,
    /// A title on another host has one resource, and it is another one.
    Elsewhere(StreamKind),
    Stream,
    Segment,
    Chapters,
    /// A screen that the viewer does not hold.
    #[cfg(feature = "viewer")]
    Screen,
}

impl Refusal {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoGrant { .. } => StatusCode::UNAUTHORIZED,
            Self::OtherTitle => StatusCode::FORBIDDEN,
            Self::ScreenEnded => StatusCode::GONE,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::NotSatisfiable { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::NotPackageable { .. } | Self::BadPlaylist { .. } | Self::Failed => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The `detail` of the problem document. It says nothing that the client may not know.
    pub(crate) fn detail(&self) -> String {
        let text = match self {
            Self::Missing(missing) => missing.detail(),
            Self::MethodNotAllowed => "only GET, HEAD and OPTIONS are answered here",
            // One text for every fault of a token: a forger learns nothing from it.
            Self::NoGrant { .. } => {
                "a valid stream token is needed; this one is missing, expired or not valid"
            }
            Self::OtherTitle => "the stream token is for another title",
            Self::ScreenEnded => "this screen was ended, or another one took its place",
            Self::PreconditionFailed => "the resource is not in the version that the request asks for",
            Self::NotSatisfiable { len } => {
                return format!("no byte of the range lies in the resource of {len} bytes");
            }
            Self::NotPackageable { reason } => {
                return format!("the title's files cannot be packaged: {reason}");
            }
            Self::BadPlaylist { reason } => {
                return format!("the title's playlist is not served: {reason}");
            }
            Self::Failed => "the storage failed",
            Self::Busy => "the storage or the catalogue cannot answer now",
        };
        text.to_owned()
    }
}

impl Missing {
    const fn detail(self) -> &'static str {
        match self {
            Self::Url => "no resource has this URL",
            Self::Title => "there is no such title",
            Self::Object => "the title's file is not there",
            Self::Playlists => "the title is a single file without playlists: ask for its video",
            Self::Video => {
                "the title is a finished stream without a file of its own: ask for its master.m3u8"
            }
            Self::ClearVideo => "the title is encrypted and has no clear file: ask for its master.m3u8",
            Self::Dash => "the title is encrypted, which DASH cannot describe: ask for its master.m3u8",
            Self::Key => "the title is not encrypted and has no key",
            Self::Files => "the title's files are not served one by one",
            Self::Elsewhere(StreamKind::Mp4) => "the title is a file on another host: ask for its video",
            Self::Elsewhere(StreamKind::Hls) => {
                "the title is a stream on another host: ask for its master.m3u8"
            }
            Self::Stream => "the title has no such stream",
            Self::Segment => "the stream has no such segment",
            Self::Chapters => "the title has no chapters",
            #[cfg(feature = "viewer")]
            Self::Screen => "the viewer has no such screen",
        }
    }
}

impl Refusal {
    /// The same refusal, which concerns one quality of several.
    pub(crate) fn of_quality(self, height: u32) -> Self {
        match self {
            Self::BadPlaylist { reason } => Self::BadPlaylist {
                reason: format!("{height}p: {reason}"),
            },
            other => other,
        }
    }
}

impl From<Missing> for Refusal {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<&SourceError> for Refusal {
    fn from(error: &SourceError) -> Self {
        match error {
            SourceError::NotFound => Self::Missing(Missing::Object),
            SourceError::Busy | SourceError::Changed => Self::Busy,
            // OutOfBounds is a fault of ours, Io one of the storage; a variant to come is better loud than hidden.
            _ => Self::Failed,
        }
    }
}

impl From<&IndexError> for Refusal {
    fn from(error: &IndexError) -> Self {
        match error {
            IndexError::Source(error) => Self::from(&**error),
            IndexError::Mp4(error) => Self::NotPackageable {
                reason: ErrorChain(&**error).to_string(),
            },
            _ => Self::Failed,
        }
    }
}

impl From<&PackageError> for Refusal {
    fn from(error: &PackageError) -> Self {
        Self::NotPackageable {
            reason: ErrorChain(error).to_string(),
        }
    }
}

/// The status of a read that is answered, or why it is not.
pub(crate) const fn of_plan(plan: &ReadPlan, len: u64) -> Result<StatusCode, Refusal> {
    match plan {
        ReadPlan::Whole => Ok(StatusCode::OK),
        ReadPlan::Part(_) | ReadPlan::Parts(_) => Ok(StatusCode::PARTIAL_CONTENT),
        ReadPlan::NotModified => Ok(StatusCode::NOT_MODIFIED),
        ReadPlan::PreconditionFailed => Err(Refusal::PreconditionFailed),
        ReadPlan::NotSatisfiable => Err(Refusal::NotSatisfiable { len }),
    }
}

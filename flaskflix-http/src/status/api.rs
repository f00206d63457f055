//! The statuses of the JSON endpoints, chosen here as those of media are chosen above.
//!
//! | status | when |
//! |---|---|
//! | 200 | the document that was asked for |
//! | 204 | deleted; `OPTIONS` |
//! | 400 | a body, a field of it or a query parameter that means nothing; it is named |
//! | 401 | nobody is known to ask; the same answer whether the title exists or not |
//! | 403 | the embedder denies the title; a stream token of another title; a change sent by another site's page |
//! | 404 | no such endpoint or title |
//! | 405 | a method that the endpoint does not have |
//! | 409 | as many screens are in use as the viewer may have: `screens` lists them |
//! | 410 | the screen that a report names was ended; the report itself is kept |
//! | 408, 413 | a body that takes too long to come, or is too long |
//! | 429 | too many requests of this viewer or address: with `Retry-After` |
//! | 500 | no token can be made |
//! | 503 | a store or a decision cannot be had now: with `Retry-After` |
//!
//! What fails is refused: an entitlement that cannot be had never lets anybody watch.

use std::time::Duration;

use flaskflix_core::progress::ProgressError;
use http::{HeaderValue, StatusCode};

use super::Refusal;

/// Why a JSON endpoint does not do what it is asked.
#[derive(Debug)]
pub(crate) enum ApiRefusal {
    /// A reason that media have, too.
    Shared(Refusal),
    MethodNotAllowed {
        allow: HeaderValue,
    },
    /// Nobody is known to ask; `presented` when there was a token that does not verify.
    NoViewer {
        presented: bool,
    },
    /// A page of another site asks for a change.
    CrossSite,
    /// The embedder's decision, with its reason.
    Denied {
        reason: String,
    },
    /// All screens that the viewer may have are in use: these.
    NoScreenFree {
        screens: serde_json::Value,
    },
    TooMany {
        retry_after: Duration,
    },
    Invalid(Invalid),
    BodyTooLong {
        limit_bytes: usize,
    },
    BodyTooSlow,
    /// The connection broke inside the body.
    BodyCut,
    /// A store or a decision cannot be had now.
    Unavailable {
        retry_after: Duration,
    },
}

/// What is wrong with a request, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invalid {
    /// The field of the body or parameter of the query; `None` when it is the body as a whole.
    pub(crate) field: Option<&'static str>,
    /// A sentence for people that names the field.
    pub(crate) detail: String,
}

impl ApiRefusal {
    /// A store or a decision that is away, with no word on when it comes back.
    pub(crate) const AWAY: Self = Self::Unavailable {
        retry_after: Duration::from_secs(1),
    };

    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Shared(refusal) => refusal.status(),
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoViewer { .. } => StatusCode::UNAUTHORIZED,
            Self::CrossSite | Self::Denied { .. } => StatusCode::FORBIDDEN,
            Self::NoScreenFree { .. } => StatusCode::CONFLICT,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Invalid(_) | Self::BodyCut => StatusCode::BAD_REQUEST,
            Self::BodyTooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The `detail` of the problem document. It says nothing that the client may not know.
    pub(crate) fn detail(&self) -> String {
        let text = match self {
            Self::Shared(refusal) => return refusal.detail(),
            Self::MethodNotAllowed { .. } => "this method is not answered here, see the header Allow",
            Self::NoViewer { .. } => {
                "nobody is known to ask: sign in, or send a valid stream token where one is taken"
            }
            Self::CrossSite => "a page of another site cannot change anything here",
            Self::Denied { reason } => return reason.clone(),
            Self::NoScreenFree { .. } => "all screens are in use: end one of those in `screens` first",
            Self::TooMany { .. } => "too many requests, see the header Retry-After",
            Self::Invalid(invalid) => return invalid.detail.clone(),
            Self::BodyTooLong { limit_bytes } => {
                return format!("the body is longer than {limit_bytes} bytes");
            }
            Self::BodyTooSlow => "the body took too long to come",
            Self::BodyCut => "the body ended early",
            Self::Unavailable { .. } => "this cannot be answered now, see the header Retry-After",
        };
        text.to_owned()
    }

    /// What the problem document says beside its text: the part of the request that is at fault, the screens in the way.
    pub(crate) fn member(&self) -> Option<(&'static str, serde_json::Value)> {
        match self {
            Self::Invalid(invalid) => invalid.field.map(|field| ("field", field.into())),
            Self::NoScreenFree { screens } => Some(("screens", screens.clone())),
            _ => None,
        }
    }

    /// How long a client is to wait, when waiting helps.
    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany { retry_after } | Self::Unavailable { retry_after } => Some(*retry_after),
            Self::Shared(Refusal::Busy) => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}

impl Invalid {
    pub(crate) fn field(field: &'static str, detail: impl Into<String>) -> Self {
        Self {
            field: Some(field),
            detail: detail.into(),
        }
    }

    pub(crate) fn body(detail: impl Into<String>) -> Self {
        Self {
            field: None,
            detail: detail.into(),
        }
    }
}

impl From<Refusal> for ApiRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Shared(refusal)
    }
}

impl From<Invalid> for ApiRefusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<&ProgressError> for ApiRefusal {
    fn from(error: &ProgressError) -> Self {
        match error {
            ProgressError::Busy { retry_after } => Self::Unavailable {
                retry_after: *retry_after,
            },
            ProgressError::UnknownViewer => Self::NoViewer { presented: true },
            _ => Self::AWAY,
        }
    }
}

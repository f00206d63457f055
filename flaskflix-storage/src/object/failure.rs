//! What a request to the store came to, when it did not come to bytes.

use std::{error::Error as StdError, io, time::Duration};

use flaskflix_core::source::SourceError;
use object_store::client::{HttpError, HttpErrorKind};

/// A failed request, by what is to be done about it.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is no such object.
    Missing,
    /// The object is not the version that was asked for.
    Changed,
    /// The store has no room now (429, 503), and may have said for how long.
    Busy { retry_after: Option<Duration> },
    /// Trying again may help.
    Passing(StoreError),
    /// Trying again will not help.
    Lasting(StoreError),
}

impl Failure {
    /// What the source's caller is told when nothing more is tried.
    pub(super) fn into_source_error(self) -> SourceError {
        match self {
            Self::Missing => SourceError::NotFound,
            Self::Changed => SourceError::Changed,
            Self::Busy { .. } => SourceError::Busy,
            Self::Passing(error) => SourceError::Io(io::Error::new(error.kind(), error)),
            Self::Lasting(error) => SourceError::Io(io::Error::other(error)),
        }
    }
}

impl From<object_store::Error> for Failure {
    fn from(error: object_store::Error) -> Self {
        use object_store::Error;
        // What our own client saw of the answer says more than what the store's driver made of it.
        if let Some(answer) = cause_of::<Answer>(&error) {
            return answer.judge();
        }
        match &error {
            Error::NotFound { .. } => Self::Missing,
            Error::Precondition { .. } => Self::Changed,
            Error::PermissionDenied { .. } => Self::Lasting(StoreError::Refused { status: 403 }),
            Error::Unauthenticated { .. } => Self::Lasting(StoreError::Refused { status: 401 }),
            Error::NotSupported { .. } | Error::NotImplemented { .. } => {
                Self::Lasting(StoreError::Unsupported)
            }
            // Names that we ask for are paths: this one stood in a list.
            Error::InvalidPath { .. } => Self::Lasting(StoreError::OddName),
            _ => match cause_of::<HttpError>(&error) {
                Some(http) if http.kind() == HttpErrorKind::Timeout => Self::Passing(StoreError::Silent),
                Some(http) => Self::Passing(StoreError::Unreachable {
                    cause: innermost(http),
                }),
                None => Self::Passing(StoreError::Failed),
            },
        }
    }
}

/// The status of an answer that is not a success, as our client saw it.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the object store answered {status}")]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
}

impl Answer {
    fn judge(self) -> Failure {
        let Self { status, retry_after } = self;
        match status {
            404 | 410 => Failure::Missing,
            // 416: it is shorter than the version that was opened.
            412 | 416 => Failure::Changed,
            429 | 503 => Failure::Busy { retry_after },
            405 | 501 => Failure::Lasting(StoreError::Unsupported),
            408 | 500.. => Failure::Passing(StoreError::Answered { status }),
            _ => Failure::Lasting(StoreError::Refused { status }),
        }
    }
}

/// Why an object store could not be used. Says nothing of what the store itself wrote: that may name keys and signatures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It refused: wrong or no credentials, no permission, or something that it cannot do.
    #[error("the object store refused with {status}: look at its credentials and permissions")]
    Refused {
        /// Its HTTP status.
        status: u16,
    },
    /// It answered with a fault of its own until the patience was used up.
    #[error("the object store answered {status}")]
    Answered {
        /// Its HTTP status.
        status: u16,
    },
    /// It could not be reached, or the connection broke.
    #[error("the object store cannot be reached: {cause}")]
    Unreachable {
        /// What the network said.
        cause: String,
    },
    /// It did not answer or stopped sending.
    #[error("the object store is silent")]
    Silent,
    /// It ended its answer before all bytes were there.
    #[error("the object store sent less than it promised")]
    Short,
    /// It cannot list, or cannot read parts of objects.
    #[error("the object store cannot do what is asked: list, or read a part of an object")]
    Unsupported,
    /// It lists an object whose name is no path: with an empty part, `.` or `..`.
    #[error(
        "the object store lists a name with an empty part (`//`), `.` or `..`, which nothing here can name"
    )]
    OddName,
    /// It gives the object no strong entity tag.
    #[error(
        "the object has no strong entity tag (`ObjectOptions::trust_weak_validators` serves it all the same)"
    )]
    WeakValidator,
    /// It failed in another way.
    #[error("the object store failed")]
    Failed,
}

impl StoreError {
    const fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Silent => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        }
    }
}

/// The first error of a type among the causes.
fn cause_of<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// What the last cause says: the layers above it repeat it, and some repeat the URL.
fn innermost(error: &HttpError) -> String {
    let mut last: &dyn StdError = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

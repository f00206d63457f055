//! Why a check could not be made at all (as opposed to: was made and failed).

use std::{error::Error, fmt, io};

/// A check that could not be made.
#[derive(Debug)]
pub enum CheckError {
    /// A URL or file did not answer as it should.
    Fetch {
        /// What was asked for.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// The server answers with an error, and says why.
    Refused {
        /// What was asked for.
        url: String,
        /// The status code.
        status: String,
        /// The `detail` of its problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)), else the whole body.
        reason: String,
    },
    /// `ffprobe` could not be run or did not understand its input.
    Probe {
        /// What it was given.
        input: String,
        /// What it said.
        reason: String,
    },
    /// A playlist is not one.
    Playlist {
        /// Where it came from.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The table of expectations is not one.
    Expectations(String),
    /// The origin could not be started.
    Origin(String),
    /// Reading a folder failed.
    Io(io::Error),
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch { url, reason } => write!(f, "{url}: {reason}"),
            Self::Refused { url, status, reason } => write!(f, "{url}: status {status}: {reason}"),
            Self::Probe { input, reason } => write!(f, "ffprobe on {input}: {reason}"),
            Self::Playlist { url, reason } => write!(f, "playlist {url}: {reason}"),
            Self::Expectations(reason) => write!(f, "the expectations: {reason}"),
            Self::Origin(reason) => write!(f, "the origin: {reason}"),
            Self::Io(error) => write!(f, "{error}"),
        }
    }
}

impl Error for CheckError {}

impl From<io::Error> for CheckError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

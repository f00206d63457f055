//! What is wrong with a file of subtitles, and where.

/// Why a file, or a cue of it, cannot be read. The file is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct TextError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong there.
    pub fault: TextFault,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextFault {
    /// A file named `.vtt` that does not start with `WEBVTT`.
    #[error("the file does not start with WEBVTT")]
    NoSignature,
    /// Times that cannot be read: `00:00:01.000 --> 00:00:02.000` is wanted.
    #[error("the times of the cue cannot be read")]
    BadTimes,
    /// The file has no cue that can be read, yet it is not empty.
    #[error("the file holds no cue")]
    NoCues,
    /// Something is larger than it may be.
    #[error("more than {limit} {what}")]
    TooMuch {
        /// What there is too much of: `bytes in the file`.
        what: &'static str,
        /// The limit that it hit.
        limit: u64,
    },
}

impl TextFault {
    pub(super) const fn at(self, line: u64) -> TextError {
        TextError { line, fault: self }
    }

    pub(super) const fn too_much(what: &'static str, limit: usize) -> Self {
        Self::TooMuch {
            what,
            limit: limit as u64,
        }
    }
}

//! What was found in a movie's streams.

use std::time::Duration;

use flaskflix_core::id::AssetKey;

/// What a movie's streams hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inspection {
    /// How it is delivered, in two words.
    pub(crate) delivery: &'static str,
    pub(crate) state: State,
    /// One sentence about the whole.
    pub(crate) summary: String,
    pub(crate) tracks: Vec<TrackLine>,
    /// What is odd, and what is left out.
    pub(crate) warnings: Vec<String>,
    pub(crate) duration: Option<Duration>,
    /// `1080p`, `720p`, best first.
    pub(crate) qualities: Vec<String>,
    /// Names of the sound's languages.
    pub(crate) languages: Vec<String>,
    /// The file whose cover stands for the movie.
    pub(crate) file: Option<AssetKey>,
}

/// Whether a movie can be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// Everything that a player asks for can be made.
    Plays,
    /// It lies on another host.
    Unchecked,
    /// Nothing can be played, and why.
    Refused(String),
}

/// One track or playlist, as three lines of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrackLine {
    /// `Picture 1920 × 1080`, `Sound, English`.
    pub(crate) what: String,
    /// Codec, duration, file.
    pub(crate) details: String,
    /// Segments and bandwidth. Empty when it is not played.
    pub(crate) planned: String,
    pub(crate) used: bool,
}

impl Inspection {
    pub(super) const fn new(delivery: &'static str, state: State) -> Self {
        Self {
            delivery,
            state,
            summary: String::new(),
            tracks: Vec::new(),
            warnings: Vec::new(),
            duration: None,
            qualities: Vec::new(),
            languages: Vec::new(),
            file: None,
        }
    }

    /// Nothing can be played.
    pub(super) fn refused(delivery: &'static str, reason: impl Into<String>) -> Self {
        Self::new(delivery, State::Refused(reason.into()))
    }
}

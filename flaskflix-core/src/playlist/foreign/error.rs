//! Why a playlist is not served: which line, and what about it.

use super::child_path::UriFault;

/// Why a playlist that somebody else wrote is not served. The playlist is to blame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct PlaylistError {
    /// The line, counted from 1; the last one for what is missing from the playlist as a whole.
    pub line: usize,
    /// What is wrong.
    pub fault: PlaylistFault,
}

impl PlaylistError {
    pub(super) fn at(line: usize, fault: impl Into<PlaylistFault>) -> Self {
        Self {
            line,
            fault: fault.into(),
        }
    }
}

/// What is wrong with a line of a playlist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaylistFault {
    /// A cap of [`PlaylistLimits`](super::PlaylistLimits) was hit.
    #[error("{limit_name} is {limit}, found {found}")]
    OverLimit {
        /// The field of [`PlaylistLimits`](super::PlaylistLimits).
        limit_name: &'static str,
        /// Its value.
        limit: u64,
        /// The value found, or the first one past the limit.
        found: u64,
    },
    /// The line is not UTF-8.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// The playlist does not start with `#EXTM3U`.
    #[error("the playlist does not start with #EXTM3U")]
    NoHeader,
    /// A character that some readers take for the end of a line: a control character, a byte order mark, U+2028, U+2029.
    #[error("the line holds the character {character:?}")]
    ForbiddenCharacter {
        /// The first such character.
        character: char,
    },
    /// The line starts with white space.
    #[error("the line starts with white space")]
    LeadingSpace,
    /// A URI that names no file below the playlist's folder.
    #[error("its URI {0}")]
    Uri(#[from] UriFault),
    /// A URI that does not follow the tag that announces it (`EXTINF`, `EXT-X-STREAM-INF`), or such a tag without URI.
    #[error("a URI and its EXTINF or EXT-X-STREAM-INF do not stand together")]
    StrayUri,
    /// The value of a tag breaks its grammar.
    #[error("the value of {tag} is not valid")]
    Value {
        /// The tag, without `#`.
        tag: String,
    },
    /// A tag, or an attribute of it, that may name what lies elsewhere: `EXT-X-DEFINE` (variables in URIs), a steering server, an
    /// interstitial's asset, a tag that nobody knows with a URI in it.
    #[error("{name} can lead out of the folder and is not served")]
    LeadsOut {
        /// The tag or attribute.
        name: String,
    },
    /// Tags of media playlists stand beside tags of multivariant playlists.
    #[error("tags of media and of multivariant playlists are mixed")]
    Mixed,
    /// Nothing in the text says what kind of playlist it is, or it has nothing to play.
    #[error("this is no HLS playlist: it has no {missing}")]
    NotHls {
        /// What is missing.
        missing: &'static str,
    },
    /// A second reader finds other URIs in the playlist than we do.
    #[error("the playlist can be read in two ways")]
    Ambiguous,
}

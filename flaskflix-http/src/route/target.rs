//! The resources of a title, and their names in URLs.

use flaskflix_core::playlist::PlaylistUrls;

use super::escape::canonical_number;

/// Which resource of a title is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Target {
    /// `video`: one file as byte ranges.
    Video,
    /// `master.m3u8`: the multivariant playlist.
    Master,
    /// `{stream}/index.m3u8`: the media playlist of one stream.
    Playlist {
        /// The stream.
        stream: StreamName,
    },
    /// `{stream}/init.mp4`: the initialisation section of one stream.
    Init {
        /// The stream.
        stream: StreamName,
    },
    /// `{stream}/{n}.m4s`: one media segment of one stream.
    Segment {
        /// The stream.
        stream: StreamName,
        /// The media sequence number, from 1.
        number: u32,
    },
}

/// Names one stream (a rendition's video or audio) of a packaged title in URLs, such as `v1` or `a2`.
///
/// One to 32 ASCII letters, digits, `-` or `_`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StreamName(String);

impl StreamName {
    /// Parses a stream name; `None` when it breaks the rule above.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let valid = (1..=32).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        valid.then(|| Self(text.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Target {
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            VIDEO => Some(Self::Video),
            MASTER => Some(Self::Master),
            _ => None,
        }
    }

    pub(super) fn parse_in_stream(stream: StreamName, name: &str) -> Option<Self> {
        match name {
            INDEX => Some(Self::Playlist { stream }),
            INIT => Some(Self::Init { stream }),
            _ => {
                let number = canonical_number(name.strip_suffix(SEGMENT_SUFFIX)?)?;
                Some(Self::Segment { stream, number })
            }
        }
    }

    /// The part of the path behind the title and the token.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Video => VIDEO.to_owned(),
            Self::Master => MASTER.to_owned(),
            Self::Playlist { stream } => format!("{}/{INDEX}", stream.as_str()),
            Self::Init { stream } => format!("{}/{INIT}", stream.as_str()),
            Self::Segment { stream, number } => format!("{}/{number}{SEGMENT_SUFFIX}", stream.as_str()),
        }
    }

    /// Whether this is a playlist: text that is rendered, compressed and changes with the title.
    pub(crate) const fn is_playlist(&self) -> bool {
        matches!(self, Self::Master | Self::Playlist { .. })
    }
}

/// The relative URLs inside playlists. They never hold a token: children inherit the one in the path.
#[derive(Debug, Clone, Copy, Default)]
pub struct RelativeUrls;

impl PlaylistUrls for RelativeUrls {
    fn media_playlist(&self, stream: &str) -> String {
        format!("{stream}/{INDEX}")
    }

    fn init(&self) -> String {
        INIT.to_owned()
    }

    fn segment(&self, number: u32) -> String {
        format!("{number}{SEGMENT_SUFFIX}")
    }
}

pub(super) const VIDEO: &str = "video";
pub(super) const MASTER: &str = "master.m3u8";
pub(super) const INDEX: &str = "index.m3u8";
pub(super) const INIT: &str = "init.mp4";
pub(super) const SEGMENT_SUFFIX: &str = ".m4s";

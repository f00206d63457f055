//! The resources of a title, and their names in URLs.

use flaskflix_core::playlist::{ChildPath, FileKind, PlaylistUrls};

use super::{address::TOKEN_MARK, escape::canonical_number};

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
    /// `{stream}/iframes.m3u8`: the I-frame playlist of one video stream.
    KeyFrames {
        /// The stream.
        stream: StreamName,
    },
    /// `{stream}/k{n}.m4s`: one key frame of a video stream, as a segment of its own.
    KeyFrame {
        /// The stream.
        stream: StreamName,
        /// Its place among the key frames of the I-frame playlist, from 1.
        number: u32,
    },
    /// `{stream}/{n}.vtt`: one segment of a subtitle stream.
    TextSegment {
        /// The stream.
        stream: StreamName,
        /// The media sequence number, from 1.
        number: u32,
    },
    /// `{stream}/subtitles.vtt`: a subtitle stream in one piece.
    Subtitles {
        /// The stream.
        stream: StreamName,
    },
    /// `manifest.mpd`: the DASH presentation description.
    Dash,
    /// `chapters.json`: the title's chapters, as HLS players take them.
    ChaptersJson,
    /// `chapters.vtt`: the title's chapters as a `WebVTT` track.
    ChaptersVtt,
    /// `key`: the key of an encrypted title.
    Key,
    /// `files/{path...}`: a file below the folder of a finished HLS stream, or a playlist there.
    File {
        /// The file.
        path: ChildPath,
    },
    /// `variants/{height}p/{path...}`: the same, below the folder of one quality's playlist.
    Variant {
        /// The quality.
        height: u32,
        /// The file.
        path: ChildPath,
    },
}

/// Names one stream (a rendition's video or audio) of a packaged title in URLs, such as `v1` or `a2`.
///
/// One to 32 ASCII letters, digits, `-` or `_`; not `files`, `variants` or `t`, which mean something else at its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StreamName(String);

impl StreamName {
    /// Parses a stream name; `None` when it breaks the rule above.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let valid = (1..=32).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            && !matches!(text, FILES | VARIANTS | TOKEN_MARK);
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
            DASH => Some(Self::Dash),
            CHAPTERS_JSON => Some(Self::ChaptersJson),
            CHAPTERS_VTT => Some(Self::ChaptersVtt),
            KEY => Some(Self::Key),
            _ => None,
        }
    }

    pub(super) fn parse_in_stream(stream: StreamName, name: &str) -> Option<Self> {
        match name {
            INDEX => Some(Self::Playlist { stream }),
            INIT => Some(Self::Init { stream }),
            KEY_FRAMES => Some(Self::KeyFrames { stream }),
            SUBTITLES => Some(Self::Subtitles { stream }),
            _ => Self::parse_numbered(stream, name),
        }
    }

    fn parse_numbered(stream: StreamName, name: &str) -> Option<Self> {
        if let Some(text) = name.strip_suffix(TEXT_SUFFIX) {
            let number = canonical_number(text)?;
            return Some(Self::TextSegment { stream, number });
        }
        let media = name.strip_suffix(SEGMENT_SUFFIX)?;
        Some(match media.strip_prefix(KEY_FRAME_PREFIX) {
            Some(number) => Self::KeyFrame {
                stream,
                number: canonical_number(number)?,
            },
            None => Self::Segment {
                stream,
                number: canonical_number(media)?,
            },
        })
    }

    /// Reads the label of a quality, `720p`.
    pub(super) fn parse_height(label: &str) -> Option<u32> {
        canonical_number(label.strip_suffix(HEIGHT_SUFFIX)?)
    }

    /// The part of the path behind the title and the token: relative to `master.m3u8`.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Video => VIDEO.to_owned(),
            Self::Master => MASTER.to_owned(),
            Self::Playlist { stream } => format!("{}/{INDEX}", stream.as_str()),
            Self::Init { stream } => format!("{}/{INIT}", stream.as_str()),
            Self::Segment { stream, number } => format!("{}/{number}{SEGMENT_SUFFIX}", stream.as_str()),
            Self::KeyFrames { stream } => format!("{}/{KEY_FRAMES}", stream.as_str()),
            Self::KeyFrame { stream, number } => {
                format!("{}/{KEY_FRAME_PREFIX}{number}{SEGMENT_SUFFIX}", stream.as_str())
            }
            Self::TextSegment { stream, number } => format!("{}/{number}{TEXT_SUFFIX}", stream.as_str()),
            Self::Subtitles { stream } => format!("{}/{SUBTITLES}", stream.as_str()),
            Self::Dash => DASH.to_owned(),
            Self::ChaptersJson => CHAPTERS_JSON.to_owned(),
            Self::ChaptersVtt => CHAPTERS_VTT.to_owned(),
            Self::Key => KEY.to_owned(),
            Self::File { path } => format!("{FILES}/{}", path.url()),
            Self::Variant { height, path } => format!("{VARIANTS}/{height}{HEIGHT_SUFFIX}/{}", path.url()),
        }
    }

    /// Whether this is a playlist: text that is rendered, compressed and changes with the title.
    pub(crate) const fn is_playlist(&self) -> bool {
        match self {
            Self::Master
            | Self::Playlist { .. }
            | Self::KeyFrames { .. }
            | Self::Dash
            | Self::ChaptersJson
            | Self::ChaptersVtt => true,
            Self::File { path } | Self::Variant { path, .. } => matches!(path.kind(), FileKind::Playlist),
            Self::Video
            | Self::Init { .. }
            | Self::Segment { .. }
            | Self::KeyFrame { .. }
            | Self::TextSegment { .. }
            | Self::Subtitles { .. }
            | Self::Key => false,
        }
    }
}

/// The relative URLs inside playlists. They never hold a token: children inherit the one in the path.
#[derive(Debug, Clone, Copy, Default)]
pub struct RelativeUrls;

impl PlaylistUrls for RelativeUrls {
    fn media_playlist(&self, stream: &str) -> String {
        format!("{stream}/{INDEX}")
    }

    fn key_frames(&self, stream: &str) -> String {
        format!("{stream}/{KEY_FRAMES}")
    }

    fn key_frame(&self, number: u32) -> String {
        format!("{KEY_FRAME_PREFIX}{number}{SEGMENT_SUFFIX}")
    }

    fn dash_init(&self) -> String {
        format!("$RepresentationID$/{INIT}")
    }

    fn dash_segment(&self) -> String {
        format!("$RepresentationID$/$Number${SEGMENT_SUFFIX}")
    }

    fn init(&self) -> String {
        INIT.to_owned()
    }

    fn segment(&self, number: u32) -> String {
        format!("{number}{SEGMENT_SUFFIX}")
    }

    fn key(&self) -> String {
        format!("../{KEY}")
    }

    fn text_segment(&self, number: u32) -> String {
        format!("{number}{TEXT_SUFFIX}")
    }

    fn subtitles(&self, stream: &str) -> String {
        format!("{stream}/{SUBTITLES}")
    }

    fn chapters_json(&self) -> String {
        CHAPTERS_JSON.to_owned()
    }
}

pub(super) const VIDEO: &str = "video";
pub(super) const MASTER: &str = "master.m3u8";
pub(super) const INDEX: &str = "index.m3u8";
pub(super) const INIT: &str = "init.mp4";
pub(super) const SEGMENT_SUFFIX: &str = ".m4s";
pub(super) const KEY_FRAMES: &str = "iframes.m3u8";
pub(super) const KEY_FRAME_PREFIX: &str = "k";
pub(super) const TEXT_SUFFIX: &str = ".vtt";
pub(super) const SUBTITLES: &str = "subtitles.vtt";
pub(super) const DASH: &str = "manifest.mpd";
pub(super) const CHAPTERS_JSON: &str = "chapters.json";
pub(super) const CHAPTERS_VTT: &str = "chapters.vtt";
pub(super) const KEY: &str = "key";
pub(super) const FILES: &str = "files";
pub(super) const VARIANTS: &str = "variants";
const HEIGHT_SUFFIX: &str = "p";

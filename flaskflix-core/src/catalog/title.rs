//! What a catalogue holds: titles and how each is delivered.

use std::time::Duration;

use super::{ExternalUrl, QualityVariant, SubtitleFile};
use crate::id::{AssetKey, TitleId};

/// One title of the catalogue.
///
/// # Examples
/// ```
/// use flaskflix_core::{catalog::{Delivery, Title}, id::{AssetKey, TitleId}};
/// let delivery = Delivery::File { asset: AssetKey::parse("films/hello.mp4")? };
/// let title = Title::new(TitleId::parse("1")?, "Hello", delivery);
/// assert_eq!((title.poster, title.duration), (None, None));
/// # Ok::<(), flaskflix_core::id::InvalidId>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Title {
    /// Its id, the `{movie_id}` of the URLs.
    pub id: TitleId,
    /// Its name for people.
    pub name: String,
    /// How its bytes reach the viewer.
    pub delivery: Delivery,
    /// The URL of its poster, relative or absolute, as pages use it.
    pub poster: Option<String>,
    /// How long it is, when that is known without opening it.
    pub duration: Option<Duration>,
}

impl Title {
    /// A title without poster or known duration.
    #[must_use]
    pub fn new(id: TitleId, name: impl Into<String>, delivery: Delivery) -> Self {
        Self {
            id,
            name: name.into(),
            delivery,
            poster: None,
            duration: None,
        }
    }
}

/// How a title is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// One or several MP4 files of the same film, packaged just in time as HLS; `video` serves the
    /// best of them as ranges.
    Packaged {
        /// The MP4 files. Never empty; the order says nothing.
        renditions: Vec<Rendition>,
        /// Subtitles beside them, in the order of the viewer's menu.
        subtitles: Vec<SubtitleFile>,
    },
    /// One file of any type, served as ranges through `video`; it has no playlists.
    File {
        /// The file.
        asset: AssetKey,
    },
    /// A finished HLS presentation in a folder, such as ffmpeg writes: its playlists are checked and served, and so is
    /// every media file below the playlist's own folder; nothing outside it.
    Hls {
        /// The multivariant playlist, or a media playlist when there is only one quality.
        playlist: AssetKey,
    },
    /// HLS media playlists of several qualities, each where it is; the multivariant playlist above them is ours.
    Variants {
        /// The qualities. Never empty, every label once.
        variants: Vec<QualityVariant>,
    },
    /// A stream on another host: viewers are sent there.
    External {
        /// Where it is.
        url: ExternalUrl,
        /// What it is.
        kind: StreamKind,
    },
}

impl Delivery {
    /// MP4 files of one film, packaged just in time, without subtitles of their own.
    #[must_use]
    pub fn packaged(assets: impl IntoIterator<Item = AssetKey>) -> Self {
        Self::Packaged {
            renditions: assets.into_iter().map(|asset| Rendition { asset }).collect(),
            subtitles: Vec::new(),
        }
    }

    /// What a player will be handed for this title.
    ///
    /// # Examples
    /// ```
    /// use flaskflix_core::{catalog::{Delivery, StreamKind}, id::AssetKey};
    /// let file = Delivery::File { asset: AssetKey::parse("a.mp4")? };
    /// assert_eq!(file.kind(), StreamKind::Mp4);
    /// # Ok::<(), flaskflix_core::id::InvalidId>(())
    /// ```
    #[must_use]
    pub const fn kind(&self) -> StreamKind {
        match self {
            Self::Packaged { .. } | Self::Hls { .. } | Self::Variants { .. } => StreamKind::Hls,
            Self::File { .. } => StreamKind::Mp4,
            Self::External { kind, .. } => *kind,
        }
    }
}

/// The two kinds of stream that a player tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StreamKind {
    /// An HLS playlist.
    Hls,
    /// One file, played by ranges: mostly MP4.
    Mp4,
}

impl StreamKind {
    /// The word for it in the JSON of the token endpoint: `hls` or `mp4`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hls => "hls",
            Self::Mp4 => "mp4",
        }
    }
}

/// One MP4 file of a packaged title.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rendition {
    /// The stored object.
    pub asset: AssetKey,
}

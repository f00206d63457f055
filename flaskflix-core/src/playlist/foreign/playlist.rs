//! A playlist that somebody else wrote, checked, and its text with URIs of our own.

use std::ops::Range;

use super::{child_path::ChildPath, error::PlaylistError, limits::PlaylistLimits, scan, second_reader};
use crate::range::ByteRange;

/// A playlist that somebody else wrote: checked, every URI resolved to a file below the title's folder.
///
/// # What is kept
/// The text is kept as it is, but for its URIs, which are written anew from the paths they resolve to, percent-encoded; blank lines
/// and white space at the ends of lines go.
///
/// # What is refused
/// * URIs that are not plain relative paths inside the folder: see [`UriFault`](super::UriFault). That includes the `data:` URIs of
///   keys (a key that stands in the playlist protects nothing) and the `skd:` URIs of DRM systems, which need a licence server.
/// * What can bring URIs in by another way: `EXT-X-DEFINE`, `EXT-X-CONTENT-STEERING`, assets of interstitials
///   (`X-ASSET-URI`, `X-ASSET-LIST`), any other attribute whose name ends in `URI`, unknown tags that hold `://` or `URI=`.
/// * What one reader could read otherwise than another: characters that some take for line ends, white space in front of a
///   line, attribute lists and numbers outside their grammar, a text in which `m3u8-rs` finds other URIs than we do.
///
/// # Cost
/// Some tens of bytes for each line while it is held; for a moment, while the second reader works, about 1 KiB for each segment.
///
/// # Examples
/// ```
/// use flaskflix_core::playlist::{ChildPath, ForeignPlaylist, PlaylistLimits};
/// let text = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000\n./360p/my index.m3u8\n";
/// let place = ChildPath::parse("master.m3u8")?;
/// let playlist = ForeignPlaylist::read(text, &place, &PlaylistLimits::default())?;
/// let served = playlist.rewritten(|child| format!("files/{}", child.url()));
/// assert_eq!(served, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000\nfiles/360p/my%20index.m3u8\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ForeignPlaylist {
    /// Lines that end in a line feed.
    pub(super) text: String,
    /// Where URIs stand in the text, in order, and what they name.
    pub(super) uris: Vec<(Range<usize>, ChildPath)>,
    pub(super) content: Content,
}

/// What a playlist lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Multivariant,
    Media(ForeignMedia),
}

/// What a media playlist says about its stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForeignMedia {
    /// The target duration in whole seconds.
    pub target_secs: u64,
    /// Whether it is complete: it has `EXT-X-ENDLIST`.
    pub ended: bool,
    /// Whether every segment starts on its own (`EXT-X-INDEPENDENT-SEGMENTS`).
    pub independent: bool,
    /// The segments, in order.
    pub segments: Vec<ForeignSegment>,
}

/// One segment of somebody else's media playlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignSegment {
    /// Its file.
    pub path: ChildPath,
    /// Its part of the file; `None` for all of it.
    pub range: Option<ByteRange>,
    /// Its duration in microseconds.
    pub micros: u64,
    /// Its initialisation section (`EXT-X-MAP`), and the part of that file.
    pub map: Option<(ChildPath, Option<ByteRange>)>,
    /// Whether its bytes are encrypted (`EXT-X-KEY` with a method).
    pub encrypted: bool,
}

impl ForeignPlaylist {
    /// Reads a playlist that lies at `place` below its title's folder.
    ///
    /// # Errors
    /// [`PlaylistError`] names the line and what is wrong with it.
    pub fn read(bytes: &[u8], place: &ChildPath, limits: &PlaylistLimits) -> Result<Self, PlaylistError> {
        let scanned = scan::scan(bytes, place, limits)?;
        second_reader::agree(&scanned)?;
        Ok(scanned.playlist)
    }

    /// What a media playlist says; `None` for a multivariant playlist.
    #[must_use]
    pub const fn media(&self) -> Option<&ForeignMedia> {
        match &self.content {
            Content::Media(media) => Some(media),
            Content::Multivariant => None,
        }
    }

    /// All files that the playlist names, in the order of the text.
    pub fn children(&self) -> impl Iterator<Item = &ChildPath> {
        self.uris.iter().map(|(_, child)| child)
    }

    /// The text with the URLs that `url` gives for each file.
    pub fn rewritten(&self, url: impl Fn(&ChildPath) -> String) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut copied = 0;
        for (span, child) in &self.uris {
            out.push_str(self.text.get(copied..span.start).unwrap_or_default());
            out.push_str(&url(child));
            copied = span.end;
        }
        out.push_str(self.text.get(copied..).unwrap_or_default());
        out
    }
}

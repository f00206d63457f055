//! Media playlists (RFC 8216bis section 4.4.3): the segments of one stream.

use super::{PlaylistUrls, write::PlaylistWriter};
use crate::encrypt::Iv;

/// One segment's line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MediaSegment {
    /// Its number, which is its media sequence number and its `mfhd` sequence number too.
    pub(crate) number: u32,
    /// Its duration in microseconds.
    pub(crate) micros: u64,
    /// Its vector, when it is encrypted.
    pub(crate) iv: Option<Iv>,
}

/// What the segments of a playlist are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SegmentContent {
    /// Fragments of MP4, behind an initialisation section.
    Media,
    /// `WebVTT`.
    Text,
}

/// What stands in a media playlist.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MediaPlaylist {
    /// The target duration in whole seconds, the same for all playlists of a title.
    pub(crate) target_secs: u64,
    /// Whether every segment decodes on its own.
    pub(crate) independent_segments: bool,
    /// Number of the first segment.
    pub(crate) first_number: u32,
    pub(crate) content: SegmentContent,
}

impl MediaPlaylist {
    /// Writes the playlist of these segments.
    ///
    /// Version 6: `EXT-X-MAP` in a playlist that is not I-frames-only asks for it (section 8), nothing more; the vector of an
    /// `EXT-X-KEY` needs only 2.
    ///
    /// The map stands before the first key: init segments are clear. Every encrypted segment has a key of its own before
    /// it, because its vector is another one.
    pub(crate) fn render(
        self,
        segments: impl Iterator<Item = MediaSegment>,
        urls: &dyn PlaylistUrls,
    ) -> String {
        let mut writer =
            PlaylistWriter::new(6, segments.size_hint().0.saturating_mul(32).saturating_add(256));
        writer.tag_with("#EXT-X-TARGETDURATION", self.target_secs);
        writer.tag_with("#EXT-X-MEDIA-SEQUENCE", self.first_number);
        writer.tag_with("#EXT-X-PLAYLIST-TYPE", "VOD");
        if self.independent_segments {
            writer.tag("#EXT-X-INDEPENDENT-SEGMENTS");
        }
        if self.content == SegmentContent::Media {
            writer.tag_list("#EXT-X-MAP", |list| list.quoted("URI", &urls.init()));
        }
        for MediaSegment { number, micros, iv } in segments {
            if let Some(iv) = iv {
                writer.key(&urls.key(), iv);
            }
            let url = match self.content {
                SegmentContent::Media => urls.segment(number),
                SegmentContent::Text => urls.text_segment(number),
            };
            writer.segment(micros, &url);
        }
        writer.tag("#EXT-X-ENDLIST");
        writer.finish()
    }
}

/// The target duration of a playlist whose longest segment lasts so many microseconds: every `EXTINF`, rounded to the nearest
/// integer, is at most the target (section 4.4.3.1).
pub(crate) const fn target_secs(longest_micros: u64) -> u64 {
    match longest_micros.saturating_add(500_000) / 1_000_000 {
        0 => 1,
        secs => secs,
    }
}

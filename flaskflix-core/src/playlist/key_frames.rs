//! I-frame playlists (RFC 8216bis section 4.4.3.6): pictures for scrubbing and fast forward.

use super::{MediaSegment, PlaylistUrls, write::PlaylistWriter};

/// What stands in an I-frame playlist.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyFramePlaylist {
    /// The target duration in whole seconds. It may differ from that of the media playlists (section 6.2.4).
    pub(crate) target_secs: u64,
}

impl KeyFramePlaylist {
    /// Writes the playlist of these key frames; the duration of each is the time until the next.
    ///
    /// Version 5: `EXT-X-MAP` in an I-frame playlist asks for it (section 8), nothing more.
    pub(crate) fn render(
        self,
        entries: impl ExactSizeIterator<Item = MediaSegment>,
        urls: &dyn PlaylistUrls,
    ) -> String {
        let mut writer = PlaylistWriter::new(5, entries.len().saturating_mul(32).saturating_add(256));
        writer.tag_with("#EXT-X-TARGETDURATION", self.target_secs);
        writer.tag_with("#EXT-X-MEDIA-SEQUENCE", 1);
        writer.tag_with("#EXT-X-PLAYLIST-TYPE", "VOD");
        writer.tag("#EXT-X-I-FRAMES-ONLY");
        writer.tag_list("#EXT-X-MAP", |list| list.quoted("URI", &urls.init()));
        for entry in entries {
            if let Some(iv) = entry.iv {
                writer.key(&urls.key(), iv);
            }
            writer.segment(entry.micros, &urls.key_frame(entry.number));
        }
        writer.tag("#EXT-X-ENDLIST");
        writer.finish()
    }
}

//! Playlists: the rendition that a viewer watches.

use std::time::Duration;

use m3u8_rs::{MasterPlaylist, MediaPlaylist};

/// What of a film one viewer plays: a video stream, with its audio stream when that is apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Media playlists, relative to the master's folder.
    pub playlists: Vec<String>,
    /// `BANDWIDTH` of the variant.
    pub bits_per_second: u64,
}

impl Choice {
    /// The variant whose average (or else peak) bandwidth is nearest to the wanted one.
    ///
    /// `None` when the text is no multivariant playlist with a variant.
    #[must_use]
    pub fn of(master: &[u8], wanted_bits_per_second: u64) -> Option<Self> {
        let master: MasterPlaylist = m3u8_rs::parse_master_playlist_res(master).ok()?;
        let rate = |variant: &m3u8_rs::VariantStream| variant.average_bandwidth.unwrap_or(variant.bandwidth);
        let variants = master.variants.iter().filter(|variant| !variant.is_i_frame);
        let variant = variants.min_by_key(|variant| rate(variant).abs_diff(wanted_bits_per_second))?;
        let mut playlists = vec![variant.uri.clone()];
        let audio = master.alternatives.iter().find(|media| {
            media.media_type == m3u8_rs::AlternativeMediaType::Audio
                && Some(&media.group_id) == variant.audio.as_ref()
        });
        playlists.extend(audio.and_then(|media| media.uri.clone()));
        Some(Self {
            playlists,
            bits_per_second: rate(variant),
        })
    }
}

/// One stream: what to fetch before its segments, and these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The initialisation section, relative to the master's folder.
    pub init: Option<String>,
    /// URL (relative to the master's folder) and duration of each segment.
    pub segments: Vec<(String, Duration)>,
}

impl Stream {
    /// Reads a media playlist that lies at `path`, relative to the master's folder.
    ///
    /// `None` when the text is none, or has no segments.
    #[must_use]
    pub fn of(playlist: &[u8], path: &str) -> Option<Self> {
        let playlist: MediaPlaylist = m3u8_rs::parse_media_playlist_res(playlist).ok()?;
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let at = |uri: &str| {
            if folder.is_empty() {
                uri.to_owned()
            } else {
                format!("{folder}/{uri}")
            }
        };
        let segments: Vec<_> = playlist
            .segments
            .iter()
            .map(|segment| {
                (
                    at(&segment.uri),
                    Duration::try_from_secs_f32(segment.duration).unwrap_or_default(),
                )
            })
            .collect();
        let init = playlist.segments.first()?.map.as_ref().map(|map| at(&map.uri));
        Some(Self { init, segments })
    }

    /// How long it plays.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.segments.iter().map(|(_, duration)| *duration).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: &[u8] = b"#EXTM3U\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"English\",URI=\"a1/index.m3u8\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=500000,AUDIO=\"a\"\nv1/index.m3u8\n\
        #EXT-X-STREAM-INF:BANDWIDTH=1900000,AVERAGE-BANDWIDTH=1200000,AUDIO=\"a\"\nv2/index.m3u8\n";

    #[test]
    fn the_variant_nearest_to_the_wanted_rate_is_watched_with_its_audio() {
        let choice = Choice::of(MASTER, 1_000_000).unwrap();
        assert_eq!(choice.playlists, ["v2/index.m3u8", "a1/index.m3u8"]);
        assert_eq!(choice.bits_per_second, 1_200_000);
        assert_eq!(Choice::of(MASTER, 1).unwrap().playlists[0], "v1/index.m3u8");
        assert_eq!(Choice::of(b"#EXTM3U\n", 1), None);
    }

    #[test]
    fn segments_are_found_beside_their_playlist() {
        let text = b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MAP:URI=\"init.mp4\"\n\
            #EXTINF:6.0,\n1.m4s\n#EXTINF:1.5,\n2.m4s\n#EXT-X-ENDLIST\n";
        let stream = Stream::of(text, "v2/index.m3u8").unwrap();
        assert_eq!(stream.init.as_deref(), Some("v2/init.mp4"));
        assert_eq!(
            stream.segments[1],
            ("v2/2.m4s".to_owned(), Duration::from_millis(1500))
        );
        assert_eq!(stream.duration(), Duration::from_millis(7500));
    }
}

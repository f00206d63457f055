//! Playlists: the renditions of a film, and the one that a viewer watches.

use std::time::Duration;

use m3u8_rs::{MasterPlaylist, MediaPlaylist, VariantStream};

use crate::dice::Dice;

/// What of a film one viewer plays: a video stream, with its audio stream when that is apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Media playlists, relative to the master's folder.
    pub playlists: Vec<String>,
    /// `BANDWIDTH` of the variant.
    pub bits_per_second: u64,
}

impl Choice {
    /// Every variant, as the playlist lists them. Empty when the text is no multivariant playlist.
    #[must_use]
    pub fn ladder(master: &[u8]) -> Vec<Self> {
        let Ok(master) = m3u8_rs::parse_master_playlist_res(master) else {
            return Vec::new();
        };
        let variants = master.variants.iter().filter(|variant| !variant.is_i_frame);
        variants.map(|variant| Self::from(&master, variant)).collect()
    }

    fn from(master: &MasterPlaylist, variant: &VariantStream) -> Self {
        let mut playlists = vec![variant.uri.clone()];
        let audio = master.alternatives.iter().find(|media| {
            media.media_type == m3u8_rs::AlternativeMediaType::Audio
                && Some(&media.group_id) == variant.audio.as_ref()
        });
        playlists.extend(audio.and_then(|media| media.uri.clone()));
        Self {
            playlists,
            bits_per_second: variant.average_bandwidth.unwrap_or(variant.bandwidth),
        }
    }

    /// The variant whose average (or else peak) bandwidth is nearest to the wanted one.
    ///
    /// `None` when the text is no multivariant playlist with a variant.
    #[must_use]
    pub fn of(master: &[u8], wanted_bits_per_second: u64) -> Option<Self> {
        let ladder = Self::ladder(master);
        ladder
            .into_iter()
            .min_by_key(|choice| choice.bits_per_second.abs_diff(wanted_bits_per_second))
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

/// A film as one viewer knows it: every quality, and the playlists of those that it has watched.
#[derive(Debug, Clone)]
pub struct Film {
    ladder: Vec<Choice>,
    streams: Vec<Option<Vec<Stream>>>,
    watched: usize,
}

impl Film {
    /// Of a ladder with a quality in it, to be watched in the one whose bandwidth is nearest to the wanted one.
    #[must_use]
    pub fn new(ladder: Vec<Choice>, wanted_bits_per_second: u64) -> Option<Self> {
        let distance = |choice: &Choice| choice.bits_per_second.abs_diff(wanted_bits_per_second);
        let nearest = ladder
            .iter()
            .enumerate()
            .min_by_key(|(_, choice)| distance(choice));
        let (watched, _) = nearest?;
        Some(Self {
            streams: vec![None; ladder.len()],
            ladder,
            watched,
        })
    }

    /// The playlists of one quality.
    #[must_use]
    pub fn playlists(&self, quality: usize) -> &[String] {
        self.ladder.get(quality).map_or(&[], |choice| &choice.playlists)
    }

    /// Keeps what the playlists of one quality say, and watches it from now on.
    pub fn learn(&mut self, quality: usize, streams: Vec<Stream>) {
        if let Some(known) = self.streams.get_mut(quality) {
            *known = Some(streams);
            self.watched = quality;
        }
    }

    /// Watches a quality that is known from now on; says whether it is.
    pub fn watch(&mut self, quality: usize) -> bool {
        let known = self.streams.get(quality).is_some_and(Option::is_some);
        if known {
            self.watched = quality;
        }
        known
    }

    /// The quality that is watched.
    #[must_use]
    pub const fn watched(&self) -> usize {
        self.watched
    }

    /// Any other quality, each as likely as the next; [`None`] when there is none.
    pub fn other(&self, dice: &mut Dice) -> Option<usize> {
        let others = u64::try_from(self.ladder.len()).ok()?.checked_sub(1)?;
        let step = usize::try_from(dice.below(others)).ok()?;
        (others > 0).then(|| self.watched.saturating_add(step).saturating_add(1) % self.ladder.len())
    }

    /// What is watched: the video first.
    #[must_use]
    pub fn streams(&self) -> &[Stream] {
        let known = self.streams.get(self.watched);
        known.and_then(Option::as_deref).unwrap_or_default()
    }

    /// The bandwidth of what is watched.
    #[must_use]
    pub fn bits_per_second(&self) -> u64 {
        self.ladder
            .get(self.watched)
            .map_or(0, |choice| choice.bits_per_second)
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

    #[test]
    fn a_change_of_quality_takes_every_other_one_and_never_the_same() {
        let mut film = Film::new(Choice::ladder(MASTER), 1_000_000).unwrap();
        assert_eq!((film.watched(), film.bits_per_second()), (1, 1_200_000));
        assert!(!film.watch(0), "its playlists have not been read");
        let mut dice = Dice::new(1);
        assert!((0..100).all(|_| film.other(&mut dice) == Some(0)));
        film.learn(0, Vec::new());
        assert_eq!((film.watched(), film.bits_per_second()), (0, 500_000));
        let three = vec![film.ladder[0].clone(); 3];
        let film = Film::new(three, 0).unwrap();
        let others: std::collections::BTreeSet<_> = (0..100).map(|_| film.other(&mut dice)).collect();
        assert_eq!(others, [Some(1), Some(2)].into());
        let alone = Film::new(vec![film.ladder[0].clone()], 0).unwrap();
        assert_eq!(alone.other(&mut dice), None);
        assert!(Film::new(Vec::new(), 0).is_none());
    }
}

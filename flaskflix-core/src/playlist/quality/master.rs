//! The multivariant playlist above several qualities.

use super::{DeclaredRate, StreamFacts};
use crate::playlist::{MultivariantPlaylist, PlaylistUrls, Variant};

/// One quality of a title, as its multivariant playlist lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quality {
    /// Its height in pixels, by its label.
    pub height: u32,
    /// Where its media playlist is: a URL reference of printable ASCII.
    pub url: String,
    /// What it declares of its bit rate.
    pub rate: DeclaredRate,
    /// What is known of its streams.
    pub facts: StreamFacts,
    /// Whether each of its segments starts on its own, as its playlist says.
    pub independent: bool,
}

/// Writes the multivariant playlist of these qualities, the same text for the same qualities in any order.
///
/// The middle one comes first, because players start with it; the others follow from low to high.
///
/// `CODECS` and `RESOLUTION` are declared for all qualities or for none: players that see them on some take the others for
/// sound without pictures and drop them.
///
/// # Examples
/// ```
/// use flaskflix_core::playlist::{DeclaredRate, Quality, StreamFacts, quality_playlist};
/// let far = |height| Quality {
///     height,
///     url: format!("https://cdn.example/{height}p.m3u8"),
///     rate: DeclaredRate::nominal(height),
///     facts: StreamFacts::default(),
///     independent: false,
/// };
/// assert_eq!(
///     quality_playlist(&[far(720), far(360)]),
///     "#EXTM3U\n#EXT-X-VERSION:6\n\
///      #EXT-X-STREAM-INF:BANDWIDTH=800000\nhttps://cdn.example/360p.m3u8\n\
///      #EXT-X-STREAM-INF:BANDWIDTH=2800000\nhttps://cdn.example/720p.m3u8\n"
/// );
/// ```
#[must_use]
pub fn quality_playlist(qualities: &[Quality]) -> String {
    let mut ordered: Vec<&Quality> = qualities.iter().collect();
    ordered.sort_by_key(|quality| quality.height);
    let middle = ordered.len().saturating_sub(1) / 2;
    if let Some(start) = ordered.get_mut(..=middle) {
        start.rotate_right(1);
    }
    let all = |is_known: fn(&StreamFacts) -> bool| qualities.iter().all(|quality| is_known(&quality.facts));
    let with_codecs = all(|facts| !facts.codecs.is_empty());
    let with_resolution = all(|facts| facts.resolution.is_some());
    let variants = ordered.into_iter().map(|quality| {
        let facts = &quality.facts;
        Variant {
            stream: quality.url.clone(),
            bandwidth: quality.rate.peak,
            average_bandwidth: quality.rate.average,
            codecs: if with_codecs {
                facts.codecs.clone()
            } else {
                Vec::new()
            },
            resolution: facts.resolution.filter(|_| with_resolution),
            frame_rate_thousandths: facts.frame_rate_thousandths,
            video_range: facts.video_range,
            supplemental_codecs: None,
            audio_group: None,
        }
    });
    let playlist = MultivariantPlaylist {
        independent_segments: qualities.iter().all(|quality| quality.independent),
        variants: variants.collect(),
        ..MultivariantPlaylist::default()
    };
    playlist.render(&AsTheyAre)
}

/// Streams whose names are their URLs.
struct AsTheyAre;

impl PlaylistUrls for AsTheyAre {
    fn media_playlist(&self, stream: &str) -> String {
        stream.to_owned()
    }

    fn key_frames(&self, stream: &str) -> String {
        stream.to_owned()
    }

    fn key_frame(&self, _: u32) -> String {
        String::new()
    }

    fn dash_init(&self) -> String {
        String::new()
    }

    fn dash_segment(&self) -> String {
        String::new()
    }

    fn init(&self) -> String {
        String::new()
    }

    fn segment(&self, _: u32) -> String {
        String::new()
    }

    fn key(&self) -> String {
        String::new()
    }

    fn text_segment(&self, _: u32) -> String {
        String::new()
    }

    fn subtitles(&self, _: &str) -> String {
        String::new()
    }

    fn chapters_json(&self) -> String {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quality(height: u32, facts: StreamFacts) -> Quality {
        Quality {
            height,
            url: format!("variants/{height}p/i.m3u8"),
            rate: DeclaredRate {
                peak: u64::from(height),
                average: Some(1),
            },
            facts,
            independent: true,
        }
    }

    fn known() -> StreamFacts {
        StreamFacts {
            codecs: vec!["avc1.64001f".to_owned(), "mp4a.40.2".to_owned()],
            resolution: Some((1280, 720)),
            frame_rate_thousandths: Some(23_976),
            video_range: None,
        }
    }

    #[test]
    fn what_is_known_is_declared_and_the_middle_comes_first() {
        let qualities = [
            quality(1080, known()),
            quality(360, known()),
            quality(720, known()),
        ];
        let text = quality_playlist(&qualities);
        let uris: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            uris,
            [
                "variants/720p/i.m3u8",
                "variants/360p/i.m3u8",
                "variants/1080p/i.m3u8"
            ]
        );
        assert!(text.contains("#EXT-X-INDEPENDENT-SEGMENTS\n"));
        assert!(text.contains(
            "BANDWIDTH=720,AVERAGE-BANDWIDTH=1,CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720,FRAME-RATE=23.976\n"
        ));
        let mut shuffled = qualities;
        shuffled.reverse();
        assert_eq!(quality_playlist(&shuffled), text);
    }

    #[test]
    fn codecs_and_sizes_are_declared_for_all_or_for_none() {
        let text = quality_playlist(&[quality(360, known()), quality(720, StreamFacts::default())]);
        assert!(!text.contains("CODECS") && !text.contains("RESOLUTION"), "{text}");
    }

    #[test]
    fn one_dependent_quality_makes_the_title_dependent() {
        let mut dependent = quality(360, known());
        dependent.independent = false;
        let text = quality_playlist(&[dependent, quality(720, known())]);
        assert!(!text.contains("INDEPENDENT"), "{text}");
    }
}

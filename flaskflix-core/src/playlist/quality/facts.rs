//! What the first bytes of a stream say about all of it.

use bytes::Bytes;

use crate::{
    mp4::{Limits, Media, init_tracks},
    mpegts,
};

/// Codecs, size and frame rate of a stream, each only when it could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamFacts {
    /// RFC 6381 strings of all pictures and sound, pictures first. Empty when one of them could not be told: half a list would lie.
    pub codecs: Vec<String>,
    /// Width and height as displayed.
    pub resolution: Option<(u32, u32)>,
    /// Frames per 1000 seconds.
    pub frame_rate_thousandths: Option<u64>,
    /// `PQ` or `HLG`; `None` for SDR and when it is not said.
    pub video_range: Option<&'static str>,
}

/// One picture or sound stream, whatever carries it.
struct Part {
    codec: Option<String>,
    /// Size as displayed and range, of pictures.
    video: Option<((u32, u32), Option<&'static str>)>,
    frame_rate_thousandths: Option<u64>,
}

impl StreamFacts {
    /// What an initialisation section (`EXT-X-MAP`) says.
    #[must_use]
    pub fn of_init(section: &Bytes) -> Self {
        let tracks = init_tracks(section, &Limits::default()).unwrap_or_default();
        let parts = tracks.into_iter().filter_map(|track| {
            let video = match &track.media {
                Media::Video(video) => Some((video.display_size(&track.header.matrix), video.range())),
                Media::Audio(_) => None,
                Media::Other(_) => return None,
            };
            Some(Part {
                codec: track.codec.rfc6381,
                video,
                frame_rate_thousandths: None,
            })
        });
        Self::of_parts(parts.collect())
    }

    /// What the start of a first segment says that needs no initialisation section: a transport stream.
    #[must_use]
    pub fn of_segment(start: &[u8]) -> Self {
        let streams = mpegts::probe(start).map(|program| program.streams);
        let parts = streams.unwrap_or_default().into_iter().map(|stream| Part {
            codec: stream.rfc6381,
            video: stream
                .video
                .map(|video| (video.display_size(&UNTURNED), video.range())),
            frame_rate_thousandths: stream.frame_rate_thousandths,
        });
        Self::of_parts(parts.collect())
    }

    fn of_parts(mut parts: Vec<Part>) -> Self {
        // A stable sort: pictures first, otherwise as in the file.
        parts.sort_by_key(|part| part.video.is_none());
        let codecs: Option<Vec<String>> = parts.iter().map(|part| part.codec.clone()).collect();
        let mut codecs = codecs.unwrap_or_default();
        codecs.dedup();
        let pictures = parts.iter().find(|part| part.video.is_some());
        Self {
            codecs,
            resolution: pictures
                .and_then(|part| part.video)
                .map(|(size, _)| size)
                // Some muxers leave the size of a sample entry empty.
                .filter(|(width, height)| *width > 0 && *height > 0),
            frame_rate_thousandths: pictures.and_then(|part| part.frame_rate_thousandths),
            video_range: pictures.and_then(|part| part.video).and_then(|(_, range)| range),
        }
    }
}

/// A transport stream has no matrix.
const UNTURNED: [u8; 36] = [0; 36];

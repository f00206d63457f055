//! The film as one node serves it: what the viewers' bytes are compared with.

use std::{collections::BTreeMap, time::Duration};

use flaskflix_benches::load::{
    film::{Choice, Stream},
    line::Keep,
};

use crate::visitor::{GaveUp, Visitor, gave_up};

/// SHA-256.
pub(crate) type Hash = [u8; 32];

/// A film: everything that a viewer asks for, with its hash. Names are relative to the folder of the master playlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Film {
    pub(crate) hashes: BTreeMap<String, Hash>,
    /// What viewers watch: the lowest and the highest rendition.
    pub(crate) renditions: Vec<Rendition>,
}

/// A video stream with its audio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rendition {
    pub(crate) playlists: Vec<String>,
    /// The video first.
    pub(crate) streams: Vec<Stream>,
}

impl Film {
    /// Reads all of it.
    pub(crate) async fn read(visitor: &mut Visitor, movie: u64) -> Result<Self, GaveUp> {
        let folder = visitor.mint(movie).await?;
        let mut hashes = BTreeMap::new();
        let master = read(visitor, &folder, MASTER, &mut hashes).await?;
        let mut renditions = Vec::new();
        for wanted in [0, u64::MAX] {
            let choice = Choice::of(&master, wanted).ok_or_else(|| gave_up(MASTER, "no playlist"))?;
            let mut streams = Vec::new();
            for playlist in &choice.playlists {
                let text = read(visitor, &folder, playlist, &mut hashes).await?;
                let stream = Stream::of(&text, playlist).ok_or_else(|| gave_up(playlist, "no playlist"))?;
                for name in names(&stream) {
                    read(visitor, &folder, name, &mut hashes).await?;
                }
                streams.push(stream);
            }
            renditions.push(Rendition {
                playlists: choice.playlists,
                streams,
            });
        }
        Ok(Self { hashes, renditions })
    }

    /// What this viewer watches.
    pub(crate) fn rendition_of(&self, viewer: usize) -> Option<&Rendition> {
        self.renditions.get(viewer.checked_rem(self.renditions.len())?)
    }

    /// How many segments viewers ask for.
    pub(crate) fn segments_of(&self, viewers: usize) -> u64 {
        let of = |viewer| {
            let rendition = self.rendition_of(viewer);
            rendition.map_or(0, |rendition| {
                rendition.streams.iter().map(|stream| stream.segments.len()).sum()
            })
        };
        let segments: usize = (0..viewers).map(of).sum();
        u64::try_from(segments).unwrap_or(u64::MAX)
    }
}

impl Rendition {
    /// Where each segment of the video begins, and how long it is.
    pub(crate) fn timeline(&self) -> Vec<(Duration, Duration)> {
        let mut begin = Duration::ZERO;
        let video = self.streams.first().map_or(&[][..], |video| &video.segments);
        let moment = |(_, duration): &(String, Duration)| {
            let at = begin;
            begin = begin.saturating_add(*duration);
            (at, *duration)
        };
        video.iter().map(moment).collect()
    }
}

/// What a player fetches of a stream, in order.
fn names(stream: &Stream) -> impl Iterator<Item = &String> {
    let segments = stream.segments.iter().map(|(name, _)| name);
    stream.init.iter().chain(segments)
}

async fn read(
    visitor: &mut Visitor,
    folder: &str,
    name: &str,
    hashes: &mut BTreeMap<String, Hash>,
) -> Result<Vec<u8>, GaveUp> {
    let path = format!("{folder}{name}");
    let keep = if name.ends_with(".m3u8") {
        Keep::All
    } else {
        Keep::Hash
    };
    let text = match keep {
        Keep::All => visitor.get(&path, keep).await?.reply.body,
        _ => Vec::new(),
    };
    // Playlists are small: they are asked for twice, once for their text.
    let hash = visitor.get(&path, Keep::Hash).await?.reply.hash;
    hashes.insert(name.to_owned(), hash.ok_or_else(|| gave_up(&path, "no body"))?);
    Ok(text)
}

/// The multivariant playlist.
pub(crate) const MASTER: &str = "master.m3u8";

#[cfg(test)]
mod tests {
    use super::*;

    fn film() -> Film {
        let stream = |count: u64| Stream {
            init: Some("init.mp4".to_owned()),
            segments: (1..=count)
                .map(|n| (format!("{n}.m4s"), Duration::from_secs(n)))
                .collect(),
        };
        let rendition = |counts: &[u64]| Rendition {
            playlists: Vec::new(),
            streams: counts.iter().map(|&count| stream(count)).collect(),
        };
        Film {
            hashes: BTreeMap::new(),
            renditions: vec![rendition(&[3, 2]), rendition(&[3])],
        }
    }

    #[test]
    fn viewers_take_turns_with_the_renditions() {
        assert_eq!(film().segments_of(3), 5 + 3 + 5);
    }

    #[test]
    fn segments_begin_where_the_one_before_ends() {
        let secs = Duration::from_secs;
        let timeline = film().renditions[0].timeline();
        assert_eq!(
            timeline,
            [(secs(0), secs(1)), (secs(1), secs(2)), (secs(3), secs(3))]
        );
    }
}

//! From a stream of subtitles to text: what must be read, and what is made of it.

use std::{ops::Range, time::Duration};

use bytes::Bytes;

use super::{TextFormat, TextOrigin, track};
use crate::{
    object::{Piece, VirtualObject},
    package::{Presentation, StreamPlan},
    range::ByteRange,
    text::{self, Cue, Cues},
    time::{MediaTime, UnixTime},
    validator::EntityTag,
};

/// Which part of a subtitle stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextPart {
    /// The segment of this number, from 1.
    Segment(u32),
    /// All of it in one file, for players that do not read playlists.
    Whole,
}

/// A text that is about to be made: read [`ranges`](Self::ranges) of the stream's input, then
/// [`render`](Self::render) it.
#[derive(Debug, Clone)]
#[must_use]
pub struct TextRead {
    ranges: Vec<ByteRange>,
    work: Work,
    etag: EntityTag,
    last_modified: Option<UnixTime>,
}

#[derive(Debug, Clone)]
enum Work {
    /// Nothing need be read.
    Done(String),
    Samples {
        format: TextFormat,
        /// When each sample is shown, and its bytes.
        samples: Vec<(Range<Duration>, usize)>,
        page: Page,
    },
}

/// The frame around the cues.
#[derive(Debug, Clone, Copy)]
enum Page {
    Segment {
        start: Duration,
        end: Duration,
        lead: MediaTime,
    },
    Whole,
}

impl Page {
    fn write(self, header: &str, cues: &Cues) -> String {
        match self {
            Self::Segment { start, end, lead } => text::segment(header, cues.during(start..end), lead),
            Self::Whole => text::whole(header, cues.cues().iter()),
        }
    }
}

impl Presentation {
    /// What must be read to write a part of a subtitle stream. `None` when the stream is no text or has no such segment.
    ///
    /// A cue that lasts from one segment into another stands in both, with the same times.
    ///
    /// # Cost
    /// Finding the samples of a segment is a binary search and a walk over them. A file's cues are in memory already.
    #[must_use]
    pub fn text(&self, stream: &StreamPlan, part: TextPart) -> Option<TextRead> {
        let origin = stream.text.as_ref()?;
        let (page, micros, suffix) = match part {
            TextPart::Whole => (Page::Whole, 0..i64::MAX, "w".to_owned()),
            TextPart::Segment(number) => {
                let [start, end] = stream.time_of(number)?;
                let micros = start.as_micros()..end.as_micros();
                let page = Page::Segment {
                    start: duration(micros.start),
                    end: duration(micros.end),
                    lead: stream.lead(),
                };
                (page, micros, number.to_string())
            }
        };
        let suffix = format!("-{}-{suffix}", stream.id());
        Some(match origin {
            TextOrigin::File(place) => {
                let input = self.subtitle_inputs().get(*place)?;
                let (cues, info) = (input.cues.as_ref().ok()?, input.info.as_ref()?);
                // Of the film and of the file: new subtitles leave the film's own tags alone.
                let both = format!(
                    "{} {} {}",
                    self.etag().opaque(),
                    input.file.asset,
                    info.etag.opaque()
                );
                TextRead {
                    ranges: Vec::new(),
                    work: Work::Done(page.write(cues.header(), cues)),
                    etag: EntityTag::of_bytes(both.as_bytes()).with_suffix(&suffix),
                    last_modified: info.last_modified.max(self.last_modified()),
                }
            }
            TextOrigin::Track(format) => {
                let track = self.track(stream)?;
                let samples = match page {
                    Page::Whole => 0..track.samples.len(),
                    Page::Segment { .. } => format.samples(track, stream.placement, &micros),
                };
                let (ranges, samples) = to_read(track, stream.placement, samples);
                let format = format.clone();
                TextRead {
                    ranges,
                    work: Work::Samples {
                        format,
                        samples,
                        page,
                    },
                    etag: self.etag().with_suffix(&suffix),
                    last_modified: self.last_modified(),
                }
            }
        })
    }
}

impl TextRead {
    /// The bytes to read of the stream's input, in this order; empty when the text comes from a file that was read already.
    #[must_use]
    pub fn ranges(&self) -> &[ByteRange] {
        &self.ranges
    }

    /// Writes the text. `media` are the bytes of [`ranges`](Self::ranges), one range after another.
    #[must_use]
    pub fn render(self, media: &[u8]) -> VirtualObject {
        let text = match self.work {
            Work::Done(text) => text,
            Work::Samples {
                format,
                samples,
                page,
            } => {
                let cues: Vec<Cue> = format.cues(with_bytes(samples, media));
                page.write(format.header(), &cues.into_iter().collect())
            }
        };
        VirtualObject::new(
            vec![Piece::Bytes(Bytes::from(text))],
            self.etag,
            self.last_modified,
        )
    }
}

/// The ranges of these samples, neighbours joined, and when each is shown.
pub(super) fn to_read(
    track: &crate::mp4::Track,
    placement: crate::package::timeline::Placement,
    samples: Range<u32>,
) -> (Vec<ByteRange>, Vec<(Range<Duration>, usize)>) {
    let (mut ranges, mut shown): (Vec<ByteRange>, Vec<_>) = (Vec::new(), Vec::new());
    for sample in track.samples.samples(samples) {
        let Some(range) = ByteRange::from_len(sample.offset, u64::from(sample.size)) else {
            continue;
        };
        shown.push((
            track::shown(&sample, track, placement),
            usize::try_from(sample.size).unwrap_or(usize::MAX),
        ));
        let joined = ranges
            .last()
            .filter(|last| last.end() == range.start())
            .and_then(|last| ByteRange::new(last.start(), range.end()));
        match (ranges.last_mut(), joined) {
            (Some(last), Some(joined)) => *last = joined,
            _ => ranges.push(range),
        }
    }
    (ranges, shown)
}

/// Every sample with its bytes, cut off the front of what was read.
pub(super) fn with_bytes(
    samples: Vec<(Range<Duration>, usize)>,
    media: &[u8],
) -> impl Iterator<Item = (Range<Duration>, &[u8])> {
    samples.into_iter().scan(media, |left, (time, size)| {
        let (bytes, rest) = left.split_at_checked(size).unwrap_or((left, &[]));
        *left = rest;
        Some((time, bytes))
    })
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

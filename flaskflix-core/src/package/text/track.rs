//! Tracks of subtitles: which they are, and when their samples are shown.

use std::{num::NonZeroU32, ops::Range, sync::Arc, time::Duration};

use super::super::timeline::Placement;
use crate::{
    mp4::{Media, Sample, Track, Unsupported},
    text::{Cue, MAX_CUES, MAX_FILE_BYTES, tx3g, wvtt},
    time::MediaTime,
};

/// How the samples of a text track are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::package) enum TextFormat {
    /// `tx3g`, or `QuickTime`'s `text`.
    Tx3g(tx3g::Entry),
    /// `wvtt`, with its styles and regions.
    Wvtt(Arc<str>),
}

impl TextFormat {
    /// The format of a track of text. `None`: it is none, or in a format that we do not read.
    pub(in crate::package) fn of(track: &Track) -> Option<Self> {
        let readable = matches!(
            track.codec.unsupported,
            Some(Unsupported::NotAudioVisual | Unsupported::SeveralSampleEntries { .. })
        );
        if !readable || !Self::is_text(track) {
            return None;
        }
        match &track.codec.fourcc.0 {
            b"wvtt" => Some(Self::Wvtt(wvtt::header(&track.sample_entries).into())),
            name @ (b"tx3g" | b"text") => {
                let entry = tx3g::Entry::parse(&track.sample_entries, name == b"tx3g");
                Some(Self::Tx3g(entry))
            }
            _ => None,
        }
    }

    /// Whether a track says that it is subtitles, in whatever format.
    pub(in crate::package) fn is_text(track: &Track) -> bool {
        matches!(&track.media, Media::Other(handler) if HANDLERS.contains(&&handler.0))
    }

    /// Whether a track is small enough to be read.
    pub(in crate::package) fn fits(track: &Track) -> bool {
        let samples = usize::try_from(track.samples.len()).unwrap_or(usize::MAX);
        samples <= MAX_CUES && track.samples.total_bytes() <= MAX_FILE_BYTES
    }

    /// Whether its samples are meant for everybody.
    pub(in crate::package) const fn is_forced(&self) -> bool {
        matches!(self, Self::Tx3g(entry) if entry.all_forced)
    }

    pub(super) fn header(&self) -> &str {
        match self {
            Self::Wvtt(header) => header,
            Self::Tx3g(_) => "",
        }
    }

    /// The samples to read for the cues of a stretch of time: those that are shown in it, and for `wvtt` some around them, for
    /// a cue may be spread over several samples and must come out as one, the same in every segment.
    pub(super) fn samples(&self, track: &Track, placement: Placement, time: &Range<i64>) -> Range<u32> {
        let around = match self {
            Self::Tx3g(_) => 0,
            Self::Wvtt(_) => NEIGHBOURS,
        };
        let first = placement.first_sample_at(track, time.start).saturating_sub(1);
        let end = placement.first_sample_at(track, time.end);
        first.saturating_sub(around)..end.saturating_add(around)
    }

    /// The cues of these samples, given with their bytes.
    pub(super) fn cues<'a>(&self, samples: impl Iterator<Item = (Range<Duration>, &'a [u8])>) -> Vec<Cue> {
        match self {
            Self::Tx3g(entry) => samples
                .filter_map(|(time, bytes)| Cue::new(time.start, time.end, &tx3g::payload(bytes, *entry)))
                .collect(),
            Self::Wvtt(_) => {
                let mut joiner = wvtt::Joiner::default();
                for (time, bytes) in samples {
                    joiner.push(time.start, time.end, bytes);
                }
                joiner.finish()
            }
        }
    }
}

/// When a sample is shown on the title's timeline, in whole milliseconds. What lies before its start is not seen.
pub(super) fn shown(sample: &Sample, track: &Track, placement: Placement) -> Range<Duration> {
    const MILLIS: NonZeroU32 = NonZeroU32::new(1000).unwrap();
    let start = placement.time_of(sample, track).ticks();
    let end = start.saturating_add(i64::from(sample.duration));
    let [start, end] = [start, end].map(|ticks| {
        let millis = MediaTime::new(ticks, track.timescale).rescale(MILLIS).ticks();
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    });
    start..end
}

/// Handlers of subtitles: text, `QuickTime`'s subtitles, ISO subtitles, pictures of text, closed captions.
const HANDLERS: [&[u8; 4]; 5] = [b"text", b"sbtl", b"subt", b"subp", b"clcp"];

/// How many samples on either side of a segment are read to join cues. One that is spread over more is shown in parts.
const NEIGHBOURS: u32 = 16;

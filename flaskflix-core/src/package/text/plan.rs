//! Plans subtitle streams: where they come from, and their cuts, which are the film's.

use super::{
    super::{
        SegmentStart, StreamKind, StreamPlan, Warning,
        bandwidth::BitRate,
        survey::TrackRef,
        timeline::{Placement, Timeline},
    },
    SubtitleInput, TextFormat,
};
use crate::time::MediaTime;

/// Where the cues of a stream come from.
#[derive(Debug, Clone)]
pub(in crate::package) enum TextOrigin {
    /// Samples of a track.
    Track(TextFormat),
    /// A file beside the film: its place among the subtitle inputs.
    File(usize),
}

/// The subtitle streams: tracks in the order of their files, then files. All are cut where these streams of picture and
/// sound are. Not more than `limit`.
pub(in crate::package) fn streams(
    tracks: &[(TrackRef<'_>, TextFormat)],
    files: &[SubtitleInput],
    timeline: Timeline,
    film: &[StreamPlan],
    limit: usize,
    warnings: &mut Vec<Warning>,
) -> Vec<StreamPlan> {
    let starts = cuts(film);
    let lead = film.first().map_or(MediaTime::ZERO, StreamPlan::lead);
    let stream = |input, track, placement, text| StreamPlan {
        id: String::new(),
        kind: StreamKind::Text,
        input,
        track,
        text: Some(text),
        placement,
        lead,
        first_samples: Vec::new(),
        starts: starts.clone(),
        bit_rate: BitRate::default(),
        start: SegmentStart::Closed,
        key_frames: None,
    };
    let mut streams: Vec<StreamPlan> = tracks
        .iter()
        .map(|(found, format)| {
            let placement = timeline.place(found.track);
            let text = TextOrigin::Track(format.clone());
            stream(Some(found.input), found.index, placement, text)
        })
        .collect();
    for (place, input) in files.iter().enumerate() {
        let asset = || input.file.asset.clone();
        match &input.cues {
            Ok(cues) => {
                if let Some((count, first)) = cues.skipped() {
                    warnings.push(Warning::CuesSkipped {
                        asset: asset(),
                        count,
                        first: first.clone(),
                    });
                }
                streams.push(stream(None, 0, Placement::default(), TextOrigin::File(place)));
            }
            Err(fault) => warnings.push(Warning::Subtitles {
                asset: asset(),
                fault: fault.clone(),
            }),
        }
    }
    if streams.len() > limit {
        warnings.push(Warning::TooManySubtitles {
            found: streams.len(),
            limit,
        });
        streams.truncate(limit);
    }
    streams
}

/// The cuts of the picture (of the first sound when there is none), then those of the sound that outlasts it.
fn cuts(film: &[StreamPlan]) -> Vec<MediaTime> {
    let Some(first) = film.first() else {
        return Vec::new();
    };
    let longest = film
        .iter()
        .max_by_key(|stream| stream.starts.last().copied())
        .unwrap_or(first);
    let shared = first.starts.len().saturating_sub(1);
    let rest = longest.starts.get(shared..).filter(|rest| !rest.is_empty());
    let rest = rest.or_else(|| first.starts.get(shared..)).unwrap_or_default();
    first.starts.iter().take(shared).chain(rest).copied().collect()
}

//! Plans the streams of a title: survey, timeline, ladder, cuts, bit rates.

use super::{
    PackageError, PackageOptions, SubtitleInput, Warning,
    bandwidth::{SegmentCost, bit_rate},
    boundaries::{choose_cuts, extend_cuts},
    key_frames::KeyFramePlan,
    ladder::{Ladder, VideoCandidate, assemble, end_of},
    material::Input,
    segment::{SegmentLayout, written},
    stream::{SegmentStart, StreamKind, StreamPlan},
    survey::{Survey, TrackRef},
    text::{self, ChapterPlan},
    timeline::{Placement, Timeline},
};
use crate::{encrypt::encrypted_len, mp4::Track, playlist::target_secs, time::MediaTime};

/// What is planned of a title.
#[derive(Debug)]
pub(super) struct Plan {
    /// Video, audio, text.
    pub(super) streams: Vec<StreamPlan>,
    pub(super) chapters: Option<ChapterPlan>,
    /// From a film's own time to the title's, in microseconds.
    pub(super) zero_micros: i64,
    /// What was left out.
    pub(super) warnings: Vec<Warning>,
}

/// Plans the film, then the text that goes with it.
pub(super) fn plan(
    inputs: &[Input],
    subtitles: &[SubtitleInput],
    options: &PackageOptions,
    encrypted: bool,
) -> Result<Plan, PackageError> {
    let mut survey = Survey::of(inputs);
    let timeline = Timeline::of(
        survey
            .videos
            .iter()
            .chain(&survey.audios)
            .map(|found| found.track),
    );
    let mut streams = film(&mut survey, timeline, options, encrypted)?;
    let room = options.max_streams.saturating_sub(streams.len());
    let texts = text::streams(
        &survey.texts,
        subtitles,
        timeline,
        &streams,
        room,
        &mut survey.warnings,
    );
    streams.extend(texts);
    name(&mut streams);
    Ok(Plan {
        streams,
        chapters: ChapterPlan::of(&survey, inputs, timeline),
        zero_micros: timeline.zero_micros(),
        warnings: survey.warnings,
    })
}

/// The streams of picture and sound.
fn film(
    survey: &mut Survey<'_>,
    timeline: Timeline,
    options: &PackageOptions,
    encrypted: bool,
) -> Result<Vec<StreamPlan>, PackageError> {
    let Survey {
        videos,
        audios,
        warnings,
        ..
    } = survey;
    let found = videos.len().saturating_add(audios.len());
    if found > options.max_streams {
        return Err(PackageError::TooManyStreams {
            streams: found,
            limit: options.max_streams,
        });
    }
    let candidates: Vec<VideoCandidate> = videos
        .iter()
        .map(|found| VideoCandidate::new(found.file.asset.clone(), found.track, timeline.place(found.track)))
        .collect();
    let pace = options.pace();
    let Ladder {
        members,
        common,
        left_out,
    } = assemble(&candidates, options.target_micros());
    warnings.extend(left_out);
    let kept = || {
        members
            .iter()
            .filter_map(|&member| Some((candidates.get(member)?, videos.get(member)?)))
    };
    let end = kept()
        .map(|(candidate, _)| candidate.end_micros)
        .max()
        .unwrap_or(0);
    let cuts: Vec<i64> = choose_cuts(&common, end, &pace)
        .into_iter()
        .filter_map(|cut| common.get(cut).copied())
        .collect();

    let planner = Planner { options, encrypted };
    let mut planned = Vec::with_capacity(found);
    for (candidate, found) in kept() {
        let firsts = cuts.iter().filter_map(|&cut| candidate.sample_at(cut)).collect();
        let (mut stream, costs) = planner.stream(StreamKind::Video, found, candidate.placement, firsts)?;
        let interval = options.key_frame_micros(candidate.end_micros);
        let sent = |clear| planner.sent(clear);
        stream.key_frames = KeyFramePlan::new(&candidate.key_frames, interval, candidate.end_micros, sent);
        planned.push((stream, costs));
    }
    planned.sort_by(|(a, _): &Planned, (b, _)| {
        b.bit_rate
            .average
            .cmp(&a.bit_rate.average)
            .then(a.input.cmp(&b.input))
    });
    planned.extend(planner.audio(audios, timeline, cuts, end)?);
    if planned.is_empty() {
        let left_out = std::mem::take(warnings);
        return Err(PackageError::NothingPlayable { left_out });
    }
    Ok(rated(planned))
}

/// A stream, and what its segments cost.
type Planned = (StreamPlan, Vec<SegmentCost>);

/// Tells the bit rates by the title's own target duration, which is known once all streams are planned.
fn rated(planned: Vec<Planned>) -> Vec<StreamPlan> {
    let durations = planned.iter().flat_map(|(stream, _)| stream.durations());
    let target = target_secs(durations.max().unwrap_or(0)).saturating_mul(1_000_000);
    let rate = |(mut stream, costs): Planned| {
        stream.bit_rate = bit_rate(&costs, target);
        stream
    };
    planned.into_iter().map(rate).collect()
}

/// `v1`, `v2`, ..., `a1`, `a2`, ..., `t1`, `t2`, ... in their order.
fn name(streams: &mut [StreamPlan]) {
    for (kind, letter) in [
        (StreamKind::Video, 'v'),
        (StreamKind::Audio, 'a'),
        (StreamKind::Text, 't'),
    ] {
        for (place, stream) in streams
            .iter_mut()
            .filter(|stream| stream.kind == kind)
            .enumerate()
        {
            stream.id = format!("{letter}{}", place.saturating_add(1));
        }
    }
}

/// Cuts tracks into segments.
struct Planner<'a> {
    options: &'a PackageOptions,
    encrypted: bool,
}

impl Planner<'_> {
    /// Cuts the audio tracks at the video's times, and goes on after it where sound lasts longer.
    fn audio(
        &self,
        audios: &[TrackRef<'_>],
        timeline: Timeline,
        mut cuts: Vec<i64>,
        video_end: i64,
    ) -> Result<Vec<Planned>, PackageError> {
        let placed: Vec<(&TrackRef<'_>, Placement)> = audios
            .iter()
            .map(|found| (found, timeline.place(found.track)))
            .collect();
        let longest = placed.iter().max_by_key(|(found, at)| end_of(found.track, *at));
        if let Some((found, at)) = longest {
            let (end, limit) = (end_of(found.track, *at).as_micros(), self.options.max_segments);
            extend_cuts(&mut cuts, video_end, end, &self.options.pace(), limit);
            if cuts.len() > limit {
                return Err(PackageError::TooManySegments {
                    asset: found.file.asset.clone(),
                    limit,
                });
            }
        }
        placed
            .into_iter()
            .map(|(found, placement)| {
                let firsts = cuts
                    .iter()
                    .map(|&cut| placement.first_sample_at(found.track, cut))
                    .collect();
                self.stream(StreamKind::Audio, found, placement, firsts)
            })
            .collect()
    }

    /// Plans one stream whose segments start at these samples (besides the first, which starts at sample 0).
    fn stream(
        &self,
        kind: StreamKind,
        found: &TrackRef<'_>,
        placement: Placement,
        firsts: Vec<u32>,
    ) -> Result<Planned, PackageError> {
        let (track, len) = (found.track, found.track.samples.len());
        let mut first_samples = vec![0_u32];
        for first in firsts.into_iter().chain([len]) {
            // No segment is empty: a cut at or before the last one, or past the end, is none.
            if first <= len && first_samples.last().is_some_and(|&last| last < first) {
                first_samples.push(first);
            }
        }
        self.check(found, &first_samples)?;
        let starts = starts(track, placement, &first_samples);
        let mut stream = StreamPlan {
            id: String::new(),
            kind,
            input: Some(found.input),
            track: found.index,
            text: None,
            placement,
            lead: placement.lead(track.timescale),
            first_samples,
            starts,
            bit_rate: Default::default(),
            start: SegmentStart::Closed,
            key_frames: None,
        };
        let layouts = layouts(track, &stream);
        let costs = self.costs(&layouts, &stream);
        // The average sorts the streams; the peak has to wait for the title's target duration.
        stream.bit_rate = bit_rate(&costs, 0);
        stream.start = layouts
            .iter()
            .map(|layout| layout.start)
            .max()
            .unwrap_or(SegmentStart::Closed);
        Ok((stream, costs))
    }

    fn costs(&self, layouts: &[SegmentLayout], stream: &StreamPlan) -> Vec<SegmentCost> {
        layouts
            .iter()
            .zip(stream.durations())
            .map(|(layout, micros)| SegmentCost {
                bytes: self.sent(layout.total_bytes()),
                micros,
            })
            .collect()
    }

    /// Bytes that go out for so many clear ones.
    fn sent(&self, clear: u64) -> u64 {
        let sealed = Some(clear).filter(|_| self.encrypted).and_then(encrypted_len);
        sealed.unwrap_or(clear)
    }

    fn check(&self, found: &TrackRef<'_>, first_samples: &[u32]) -> Result<(), PackageError> {
        let (options, asset) = (self.options, || found.file.asset.clone());
        if first_samples.len() > options.max_segments.saturating_add(1) {
            return Err(PackageError::TooManySegments {
                asset: asset(),
                limit: options.max_segments,
            });
        }
        let largest = first_samples.windows(2).map(|pair| match pair {
            [first, next] => next.saturating_sub(*first),
            _ => 0,
        });
        match largest.max() {
            Some(samples) if samples > options.max_segment_samples => Err(PackageError::SegmentTooLarge {
                asset: asset(),
                samples,
                limit: options.max_segment_samples,
            }),
            _ => Ok(()),
        }
    }
}

/// When the segments start, and when the last one ends. The first starts at zero whatever its first sample does: all
/// playlists of a title tell the same time.
fn starts(track: &Track, placement: Placement, first_samples: &[u32]) -> Vec<MediaTime> {
    let inner = first_samples.len().saturating_sub(2);
    let cuts = first_samples.iter().skip(1).take(inner).filter_map(|&first| {
        let sample = track.samples.unplaced_sample(first)?;
        Some(placement.time_of(&sample, track))
    });
    std::iter::once(MediaTime::ZERO)
        .chain(cuts)
        .chain([end_of(track, placement)])
        .collect()
}

fn layouts(track: &Track, stream: &StreamPlan) -> Vec<SegmentLayout> {
    let segments = stream.first_samples.windows(2).map(|pair| match pair {
        [first, next] => *first..*next,
        _ => 0..0,
    });
    let layout = |range: std::ops::Range<u32>| match track.samples.outline(range.clone()) {
        Some(outline) => SegmentLayout::of_outline(&outline, stream.placement),
        None => {
            let samples = track.samples.unplaced_samples(range.start..u32::MAX);
            SegmentLayout::of(written(samples, range.end), stream.placement)
        }
    };
    segments.map(layout).collect()
}

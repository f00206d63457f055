//! From the plan to the DASH description: which streams a player may switch between, and what each is.

use super::{
    frame_rate::FrameRate,
    manifest::{audio_renditions, codec_name},
    min_buffer::min_buffer_micros,
    presentation::Presentation,
    sample_entry::presented_codec,
    stream::{StreamKind, StreamPlan},
};
use crate::{
    catalog::SubtitleRole,
    dash::{
        AdaptationSet, Colour, Content, Description, Picture, Representation, Role, Sound, Timeline,
        lowest_terms,
    },
    mp4::{Media, Track, VideoInfo},
};

/// Describes a title.
pub(super) fn description(presentation: &Presentation) -> Description {
    let streams = || presentation.streams().iter();
    let media = || {
        streams()
            .filter(|stream| stream.kind != StreamKind::Text)
            .filter_map(|stream| Some((stream, presentation.track(stream)?)))
    };
    let mut sets = video_sets(media().filter(|(stream, _)| stream.kind == StreamKind::Video));
    sets.extend(audio_sets(presentation));
    sets.extend(text_sets(presentation));
    let longest = media().flat_map(|(stream, _)| stream.durations()).max();
    let buffers = media().map(|(stream, track)| min_buffer_micros(stream, track));
    Description {
        title: presentation.name().trim().to_owned(),
        micros: u64::try_from(presentation.duration().as_micros()).unwrap_or(u64::MAX),
        longest_segment_micros: longest.unwrap_or(0),
        min_buffer_micros: buffers.max().unwrap_or(0),
        sets,
    }
}

/// A set for every codec and transfer characteristic: players switch inside a set without a break.
fn video_sets<'a>(videos: impl Iterator<Item = (&'a StreamPlan, &'a Track)>) -> Vec<AdaptationSet> {
    let mut found: Vec<((String, Option<&'static str>), AdaptationSet)> = Vec::new();
    for (stream, track) in videos {
        let (Some(codec), Media::Video(video)) = (presented_codec(track), &track.media) else {
            continue;
        };
        let key = (codec_name(&codec).to_owned(), video.range());
        let representation = representation(stream, track, codec);
        match found.iter_mut().find(|(known, _)| *known == key) {
            Some((_, set)) => set.representations.push(representation),
            None => {
                let set = AdaptationSet {
                    content: Content::Video,
                    language: None,
                    label: None,
                    role: if found.is_empty() {
                        Role::Main
                    } else {
                        Role::Alternate
                    },
                    colour: colour(video),
                    representations: vec![representation],
                };
                found.push((key, set));
            }
        }
    }
    let mut sets: Vec<AdaptationSet> = found.into_iter().map(|(_, set)| set).collect();
    // Players that leave out what they do not know need something that is left.
    let has_plain = sets.iter().any(|set| set.colour.is_none());
    for colour in sets.iter_mut().filter_map(|set| set.colour.as_mut()) {
        colour.essential = has_plain;
    }
    sets
}

/// A set for every sound track: they are languages or kinds of sound, not qualities.
fn audio_sets(presentation: &Presentation) -> impl Iterator<Item = AdaptationSet> + '_ {
    audio_renditions(presentation)
        .into_iter()
        .filter_map(|rendition| {
            let stream = presentation.stream(&rendition.stream)?;
            let track = presentation.track(stream)?;
            Some(AdaptationSet {
                content: Content::Audio,
                language: rendition.language,
                label: Some(rendition.name),
                role: if rendition.default {
                    Role::Main
                } else {
                    Role::Alternate
                },
                colour: None,
                representations: vec![representation(stream, track, presented_codec(track)?)],
            })
        })
}

/// A set for every stream of subtitles, as one file each: players know that form best.
fn text_sets(presentation: &Presentation) -> impl Iterator<Item = AdaptationSet> + '_ {
    presentation.subtitles().into_iter().map(|found| AdaptationSet {
        content: Content::Text,
        language: found.language,
        label: Some(found.name),
        role: match found.role {
            SubtitleRole::HearingImpaired => Role::Caption,
            SubtitleRole::Forced => Role::ForcedSubtitle,
            _ => Role::Subtitle,
        },
        colour: None,
        representations: vec![Representation {
            stream: found.stream.id.clone(),
            bandwidth: found.stream.bit_rate.peak.max(1),
            codecs: String::new(),
            picture: None,
            sound: None,
            start: found.stream.start,
            timeline: None,
        }],
    })
}

fn representation(stream: &StreamPlan, track: &Track, codecs: String) -> Representation {
    let (picture, sound) = match &track.media {
        Media::Video(video) => (Some(picture(video, track)), None),
        Media::Audio(audio) => {
            let (sample_rate, channels) = (audio.sample_rate, audio.channels);
            (
                None,
                Some(Sound {
                    sample_rate,
                    channels,
                }),
            )
        }
        Media::Other(_) => (None, None),
    };
    Representation {
        stream: stream.id.clone(),
        bandwidth: stream.bit_rate.peak,
        codecs,
        picture,
        sound,
        start: stream.start,
        timeline: Some(timeline(stream, track)),
    }
}

/// The same segments as in the media playlist, in the track's own ticks: starting at zero, whatever the first sample does.
fn timeline(stream: &StreamPlan, track: &Track) -> Timeline {
    let ticks = stream
        .starts
        .iter()
        .map(|start| start.rescale(track.timescale).ticks());
    let ticks: Vec<i64> = ticks.collect();
    let durations = ticks.windows(2).map(|pair| match pair {
        [start, end] => u64::try_from(end.saturating_sub(*start)).unwrap_or(0),
        _ => 0,
    });
    Timeline {
        timescale: track.timescale.get(),
        offset: u64::try_from(stream.lead().ticks()).unwrap_or(0),
        durations: durations.collect(),
    }
}

fn picture(video: &VideoInfo, track: &Track) -> Picture {
    let (wide, high) = video.pixel_aspect.unwrap_or((1, 1));
    let (width, height) = (u32::from(video.width), u32::from(video.height));
    let (size, aspect) = if video.is_turned(&track.header.matrix) {
        ((height, width), (high, wide))
    } else {
        ((width, height), (wide, high))
    };
    let (wide, high) = lowest_terms(u64::from(aspect.0), u64::from(aspect.1));
    Picture {
        width: size.0,
        height: size.1,
        pixel_aspect: (
            u32::try_from(wide).unwrap_or(u32::MAX),
            u32::try_from(high).unwrap_or(u32::MAX),
        ),
        frame_rate: FrameRate::of(track).map(FrameRate::fraction),
    }
}

/// Told when the pictures are not SDR.
fn colour(video: &VideoInfo) -> Option<Colour> {
    video.range()?;
    Some(Colour {
        primaries: video.primaries,
        transfer: video.transfer?,
        matrix: video.matrix,
        essential: false,
    })
}

//! From the plan to the multivariant playlist: variants, audio groups, names.

use super::{
    frame_rate::FrameRate,
    names,
    presentation::Presentation,
    sample_entry::{presented_codec, presented_supplemental},
    stream::{SegmentStart, StreamKind, StreamPlan},
};
use crate::{
    mp4::{Media, Track},
    playlist::{
        AudioRendition, KeyFrameVariant, Language, MultivariantPlaylist, SessionData, Start,
        SubtitleRendition, Variant,
    },
};

/// An audio group: all audio streams of one codec string, for a player chooses variants by codec.
struct AudioGroup<'a> {
    id: String,
    codec: String,
    streams: Vec<(&'a StreamPlan, &'a Track)>,
}

/// Describes the playlist of a title.
pub(super) fn multivariant(presentation: &Presentation) -> MultivariantPlaylist {
    let groups = audio_groups(presentation);
    let videos = presentation
        .streams()
        .iter()
        .filter(|stream| stream.kind == StreamKind::Video)
        .filter_map(|stream| Some((stream, presentation.track(stream)?)));
    let audio = groups.iter().flat_map(renditions).collect();
    let variants: Vec<Variant> = videos
        .clone()
        .flat_map(|(stream, track)| video_variants(stream, track, &groups))
        .collect();
    let variants = if variants.is_empty() {
        groups.iter().filter_map(audio_variant).collect()
    } else {
        variants
    };
    let subtitles = presentation.subtitles().into_iter();
    MultivariantPlaylist {
        audio,
        subtitles: subtitles
            .map(|found| SubtitleRendition {
                stream: found.stream.id.clone(),
                name: found.name,
                language: found.language,
                role: found.role,
                default: found.default,
            })
            .collect(),
        chapters: presentation.has_chapters(),
        independent_segments: presentation
            .streams()
            .iter()
            .all(|stream| stream.start == SegmentStart::Closed),
        variants,
        key_frames: videos
            .filter_map(|(stream, track)| key_frame_variant(stream, track))
            .collect(),
        session_data: title(presentation.name()).into_iter().collect(),
        start: presentation.start().map(|start| Start {
            offset: start.offset,
            precise: start.precise,
        }),
    }
}

/// The title's name, as Apple's players look for it.
fn title(name: &str) -> Option<SessionData> {
    let value = name.trim();
    (!value.is_empty()).then(|| SessionData {
        id: "com.apple.hls.title",
        value: value.to_owned(),
    })
}

/// The sound tracks with their names: group by group, one of each the default.
pub(super) fn audio_renditions(presentation: &Presentation) -> Vec<AudioRendition> {
    audio_groups(presentation).iter().flat_map(renditions).collect()
}

/// The name of the codec in a codec string: `avc1` of `avc1.64001f`.
pub(super) fn codec_name(codec: &str) -> &str {
    codec.split_once('.').map_or(codec, |(name, _)| name)
}

fn audio_groups(presentation: &Presentation) -> Vec<AudioGroup<'_>> {
    let mut groups: Vec<AudioGroup<'_>> = Vec::new();
    for stream in presentation
        .streams()
        .iter()
        .filter(|stream| stream.kind == StreamKind::Audio)
    {
        let Some(track) = presentation.track(stream) else {
            continue;
        };
        let Some(codec) = presented_codec(track) else {
            continue;
        };
        match groups.iter_mut().find(|group| group.codec == codec) {
            Some(group) => group.streams.push((stream, track)),
            None => {
                let id = format!("audio{}", groups.len().saturating_add(1));
                groups.push(AudioGroup {
                    id,
                    codec,
                    streams: vec![(stream, track)],
                });
            }
        }
    }
    groups
}

/// The renditions of a group. The first that its file enables is the default; names are unique in the group
/// (RFC 8216bis section 4.4.6.1.1).
fn renditions(group: &AudioGroup<'_>) -> Vec<AudioRendition> {
    let default = group
        .streams
        .iter()
        .position(|(_, track)| track.enabled)
        .unwrap_or(0);
    let mut names = names::Unique::default();
    let mut renditions = Vec::new();
    for (place, (stream, track)) in group.streams.iter().enumerate() {
        let language = Language::from_media_code(&track.language);
        let name = names.claim(&track_name(track, language.as_ref(), place));
        renditions.push(AudioRendition {
            group: group.id.clone(),
            stream: stream.id.clone(),
            name,
            language: language.map(|language| language.tag().to_owned()),
            default: place == default,
            channels: match &track.media {
                Media::Audio(audio) => audio.channels,
                _ => 0,
            },
            objects: match &track.media {
                Media::Audio(audio) => audio.objects,
                _ => None,
            },
        });
    }
    renditions
}

/// The maker's name for a track unless it is one that muxers write by themselves, else its language's.
fn track_name(track: &Track, language: Option<&Language>, place: usize) -> String {
    match (names::by_maker(track), language) {
        (Some(name), _) => name.to_owned(),
        (None, Some(language)) => language.name().unwrap_or(language.tag()).to_owned(),
        (None, None) => format!("Audio {}", place.saturating_add(1)),
    }
}

/// One variant per audio group, or one alone when the title is silent.
fn video_variants(stream: &StreamPlan, track: &Track, groups: &[AudioGroup<'_>]) -> Vec<Variant> {
    let Some(codec) = presented_codec(track) else {
        return Vec::new();
    };
    let Media::Video(video) = &track.media else {
        return Vec::new();
    };
    let alone = Variant {
        stream: stream.id.clone(),
        bandwidth: stream.bit_rate.peak,
        average_bandwidth: Some(stream.bit_rate.average),
        codecs: vec![codec],
        supplemental_codecs: presented_supplemental(track),
        resolution: Some(video.display_size(&track.header.matrix)),
        frame_rate_thousandths: FrameRate::of(track).and_then(FrameRate::thousandths),
        video_range: video.range(),
        audio_group: None,
    };
    if groups.is_empty() {
        return vec![alone];
    }
    groups
        .iter()
        .map(|group| {
            let (peak, average) = worst(group);
            let mut variant = alone.clone();
            variant.bandwidth = variant.bandwidth.saturating_add(peak);
            variant.average_bandwidth = Some(stream.bit_rate.average.saturating_add(average));
            variant.codecs.push(group.codec.clone());
            variant.audio_group = Some(group.id.clone());
            variant
        })
        .collect()
}

/// The I-frame playlist of a stream, when it has one.
fn key_frame_variant(stream: &StreamPlan, track: &Track) -> Option<KeyFrameVariant> {
    let (plan, Media::Video(video)) = (stream.key_frames?, &track.media) else {
        return None;
    };
    Some(KeyFrameVariant {
        stream: stream.id.clone(),
        bandwidth: plan.bit_rate.peak,
        average_bandwidth: plan.bit_rate.average,
        codecs: presented_codec(track)?,
        supplemental_codecs: presented_supplemental(track),
        resolution: video.display_size(&track.header.matrix),
        video_range: video.range(),
    })
}

/// A title without pictures: the default rendition of a group is the variant itself.
fn audio_variant(group: &AudioGroup<'_>) -> Option<Variant> {
    let (default, _) = group
        .streams
        .iter()
        .find(|(_, track)| track.enabled)
        .or(group.streams.first())?;
    let (bandwidth, average_bandwidth) = worst(group);
    Some(Variant {
        stream: default.id.clone(),
        bandwidth,
        average_bandwidth: Some(average_bandwidth),
        codecs: vec![group.codec.clone()],
        supplemental_codecs: None,
        resolution: None,
        frame_rate_thousandths: None,
        video_range: None,
        audio_group: Some(group.id.clone()),
    })
}

/// Bit rates of the group's most costly rendition.
fn worst(group: &AudioGroup<'_>) -> (u64, u64) {
    let rates = group.streams.iter().map(|(stream, _)| stream.bit_rate);
    rates.fold((0, 0), |worst, rate| {
        (worst.0.max(rate.peak), worst.1.max(rate.average))
    })
}

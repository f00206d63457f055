//! Multivariant playlists (RFC 8216bis section 4.4.6): which streams a title has and how they go together.

use std::time::Duration;

use super::{PlaylistUrls, write::PlaylistWriter};
use crate::catalog::SubtitleRole;

/// One `EXT-X-MEDIA` of type AUDIO.
#[derive(Debug, Clone)]
pub(crate) struct AudioRendition {
    /// The group it belongs to.
    pub(crate) group: String,
    /// The stream's id in our URLs.
    pub(crate) stream: String,
    /// Name for people, unique in its group.
    pub(crate) name: String,
    /// BCP 47 tag, when the language is known.
    pub(crate) language: Option<String>,
    /// Exactly one of a group is the default.
    pub(crate) default: bool,
    /// Number of channels.
    pub(crate) channels: u16,
    /// Number of sound objects, when there are any (joint object coding).
    pub(crate) objects: Option<u8>,
}

/// One `EXT-X-MEDIA` of type SUBTITLES. All are in the one group [`SUBTITLE_GROUP`].
#[derive(Debug, Clone)]
pub(crate) struct SubtitleRendition {
    /// The stream's id in our URLs.
    pub(crate) stream: String,
    /// Name for people, unique in the group.
    pub(crate) name: String,
    /// BCP 47 tag, when the language is known.
    pub(crate) language: Option<String>,
    /// What they are for.
    pub(crate) role: SubtitleRole,
    /// At most one is the default.
    pub(crate) default: bool,
}

/// One `EXT-X-STREAM-INF`.
#[derive(Debug, Clone)]
pub(crate) struct Variant {
    /// The stream's id in our URLs.
    pub(crate) stream: String,
    /// Peak bits per second of the worst combination (section 4.4.6.2).
    pub(crate) bandwidth: u64,
    /// Average bits per second of the worst combination, when it is known.
    pub(crate) average_bandwidth: Option<u64>,
    /// RFC 6381 strings, video first. Empty when they are not known.
    pub(crate) codecs: Vec<String>,
    /// What some decoders make more of the picture.
    pub(crate) supplemental_codecs: Option<String>,
    /// Display width and height in pixels.
    pub(crate) resolution: Option<(u32, u32)>,
    /// Frames per 1000 seconds.
    pub(crate) frame_rate_thousandths: Option<u64>,
    /// `PQ` or `HLG`; SDR is the default and not written.
    pub(crate) video_range: Option<&'static str>,
    /// The group of audio renditions that plays with it.
    pub(crate) audio_group: Option<String>,
}

/// One `EXT-X-I-FRAME-STREAM-INF` (section 4.4.6.3).
#[derive(Debug, Clone)]
pub(crate) struct KeyFrameVariant {
    /// The stream's id in our URLs.
    pub(crate) stream: String,
    /// Peak bits per second of the key frames.
    pub(crate) bandwidth: u64,
    /// Average bits per second of the key frames.
    pub(crate) average_bandwidth: u64,
    /// RFC 6381 string of the picture.
    pub(crate) codecs: String,
    /// What some decoders make more of it.
    pub(crate) supplemental_codecs: Option<String>,
    /// Display width and height in pixels.
    pub(crate) resolution: (u32, u32),
    /// `PQ` or `HLG`; SDR is the default and not written.
    pub(crate) video_range: Option<&'static str>,
}

/// One `EXT-X-SESSION-DATA` (section 4.4.6.4): something about the title that an application may show.
#[derive(Debug, Clone)]
pub(crate) struct SessionData {
    /// What it is, in the manner of a reversed domain name.
    pub(crate) id: &'static str,
    /// The text itself.
    pub(crate) value: String,
}

/// `EXT-X-START` (section 4.4.2.2).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    /// Time since the title's start.
    pub(crate) offset: Duration,
    /// Whether pictures before that time are not to be shown.
    pub(crate) precise: bool,
}

/// What stands in a multivariant playlist.
#[derive(Debug, Clone, Default)]
pub(crate) struct MultivariantPlaylist {
    /// Audio renditions, grouped.
    pub(crate) audio: Vec<AudioRendition>,
    /// Subtitles.
    pub(crate) subtitles: Vec<SubtitleRendition>,
    /// Whether there are chapters.
    pub(crate) chapters: bool,
    /// Whether all segments of all streams start on their own.
    pub(crate) independent_segments: bool,
    /// Variant streams, the first is what many players start with.
    pub(crate) variants: Vec<Variant>,
    /// I-frame playlists, beside the variants of the same pictures.
    pub(crate) key_frames: Vec<KeyFrameVariant>,
    /// What applications may show of the title.
    pub(crate) session_data: Vec<SessionData>,
    /// Where players should start.
    pub(crate) start: Option<Start>,
}

impl MultivariantPlaylist {
    /// Writes the playlist.
    pub(crate) fn render(&self, urls: &dyn PlaylistUrls) -> String {
        let lines = [self.audio.len(), self.variants.len(), self.key_frames.len()]
            .into_iter()
            .sum::<usize>();
        let mut writer = PlaylistWriter::new(6, lines.saturating_mul(256).saturating_add(128));
        if self.independent_segments {
            writer.tag("#EXT-X-INDEPENDENT-SEGMENTS");
        }
        if let Some(start) = self.start {
            render_start(&mut writer, start);
        }
        for data in &self.session_data {
            writer.tag_list("#EXT-X-SESSION-DATA", |list| {
                list.quoted("DATA-ID", data.id);
                list.quoted("VALUE", &data.value);
            });
        }
        if self.chapters {
            // Apple, "Providing JSON chapters".
            writer.tag_list("#EXT-X-SESSION-DATA", |list| {
                list.quoted("DATA-ID", "com.apple.hls.chapters");
                list.quoted("URI", &urls.chapters_json());
            });
        }
        for rendition in &self.audio {
            render_audio(&mut writer, rendition, urls);
        }
        for rendition in &self.subtitles {
            render_subtitles(&mut writer, rendition, urls);
        }
        let subtitles = (!self.subtitles.is_empty()).then_some(SUBTITLE_GROUP);
        for variant in &self.variants {
            render_variant(&mut writer, variant, subtitles, urls);
        }
        for variant in &self.key_frames {
            render_key_frames(&mut writer, variant, urls);
        }
        writer.finish()
    }
}

fn render_audio(writer: &mut PlaylistWriter, rendition: &AudioRendition, urls: &dyn PlaylistUrls) {
    writer.tag_list("#EXT-X-MEDIA", |list| {
        list.bare("TYPE", "AUDIO");
        list.quoted("GROUP-ID", &rendition.group);
        list.quoted("NAME", &rendition.name);
        if let Some(language) = &rendition.language {
            list.quoted("LANGUAGE", language);
        }
        list.yes_no("DEFAULT", rendition.default);
        list.yes_no("AUTOSELECT", true);
        // "The first parameter is a count of audio channels"; with joint object coding Apple counts objects.
        match (rendition.objects, rendition.channels) {
            (Some(objects), _) => list.quoted("CHANNELS", &format!("{objects}/JOC")),
            (None, 0) => {}
            (None, channels) => list.quoted("CHANNELS", &channels.to_string()),
        }
        list.quoted("URI", &urls.media_playlist(&rendition.stream));
    });
}

fn render_subtitles(writer: &mut PlaylistWriter, rendition: &SubtitleRendition, urls: &dyn PlaylistUrls) {
    writer.tag_list("#EXT-X-MEDIA", |list| {
        list.bare("TYPE", "SUBTITLES");
        list.quoted("GROUP-ID", SUBTITLE_GROUP);
        list.quoted("NAME", &rendition.name);
        if let Some(language) = &rendition.language {
            list.quoted("LANGUAGE", language);
        }
        list.yes_no("DEFAULT", rendition.default);
        list.yes_no("AUTOSELECT", true);
        list.yes_no("FORCED", rendition.role == SubtitleRole::Forced);
        if rendition.role == SubtitleRole::HearingImpaired {
            list.quoted("CHARACTERISTICS", FOR_THE_DEAF);
        }
        list.quoted("URI", &urls.media_playlist(&rendition.stream));
    });
}

/// The group of all subtitles of a title.
const SUBTITLE_GROUP: &str = "subs";

/// What subtitles for the deaf and hard of hearing say of themselves (RFC 8216bis section 4.4.6.1, Apple's authoring
/// specification 4.5).
const FOR_THE_DEAF: &str =
    "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound";

fn render_variant(
    writer: &mut PlaylistWriter,
    variant: &Variant,
    subtitles: Option<&str>,
    urls: &dyn PlaylistUrls,
) {
    writer.tag_list("#EXT-X-STREAM-INF", |list| {
        list.bare("BANDWIDTH", variant.bandwidth);
        if let Some(average) = variant.average_bandwidth {
            list.bare("AVERAGE-BANDWIDTH", average);
        }
        if !variant.codecs.is_empty() {
            list.quoted("CODECS", &variant.codecs.join(","));
        }
        if let Some(codecs) = &variant.supplemental_codecs {
            list.quoted("SUPPLEMENTAL-CODECS", codecs);
        }
        if let Some((width, height)) = variant.resolution {
            list.bare("RESOLUTION", format_args!("{width}x{height}"));
        }
        if let Some(rate) = variant.frame_rate_thousandths {
            list.thousandths("FRAME-RATE", rate);
        }
        if let Some(range) = variant.video_range {
            list.bare("VIDEO-RANGE", range);
        }
        if let Some(group) = &variant.audio_group {
            list.quoted("AUDIO", group);
        }
        if let Some(group) = subtitles {
            list.quoted("SUBTITLES", group);
        }
    });
    writer.uri(&urls.media_playlist(&variant.stream));
}

fn render_key_frames(writer: &mut PlaylistWriter, variant: &KeyFrameVariant, urls: &dyn PlaylistUrls) {
    writer.tag_list("#EXT-X-I-FRAME-STREAM-INF", |list| {
        list.bare("BANDWIDTH", variant.bandwidth);
        list.bare("AVERAGE-BANDWIDTH", variant.average_bandwidth);
        list.quoted("CODECS", &variant.codecs);
        if let Some(codecs) = &variant.supplemental_codecs {
            list.quoted("SUPPLEMENTAL-CODECS", codecs);
        }
        let (width, height) = variant.resolution;
        list.bare("RESOLUTION", format_args!("{width}x{height}"));
        if let Some(range) = variant.video_range {
            list.bare("VIDEO-RANGE", range);
        }
        list.quoted("URI", &urls.key_frames(&variant.stream));
    });
}

fn render_start(writer: &mut PlaylistWriter, start: Start) {
    writer.tag_list("#EXT-X-START", |list| {
        let (secs, micros) = (start.offset.as_secs(), start.offset.subsec_micros());
        list.bare("TIME-OFFSET", format_args!("{secs}.{micros:06}"));
        if start.precise {
            list.yes_no("PRECISE", true);
        }
    });
}

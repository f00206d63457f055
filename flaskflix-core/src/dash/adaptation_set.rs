//! Adaptation sets and representations (ISO/IEC 23009-1 sections 5.3.3 and 5.3.5): streams that a player switches between.

use super::{
    Timeline,
    xml::{Attributes, XmlWriter},
};
use crate::{package::SegmentStart, playlist::PlaylistUrls};

/// Streams that a player may switch between.
#[derive(Debug, Clone)]
pub(crate) struct AdaptationSet {
    pub(crate) content: Content,
    /// BCP 47 tag, when the language is known.
    pub(crate) language: Option<String>,
    /// Name for people, when there is one.
    pub(crate) label: Option<String>,
    pub(crate) role: Role,
    /// Colour of a set that is not SDR, and whether a player that does not know it has another set to go to.
    pub(crate) colour: Option<Colour>,
    /// The streams, best first.
    pub(crate) representations: Vec<Representation>,
}

/// What a set carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Video,
    Audio,
    /// `WebVTT`, each stream in one piece.
    Text,
}

/// What a set is beside the others of its kind (`urn:mpeg:dash:role:2011`, section 5.8.5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Main,
    Alternate,
    Subtitle,
    Caption,
    ForcedSubtitle,
}

/// Code points of ISO/IEC 23091-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colour {
    pub(crate) primaries: Option<u16>,
    pub(crate) transfer: u16,
    pub(crate) matrix: Option<u16>,
    /// Whether players that do not know these must leave the set alone: there is another one for them.
    pub(crate) essential: bool,
}

/// One stream.
#[derive(Debug, Clone)]
pub(crate) struct Representation {
    /// The stream's id in our URLs.
    pub(crate) stream: String,
    /// Peak bits per second.
    pub(crate) bandwidth: u64,
    /// RFC 6381 string; empty for text.
    pub(crate) codecs: String,
    pub(crate) picture: Option<Picture>,
    pub(crate) sound: Option<Sound>,
    pub(crate) start: SegmentStart,
    /// Its segments; `None` for text.
    pub(crate) timeline: Option<Timeline>,
}

/// Of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Shape of a pixel, horizontal to vertical, in lowest terms.
    pub(crate) pixel_aspect: (u32, u32),
    /// Pictures per so many seconds, in lowest terms.
    pub(crate) frame_rate: Option<(u64, u64)>,
}

/// Of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sound {
    /// Samples per second; 0 when it is not known.
    pub(crate) sample_rate: u32,
    /// Number of channels; 0 when it is not known.
    pub(crate) channels: u16,
}

impl AdaptationSet {
    /// Number of segments in all lists of the set.
    pub(super) fn entries(&self) -> usize {
        let lists = self
            .representations
            .iter()
            .filter_map(|one| one.timeline.as_ref());
        lists.map(|timeline| timeline.durations.len()).sum()
    }

    pub(super) fn render(&self, xml: &mut XmlWriter, id: u32, urls: &dyn PlaylistUrls) {
        xml.start("AdaptationSet", |at| self.attributes(at, id));
        // The order of children is the schema's.
        if let Some(sound) = self.same(|one| one.sound.and_then(Sound::layout)) {
            descriptor(xml, "AudioChannelConfiguration", LAYOUT, sound);
        }
        if let Some(colour) = self.colour {
            colour.render(xml);
        }
        if let Some(label) = &self.label {
            xml.text("Label", label);
        }
        descriptor(xml, "Role", "urn:mpeg:dash:role:2011", self.role.value());
        // One list for all where all are cut at the same ticks.
        let shared = self.same(|one| one.timeline.as_ref());
        if let Some(timeline) = shared {
            timeline.render(xml, urls);
        }
        for one in &self.representations {
            one.render(xml, urls, shared.is_none());
        }
        xml.end();
    }

    fn attributes(&self, at: &mut Attributes<'_>, id: u32) {
        at.plain("id", id);
        let (content_type, mime_type) = match self.content {
            Content::Video => ("video", "video/mp4"),
            Content::Audio => ("audio", "audio/mp4"),
            Content::Text => ("text", "text/vtt"),
        };
        at.plain("contentType", content_type);
        at.plain("mimeType", mime_type);
        if let Some(language) = &self.language {
            at.text("lang", language);
        }
        if let Some((wide, high)) = self.same(|one| one.picture.map(Picture::aspect)) {
            at.plain("par", format_args!("{wide}:{high}"));
        }
        if self.content == Content::Text {
            return;
        }
        at.plain("segmentAlignment", true);
        // Section 7.4 and ISO/IEC 14496-12 Annex I: type 1 decodes on its own; in type 3 some pictures behind the first one do not. What is
        // no access point at all says nothing.
        match self.representations.iter().map(|one| one.start).max() {
            Some(SegmentStart::Closed) => at.plain("startWithSAP", 1),
            Some(SegmentStart::Open) => at.plain("startWithSAP", 3),
            _ => {}
        }
    }

    /// What all streams of the set have alike.
    fn same<'a, T: PartialEq>(&'a self, of: impl Fn(&'a Representation) -> Option<T>) -> Option<T> {
        let mut values = self.representations.iter().map(of);
        let first = values.next()??;
        values
            .all(|value| value.as_ref() == Some(&first))
            .then_some(first)
    }
}

impl Role {
    const fn value(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Alternate => "alternate",
            Self::Subtitle => "subtitle",
            Self::Caption => "caption",
            Self::ForcedSubtitle => "forced-subtitle",
        }
    }
}

impl Representation {
    /// Writes the stream and where it is, unless its set has told that already.
    fn render(&self, xml: &mut XmlWriter, urls: &dyn PlaylistUrls, alone: bool) {
        let fill = |at: &mut Attributes<'_>| {
            at.text("id", &self.stream);
            at.plain("bandwidth", self.bandwidth);
            if !self.codecs.is_empty() {
                at.text("codecs", &self.codecs);
            }
            if let Some(picture) = &self.picture {
                picture.attributes(at);
            }
            if let Some(rate) = self.sound.map(|sound| sound.sample_rate).filter(|rate| *rate > 0) {
                at.plain("audioSamplingRate", rate);
            }
        };
        if !alone {
            return xml.empty("Representation", fill);
        }
        xml.start("Representation", fill);
        match &self.timeline {
            Some(timeline) => timeline.render(xml, urls),
            None => xml.text("BaseURL", &urls.subtitles(&self.stream)),
        }
        xml.end();
    }
}

impl Picture {
    fn attributes(&self, at: &mut Attributes<'_>) {
        at.plain("width", self.width);
        at.plain("height", self.height);
        at.plain(
            "sar",
            format_args!("{}:{}", self.pixel_aspect.0, self.pixel_aspect.1),
        );
        match self.frame_rate {
            Some((pictures, 1)) => at.plain("frameRate", pictures),
            Some((pictures, seconds)) => at.plain("frameRate", format_args!("{pictures}/{seconds}")),
            None => {}
        }
    }

    /// Shape of the picture as displayed, in lowest terms.
    fn aspect(self) -> (u64, u64) {
        let wide = u64::from(self.width).saturating_mul(u64::from(self.pixel_aspect.0));
        let high = u64::from(self.height).saturating_mul(u64::from(self.pixel_aspect.1));
        lowest_terms(wide, high)
    }
}

impl Sound {
    /// `ChannelConfiguration` of ISO/IEC 23091-3 for the usual layout of so many channels. The index knows their number only.
    const fn layout(self) -> Option<u16> {
        match self.channels {
            channels @ 1..=6 => Some(channels),
            7 => Some(11),
            8 => Some(12),
            24 => Some(13),
            _ => None,
        }
    }
}

impl Colour {
    fn render(self, xml: &mut XmlWriter) {
        let name = if self.essential {
            "EssentialProperty"
        } else {
            "SupplementalProperty"
        };
        let known = [
            ("ColourPrimaries", self.primaries),
            ("TransferCharacteristics", Some(self.transfer)),
            ("MatrixCoefficients", self.matrix),
        ];
        for (what, code) in known {
            if let Some(code) = code {
                descriptor(xml, name, &format!("urn:mpeg:mpegB:cicp:{what}"), code);
            }
        }
    }
}

/// A fraction in lowest terms; as it is when one of the two is 0.
pub(crate) const fn lowest_terms(a: u64, b: u64) -> (u64, u64) {
    let (mut divisor, mut rest) = (a, b);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    match (a.checked_div(divisor), b.checked_div(divisor)) {
        (Some(a), Some(b)) => (a, b),
        _ => (a, b),
    }
}

fn descriptor(xml: &mut XmlWriter, name: &str, scheme: &str, value: impl std::fmt::Display) {
    xml.empty(name, |at| {
        at.plain("schemeIdUri", scheme);
        at.plain("value", value);
    });
}

const LAYOUT: &str = "urn:mpeg:mpegB:cicp:ChannelConfiguration";

//! The subtitles of a title as the viewer's menu lists them.

use super::{SubtitleInput, TextOrigin};
use crate::{
    catalog::SubtitleRole,
    mp4::Track,
    package::{Presentation, StreamPlan, names},
    playlist::Language,
};

/// One entry of the menu of subtitles.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SubtitleStream<'a> {
    /// Its stream.
    pub stream: &'a StreamPlan,
    /// What it is called, unlike all others of the title.
    pub name: String,
    /// BCP 47 tag of its language, when it is known.
    pub language: Option<String>,
    /// What it is for.
    pub role: SubtitleRole,
    /// Whether it is shown when the viewer has not chosen. At most one of a title.
    pub default: bool,
}

impl Presentation {
    /// The title's subtitles, in the order of their streams.
    #[must_use]
    pub fn subtitles(&self) -> Vec<SubtitleStream<'_>> {
        let mut names = names::Unique::default();
        let mut has_default = false;
        let mut list = Vec::new();
        for stream in self.streams() {
            let Some(found) = stream
                .text
                .as_ref()
                .and_then(|origin| self.describe(stream, origin))
            else {
                continue;
            };
            let name = names.claim(&named(&found, list.len()));
            let default = found.default && !has_default;
            has_default |= default;
            list.push(SubtitleStream {
                stream,
                name,
                language: found.language.map(|language| language.tag().to_owned()),
                role: found.role,
                default,
            });
        }
        list
    }

    /// The file beside the film that a stream's cues come from. `None`: they come from a track.
    #[must_use]
    pub fn subtitle_input(&self, stream: &StreamPlan) -> Option<&SubtitleInput> {
        match stream.text.as_ref()? {
            TextOrigin::File(place) => self.subtitle_inputs().get(*place),
            TextOrigin::Track(_) => None,
        }
    }

    fn describe(&self, stream: &StreamPlan, origin: &TextOrigin) -> Option<Found> {
        Some(match origin {
            TextOrigin::File(place) => {
                let file = &self.subtitle_inputs().get(*place)?.file;
                Found {
                    name: file.name.clone(),
                    language: Language::from_media_code(&file.language),
                    role: file.role,
                    default: false,
                }
            }
            TextOrigin::Track(format) => {
                let track = self.track(stream)?;
                let role = role(track, format.is_forced());
                Found {
                    name: names::by_maker(track).map(str::to_owned),
                    language: Language::from_media_code(&track.language),
                    role,
                    default: track.enabled && role == SubtitleRole::Dialogue,
                }
            }
        })
    }
}

/// What the source of a stream says about it.
struct Found {
    name: Option<String>,
    language: Option<Language>,
    role: SubtitleRole,
    default: bool,
}

/// Its own name, else that of its language and what it is for.
fn named(found: &Found, place: usize) -> String {
    if let Some(name) = &found.name {
        return name.clone();
    }
    let base = match &found.language {
        Some(language) => language.long_name(),
        None => format!("Subtitles {}", place.saturating_add(1)),
    };
    match found.role {
        SubtitleRole::Dialogue => base,
        SubtitleRole::Forced => format!("{base} (forced)"),
        SubtitleRole::HearingImpaired => format!("{base} (SDH)"),
    }
}

/// What a track is for: by its display flags, or by the one word that makers put into its name.
fn role(track: &Track, forced: bool) -> SubtitleRole {
    let says_sdh = track
        .name
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| word.eq_ignore_ascii_case("sdh"));
    match (forced, says_sdh) {
        (true, _) => SubtitleRole::Forced,
        (_, true) => SubtitleRole::HearingImpaired,
        _ => SubtitleRole::Dialogue,
    }
}

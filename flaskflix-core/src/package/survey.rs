//! What a title's files hold: the tracks that can be served, and what is left out.

use super::{error::Warning, material::Input, text::TextFormat};
use crate::mp4::{Media, Track, Unsupported};

/// A track of one of the inputs.
#[derive(Debug, Clone, Copy)]
pub(super) struct TrackRef<'a> {
    pub(super) file: &'a Input,
    /// Index of the file among the inputs.
    pub(super) input: usize,
    /// Index of the track in the input's index.
    pub(super) index: usize,
    pub(super) track: &'a Track,
}

/// The tracks of a title.
#[derive(Debug, Default)]
pub(super) struct Survey<'a> {
    /// At most one per file.
    pub(super) videos: Vec<TrackRef<'a>>,
    /// Every audio track once: of equal tracks in several files the one with the most bytes.
    pub(super) audios: Vec<TrackRef<'a>>,
    /// Every subtitle track once, likewise.
    pub(super) texts: Vec<(TrackRef<'a>, TextFormat)>,
    /// The first track of chapters.
    pub(super) chapters: Option<TrackRef<'a>>,
    pub(super) warnings: Vec<Warning>,
}

impl<'a> Survey<'a> {
    /// Looks at all tracks of all inputs, in order.
    pub(super) fn of(inputs: &'a [Input]) -> Self {
        let mut survey = Self::default();
        for (input, file) in inputs.iter().enumerate() {
            let (mut has_video, mut audio, mut texts) = (false, Vec::new(), Vec::new());
            if let Some(fragments) = file.index.fragments().filter(|fragments| fragments.cut_off) {
                let (asset, samples) = (file.asset.clone(), fragments.samples_cut_off);
                survey.warnings.push(Warning::CutOff { asset, samples });
            }
            for (index, track) in file.index.tracks().iter().enumerate() {
                let found = TrackRef {
                    file,
                    input,
                    index,
                    track,
                };
                match &track.media {
                    _ if is_chapters(file, track) => survey.chapter_track(found),
                    Media::Other(_) => texts.extend(survey.text(found)),
                    _ if track.codec.rfc6381.is_none() => survey.unsupported(found),
                    _ if track.samples.is_empty() => {}
                    Media::Video(_) if has_video => {
                        let (asset, track) = (file.asset.clone(), track.id);
                        survey.warnings.push(Warning::ExtraVideoTrack { asset, track });
                    }
                    Media::Video(_) => {
                        has_video = true;
                        survey.video(found);
                    }
                    Media::Audio(_) => audio.push(found),
                }
            }
            survey.merge_audio(audio);
            survey.merge_texts(texts);
        }
        survey
    }

    fn unsupported(&mut self, found: TrackRef<'a>) {
        if let Some(reason) = found.track.codec.unsupported.clone() {
            let (asset, track) = (found.file.asset.clone(), found.track.id);
            self.warnings.push(Warning::Unsupported { asset, track, reason });
        }
    }

    fn video(&mut self, found: TrackRef<'a>) {
        if found.track.samples.sync_samples().next() != Some(0) {
            let (asset, track) = (found.file.asset.clone(), found.track.id);
            self.warnings
                .push(Warning::StartsWithoutKeyFrame { asset, track });
        }
        self.videos.push(found);
    }

    fn chapter_track(&mut self, found: TrackRef<'a>) {
        if TextFormat::of(found.track).is_some()
            && TextFormat::fits(found.track)
            && !found.track.samples.is_empty()
        {
            self.chapters.get_or_insert(found);
        }
    }

    /// A track that is neither picture nor sound: subtitles, or nothing to us.
    fn text(&mut self, found: TrackRef<'a>) -> Option<(TrackRef<'a>, TextFormat)> {
        let (asset, track) = (|| found.file.asset.clone(), found.track.id);
        if !TextFormat::is_text(found.track) {
            return None;
        }
        let Some(format) = TextFormat::of(found.track) else {
            // All of them are `NotAudioVisual`, which would not help anybody.
            let reason = match &found.track.codec.unsupported {
                Some(Unsupported::NotAudioVisual) | None => Unsupported::Codec(found.track.codec.fourcc),
                Some(reason) => reason.clone(),
            };
            let asset = asset();
            self.warnings.push(Warning::Unsupported { asset, track, reason });
            return None;
        };
        if !TextFormat::fits(found.track) {
            let asset = asset();
            self.warnings.push(Warning::TextTrackTooLarge { asset, track });
            return None;
        }
        (!found.track.samples.is_empty()).then_some((found, format))
    }

    /// Adds the subtitle tracks of one file, but not those that an earlier file has too.
    fn merge_texts(&mut self, texts: Vec<(TrackRef<'a>, TextFormat)>) {
        let mut taken = vec![false; self.texts.len()];
        for found in texts {
            let mut known = self.texts.iter().zip(&mut taken);
            match known.find(|(known, taken)| !**taken && same_text(known, &found)) {
                Some((_, taken)) => *taken = true,
                None => {
                    self.texts.push(found);
                    taken.push(true);
                }
            }
        }
    }

    /// Adds the audio tracks of one file. A track that an earlier file has too (same language, name, codec and
    /// channels, counted within the file) is used once.
    fn merge_audio(&mut self, audio: Vec<TrackRef<'a>>) {
        let mut taken = vec![false; self.audios.len()];
        for found in audio {
            let twin = self
                .audios
                .iter()
                .zip(&taken)
                .position(|(known, taken)| !taken && same_sound(known, &found));
            match twin.and_then(|at| Some((self.audios.get_mut(at)?, taken.get_mut(at)?))) {
                Some((known, taken)) => {
                    *taken = true;
                    if found.track.samples.total_bytes() > known.track.samples.total_bytes() {
                        *known = found;
                    }
                }
                None => {
                    self.audios.push(found);
                    taken.push(true);
                }
            }
        }
    }
}

/// Whether another track of the file names this one as its chapters. One that can be played is played all the same.
fn is_chapters(file: &Input, track: &Track) -> bool {
    let mut tracks = file.index.tracks().iter();
    track.codec.rfc6381.is_none()
        && tracks.any(|other| other.id != track.id && other.chapters.contains(&track.id))
}

fn same_text(a: &(TrackRef<'_>, TextFormat), b: &(TrackRef<'_>, TextFormat)) -> bool {
    let key = |track: &'_ Track| (track.language.clone(), track.name.clone());
    a.1 == b.1 && key(a.0.track) == key(b.0.track)
}

fn same_sound(a: &TrackRef<'_>, b: &TrackRef<'_>) -> bool {
    let key = |found: &TrackRef<'_>| {
        let channels = match &found.track.media {
            Media::Audio(audio) => audio.channels,
            _ => 0,
        };
        (
            found.track.language.clone(),
            found.track.name.clone(),
            found.track.codec.rfc6381.clone(),
            channels,
        )
    };
    key(a) == key(b)
}

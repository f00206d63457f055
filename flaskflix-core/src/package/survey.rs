//! What a title's files hold: the tracks that can be served, and what is left out.

use super::{error::Warning, material::Input};
use crate::mp4::{Media, Track};

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
    pub(super) warnings: Vec<Warning>,
}

impl<'a> Survey<'a> {
    /// Looks at all tracks of all inputs, in order.
    pub(super) fn of(inputs: &'a [Input]) -> Self {
        let mut survey = Self::default();
        for (input, file) in inputs.iter().enumerate() {
            let (mut has_video, mut audio) = (false, Vec::new());
            for (index, track) in file.index.tracks().iter().enumerate() {
                let found = TrackRef {
                    file,
                    input,
                    index,
                    track,
                };
                match &track.media {
                    Media::Other(_) => {}
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

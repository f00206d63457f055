//! MP4 files: their tracks, and the streams that are planned from them.

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    catalog::Rendition,
    id::AssetKey,
    mp4::{Index, Media, Track},
    package::{Input, Material, PackageOptions, Presentation, StreamKind, StreamPlan, SubtitleInput},
    playlist::Language,
    source::ByteSource as _,
};

use super::{
    reasons,
    report::{Inspection, State, TrackLine},
};
use crate::{app::App, catalog, web::wording};

/// Looks into the renditions of a movie, and plans it as the library does when somebody presses play.
pub(super) async fn packaged(app: &App, renditions: &[Rendition]) -> Inspection {
    let mut inputs = Vec::with_capacity(renditions.len());
    for rendition in renditions {
        match input(app, &rendition.asset).await {
            Ok(input) => inputs.push(input),
            Err(reason) => return Inspection::refused(delivery(renditions), reason),
        }
    }
    let mut subtitles = Vec::new();
    for file in catalog::subtitles(app.files(), renditions).await {
        // One that is being written is there at the next look.
        subtitles.extend(SubtitleInput::read(app.files(), &file).await);
    }
    let material = Material::new(inputs.clone()).subtitles(subtitles);
    let planned = Presentation::plan(material, &PackageOptions::default());
    let mut found = match &planned {
        Ok(presentation) => of_presentation(presentation, delivery(renditions)),
        Err(error) => Inspection::refused(delivery(renditions), reasons::of_plan(error)),
    };
    for input in &inputs {
        for (number, track) in input.index.tracks().iter().enumerate() {
            let stream = planned
                .as_ref()
                .ok()
                .and_then(|planned| stream_of(planned, input, number));
            let file = (inputs.len() > 1).then_some(&input.asset);
            found.tracks.extend(line(track, file, stream));
        }
    }
    if let Ok(presentation) = &planned {
        found.tracks.extend(subtitle_lines(presentation));
    }
    found.file = renditions.first().map(|rendition| rendition.asset.clone());
    found
}

/// The subtitles in words: of tracks and of files beside the film.
fn subtitle_lines(presentation: &Presentation) -> impl Iterator<Item = TrackLine> {
    presentation.subtitles().into_iter().map(|found| {
        let file = presentation.subtitle_input(found.stream);
        let cues = file.and_then(|input| input.cues.as_ref().ok());
        TrackLine {
            what: format!("Subtitles, {}", found.name),
            details: match (file, presentation.track(found.stream)) {
                (Some(input), _) => input.file.asset.to_string(),
                (None, Some(track)) => track.codec.fourcc.to_string(),
                (None, None) => String::new(),
            },
            planned: cues.map_or_else(String::new, |cues| {
                wording::count(cues.cues().len() as u64, "cue", "cues")
            }),
            used: true,
        }
    })
}

/// The tracks of a file that is served as it is.
pub(super) fn plain(asset: &AssetKey, index: &Index, delivery: &'static str) -> Inspection {
    let mut found = Inspection::new(delivery, State::Plays);
    for track in index.tracks() {
        found
            .tracks
            .extend(line(track, None, None).map(|line| TrackLine { used: true, ..line }));
        if let Media::Video(video) = track.media {
            found.qualities = vec![format!("{}p", video.height)];
        }
    }
    found.languages = languages(index.tracks().iter());
    found.duration = ticks(index.duration(), index.timescale().get());
    found.summary = summary("It is served as it is", found.duration);
    found.file = Some(asset.clone());
    found
}

async fn input(app: &App, asset: &AssetKey) -> Result<Input, String> {
    let object = app
        .files()
        .open(asset)
        .await
        .map_err(|error| reasons::of_source(asset, &error))?;
    let index = app
        .indexes()
        .index(&object)
        .await
        .map_err(|error| reasons::of_index(asset, &error))?;
    Ok(Input {
        asset: asset.clone(),
        info: object.info().clone(),
        index: Arc::clone(&index),
    })
}

fn of_presentation(presentation: &Presentation, delivery: &'static str) -> Inspection {
    let mut found = Inspection::new(delivery, State::Plays);
    let streams = presentation.streams();
    let micros = streams.iter().map(|stream| stream.durations().sum::<u64>()).max();
    found.duration = micros.map(Duration::from_micros);
    let of_kind = |kind| streams.iter().filter(move |stream| stream.kind() == kind);
    for stream in of_kind(StreamKind::Video) {
        if let Some(Media::Video(video)) = presentation.track(stream).map(|track| &track.media) {
            found.qualities.push(format!("{}p", video.height));
        }
    }
    found.qualities.dedup();
    let sounds = of_kind(StreamKind::Audio).filter_map(|stream| presentation.track(stream));
    found.languages = languages(sounds);
    found.warnings = presentation.warnings().iter().map(ToString::to_string).collect();
    let streams = wording::count(streams.len() as u64, "stream", "streams");
    found.summary = summary(
        &format!("It becomes {streams}, cut into segments as they are asked for"),
        found.duration,
    );
    found
}

fn summary(what: &str, duration: Option<Duration>) -> String {
    match duration {
        Some(duration) => format!("{what}. Duration {}.", wording::clock(duration)),
        None => format!("{what}."),
    }
}

/// The stream that serves this track of this file.
fn stream_of<'a>(presentation: &'a Presentation, input: &Input, track: usize) -> Option<&'a StreamPlan> {
    presentation.streams().iter().find(|stream| {
        let file = presentation.input(stream).map(|found| &found.asset);
        stream.track_index() == track && file == Some(&input.asset)
    })
}

/// A track in words; `None` for what is neither picture nor sound.
fn line(track: &Track, file: Option<&AssetKey>, stream: Option<&StreamPlan>) -> Option<TrackLine> {
    let what = match &track.media {
        Media::Video(video) => format!("Picture {} × {}", video.width, video.height),
        Media::Audio(audio) => {
            let channels = match audio.channels {
                1 => "mono".to_owned(),
                2 => "stereo".to_owned(),
                6 => "5.1".to_owned(),
                8 => "7.1".to_owned(),
                other => format!("{other} channels"),
            };
            match language(track) {
                Some(language) => format!("Sound, {language}, {channels}"),
                None => format!("Sound, {channels}"),
            }
        }
        Media::Other(_) => return None,
    };
    let codec = track
        .codec
        .rfc6381
        .clone()
        .unwrap_or_else(|| track.codec.fourcc.to_string());
    let long = ticks(track.samples.duration(), track.timescale.get()).map(wording::clock);
    let refused = track
        .codec
        .unsupported
        .as_ref()
        .map(|reason| format!("not played: {reason}"));
    let details: Vec<String> = [Some(codec), long, refused, file.map(ToString::to_string)]
        .into_iter()
        .flatten()
        .collect();
    Some(TrackLine {
        what,
        details: details.join(" · "),
        planned: stream.map(planned).unwrap_or_default(),
        used: stream.is_some(),
    })
}

fn planned(stream: &StreamPlan) -> String {
    let segments = wording::count(u64::from(stream.segment_count()), "segment", "segments");
    let (average, peak) = (stream.average_bandwidth(), stream.peak_bandwidth());
    format!(
        "{segments} · {} on average, {} at most",
        wording::bit_rate(average),
        wording::bit_rate(peak)
    )
}

/// The languages of the sound, each once, in order.
fn languages<'a>(tracks: impl Iterator<Item = &'a Track>) -> Vec<String> {
    let mut names = Vec::new();
    for name in tracks
        .filter(|track| matches!(track.media, Media::Audio(_)))
        .filter_map(language)
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn language(track: &Track) -> Option<String> {
    let language = Language::from_media_code(&track.language)?;
    Some(language.name().unwrap_or_else(|| language.tag()).to_owned())
}

fn ticks(ticks: u64, per_second: u32) -> Option<Duration> {
    let millis = u128::from(ticks)
        .checked_mul(1000)?
        .checked_div(u128::from(per_second))?;
    u64::try_from(millis)
        .ok()
        .filter(|millis| *millis > 0)
        .map(Duration::from_millis)
}

const fn delivery(renditions: &[Rendition]) -> &'static str {
    if renditions.len() > 1 {
        "Adaptive"
    } else {
        "Packaged"
    }
}

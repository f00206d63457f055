//! From a film to its report.

use std::{num::NonZeroU32, sync::Arc};

use flaskflix_core::{
    ErrorChain,
    id::AssetKey,
    mp4::{AudioInfo, Index, Limits, Media, Track, VideoInfo},
    package::{
        DirectIndex, IndexError, IndexStore as _, Input, Material, PackageOptions, Presentation, StreamKind,
        StreamPlan,
    },
    playlist::Language,
    source::{ByteSource as _, SourceError},
};

use super::{
    key_frames::key_frames,
    report::{AudioReport, EditReport, FileReport, Report, StreamReport, TrackReport, VideoReport},
    subtitles,
};
use crate::film::Film;

/// Looks into a film as the server does before it serves it.
pub(crate) async fn look(film: &Film) -> Report {
    let mut report = Report {
        version: 1,
        title: film.title.name.clone(),
        usable: false,
        reason: None,
        seconds: None,
        files: Vec::new(),
        streams: Vec::new(),
        warnings: Vec::new(),
    };
    let mut inputs = Vec::new();
    for rendition in film.renditions() {
        let (file, input) = file(film, &rendition.asset).await;
        if let Some(error) = &file.error {
            let reason = || format!("{}: {error}", file.file);
            report.reason.get_or_insert_with(reason);
        }
        report.files.push(file);
        inputs.extend(input);
    }
    if report.reason.is_none() {
        let material = Material::new(inputs)
            .name(&film.title.name)
            .subtitles(subtitles::read(film).await);
        match Presentation::plan(material, &PackageOptions::default()) {
            Ok(presentation) => add_plan(&mut report, &presentation),
            Err(error) => report.reason = Some(ErrorChain(&error).to_string()),
        }
    }
    report.usable = report.reason.is_none();
    report
}

/// Reads one file.
async fn file(film: &Film, asset: &AssetKey) -> (FileReport, Option<Input>) {
    let mut report = FileReport {
        file: asset.to_string(),
        bytes: None,
        error: None,
        container: None,
        brands: Vec::new(),
        fragmented: None,
        seconds: None,
        tracks: Vec::new(),
    };
    let object = match film.files.open(asset).await {
        Ok(object) => object,
        Err(error) => {
            report.error = Some(source_reason(&error));
            return (report, None);
        }
    };
    report.bytes = Some(object.info().len);
    let index = match DirectIndex::new(Limits::default()).index(&object).await {
        Ok(index) => index,
        Err(error) => {
            report.error = Some(index_reason(&error));
            return (report, None);
        }
    };
    add_index(&mut report, &index);
    let input = Input {
        asset: asset.clone(),
        info: object.info().clone(),
        index: Arc::clone(&index),
    };
    (report, Some(input))
}

fn add_index(report: &mut FileReport, index: &Index) {
    report.brands = index
        .brands()
        .iter()
        .map(|brand| brand.to_string().trim_end().to_owned())
        .collect();
    report.container = match report.brands.first().map(String::as_str) {
        None => None,
        Some("qt") => Some("mov"),
        Some(_) => Some("mp4"),
    };
    report.fragmented = Some(index.fragments().is_some());
    report.seconds = Some(seconds(index.duration(), index.timescale()));
    report.tracks = index.tracks().iter().map(track).collect();
}

fn track(track: &Track) -> TrackReport {
    let timescale = track.timescale;
    let (kind, entry) = match &track.media {
        Media::Video(_) => ("video", track.codec.fourcc),
        Media::Audio(_) => ("audio", track.codec.fourcc),
        Media::Other(handler) => ("other", *handler),
    };
    TrackReport {
        id: track.id,
        kind,
        stream: None,
        codec: track.codec.rfc6381.clone(),
        entry: entry.to_string().trim_end().to_owned(),
        unsupported: track.codec.unsupported.as_ref().map(ToString::to_string),
        language: Language::from_media_code(&track.language).map(|language| language.tag().to_owned()),
        name: Some(track.name.clone()).filter(|name| !name.is_empty()),
        enabled: track.enabled,
        samples: track.samples.len(),
        bytes: track.samples.total_bytes(),
        seconds: seconds(track.samples.duration(), timescale),
        timescale: timescale.get(),
        start_seconds: start(track).map(|start| signed_seconds(start, timescale)),
        edit_list: EditReport {
            shift_seconds: signed_seconds(track.shift, timescale),
            end_seconds: track.edit_end.map(|end| seconds(end, timescale)),
        },
        video: match &track.media {
            Media::Video(info) => Some(video(track, info)),
            _ => None,
        },
        audio: match &track.media {
            Media::Audio(AudioInfo {
                channels,
                sample_rate,
                ..
            }) => Some(AudioReport {
                channels: *channels,
                sample_rate: *sample_rate,
            }),
            _ => None,
        },
    }
}

fn video(track: &Track, info: &VideoInfo) -> VideoReport {
    let (display_width, display_height) = info.display_size(&track.header.matrix);
    let samples = &track.samples;
    let long = seconds(samples.duration(), track.timescale);
    // The last frame often lasts for another time than all others.
    let durations = || {
        samples
            .samples(0..samples.len().saturating_sub(1))
            .map(|sample| sample.duration)
    };
    let (least, most) = (durations().min().unwrap_or(0), durations().max().unwrap_or(0));
    VideoReport {
        width: info.width,
        height: info.height,
        display_width,
        display_height,
        frame_rate: (long > 0.0).then(|| (f64::from(samples.len()) / long * 1000.0).round() / 1000.0),
        variable_frame_rate: most.saturating_sub(least) > 1,
        range: info.range().unwrap_or("SDR"),
        key_frames: key_frames(track),
    }
}

fn add_plan(report: &mut Report, presentation: &Presentation) {
    for stream in presentation.streams() {
        let (file, track) = (presentation.input(stream), presentation.track(stream));
        let file = file.map(|input| input.asset.to_string());
        let track = track.map(|track| track.id);
        report.streams.push(stream_report(stream, file.clone(), track));
        let of_file = report
            .files
            .iter_mut()
            .filter(|report| Some(&report.file) == file.as_ref());
        for served in of_file.flat_map(|file| &mut file.tracks) {
            if Some(served.id) == track {
                served.stream = Some(stream.id().to_owned());
            }
        }
    }
    report.seconds = report
        .streams
        .iter()
        .map(|stream| stream.seconds)
        .reduce(f64::max);
    report.warnings = presentation.warnings().iter().map(ToString::to_string).collect();
}

fn stream_report(stream: &StreamPlan, file: Option<String>, track: Option<u32>) -> StreamReport {
    StreamReport {
        id: stream.id().to_owned(),
        kind: match stream.kind() {
            StreamKind::Video => "video",
            StreamKind::Audio => "audio",
            _ => "text",
        },
        file,
        track,
        seconds: of_micros(stream.durations().sum()),
        segments: stream.segment_count(),
        shortest_segment_seconds: stream.durations().min().map(of_micros),
        longest_segment_seconds: stream.durations().max().map(of_micros),
        bandwidth: stream.peak_bandwidth(),
        average_bandwidth: stream.average_bandwidth(),
    }
}

fn source_reason(error: &SourceError) -> String {
    match error {
        SourceError::NotFound => "it cannot be opened".to_owned(),
        error => ErrorChain(error).to_string(),
    }
}

fn index_reason(error: &IndexError) -> String {
    match error {
        // What is wrong with the file says more than that it cannot be indexed.
        IndexError::Mp4(error) => ErrorChain(&**error).to_string(),
        error => ErrorChain(error).to_string(),
    }
}

/// When the first sample is presented, in ticks. Pictures come out of order, by some frames at most.
fn start(track: &Track) -> Option<i64> {
    let first = track.samples.samples(0..REORDERED_FRAMES);
    let start = first.map(|sample| sample.composition_time()).min()?;
    Some(start.saturating_add(track.shift))
}

/// More than any codec holds back.
const REORDERED_FRAMES: u32 = 64;

fn signed_seconds(ticks: i64, timescale: NonZeroU32) -> f64 {
    let size = seconds(ticks.unsigned_abs(), timescale);
    if ticks < 0 { -size } else { size }
}

/// Ticks in seconds, exact to the microsecond.
pub(super) fn seconds(ticks: u64, timescale: NonZeroU32) -> f64 {
    let micros = u128::from(ticks)
        .saturating_mul(1_000_000)
        .saturating_add(u128::from(timescale.get() / 2))
        / u128::from(timescale.get());
    of_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}

fn of_micros(micros: u64) -> f64 {
    micros as f64 / 1e6
}

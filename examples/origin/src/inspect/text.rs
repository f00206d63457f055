//! The report for people: fits 100 columns unless a name does not.

use std::fmt::Write as _;

use super::report::{FileReport, Report, StreamReport, TrackReport, VideoReport};
use crate::wording::{bit_rate, clock, size};

/// Writes the report of a film.
pub(super) fn render(report: &Report) -> String {
    let mut text = String::new();
    let length = report
        .seconds
        .map(|seconds| format!(", {}", clock(seconds)))
        .unwrap_or_default();
    let _ = writeln!(text, "{}{length}", shown(&report.title));
    for file in &report.files {
        render_file(&mut text, file);
    }
    if !report.streams.is_empty() {
        text.push_str("\nStreams\n");
        for stream in &report.streams {
            render_stream(&mut text, stream, report.files.len() > 1);
        }
    }
    if !report.warnings.is_empty() {
        text.push_str("\nWarnings\n");
        for warning in &report.warnings {
            let _ = writeln!(text, "  {}", shown(warning));
        }
    }
    match &report.reason {
        Some(reason) => {
            let _ = writeln!(text, "\nCannot be served: {}", shown(reason));
        }
        None => text.push_str("\nCan be served.\n"),
    }
    text
}

fn render_file(text: &mut String, file: &FileReport) {
    let mut facts = Vec::new();
    facts.extend(file.container.map(str::to_uppercase));
    if file.fragmented == Some(true) {
        facts.push("fragmented".to_owned());
    }
    if !file.brands.is_empty() {
        let mut brands: Vec<&str> = Vec::new();
        for brand in &file.brands {
            if !brands.contains(&&**brand) {
                brands.push(brand);
            }
        }
        facts.push(format!("brands {}", brands.join(" ")));
    }
    facts.extend(file.bytes.map(size));
    facts.extend(file.seconds.map(clock));
    let _ = writeln!(text, "\n{}\n  {}", shown(&file.file), shown(&facts.join(", ")));
    if let Some(error) = &file.error {
        let _ = writeln!(text, "  Not usable: {}", shown(error));
    }
    for track in &file.tracks {
        render_track(text, track);
    }
}

fn render_track(text: &mut String, track: &TrackReport) {
    let codec = track.codec.as_deref().unwrap_or(&track.entry);
    let stream = track
        .stream
        .as_deref()
        .map_or_else(|| "not served".to_owned(), |stream| format!("stream {stream}"));
    let _ = writeln!(
        text,
        "  track {:<3} {:<6} {:<18} {}, {} samples, {}, {stream}",
        track.id,
        track.kind,
        shown(codec),
        clock(track.seconds),
        track.samples,
        size(track.bytes),
    );
    let mut line = |facts: Vec<String>| {
        if !facts.is_empty() {
            let _ = writeln!(text, "{:12}{}", "", shown(&facts.join(", ")));
        }
    };
    if let Some(video) = &track.video {
        line(picture(video));
        line(key_frames(video));
    }
    line(sound_and_label(track));
    line(times(track));
    if let Some(reason) = &track.unsupported {
        line(vec![format!("left out: {reason}")]);
    }
}

fn picture(video: &VideoReport) -> Vec<String> {
    let mut facts = vec![format!("{} x {}", video.width, video.height)];
    if (u32::from(video.width), u32::from(video.height)) != (video.display_width, video.display_height) {
        facts.push(format!(
            "shown as {} x {}",
            video.display_width, video.display_height
        ));
    }
    if let Some(rate) = video.frame_rate {
        let variable = if video.variable_frame_rate {
            " on average, variable"
        } else {
            ""
        };
        facts.push(format!("{rate:.3} frames per second{variable}"));
    }
    facts.push(video.range.to_owned());
    facts
}

fn key_frames(video: &VideoReport) -> Vec<String> {
    let key_frames = &video.key_frames;
    let distances = (
        key_frames.min_seconds,
        key_frames.median_seconds,
        key_frames.max_seconds,
    );
    let count = key_frames.count;
    vec![match distances {
        _ if count == 1 => "1 key frame".to_owned(),
        (Some(min), _, Some(max)) if max - min < 0.001 => format!("{count} key frames, one every {min:.3} s"),
        (Some(min), Some(median), Some(max)) => {
            format!("{count} key frames, {min:.3} s to {max:.3} s apart, mostly {median:.3} s")
        }
        _ => format!("{count} key frames"),
    }]
}

fn sound_and_label(track: &TrackReport) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(audio) = track.audio {
        facts.push(format!("{} Hz", audio.sample_rate));
        facts.push(match audio.channels {
            1 => "mono".to_owned(),
            2 => "stereo".to_owned(),
            channels => format!("{channels} channels"),
        });
    }
    facts.extend(
        track
            .language
            .as_ref()
            .map(|language| format!("language {language}")),
    );
    facts.extend(track.name.as_ref().map(|name| format!("name \"{name}\"")));
    if !track.enabled {
        facts.push("not enabled".to_owned());
    }
    facts
}

fn times(track: &TrackReport) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(start) = track.start_seconds.filter(|start| start.abs() >= 0.0005) {
        facts.push(format!("presented from {start:.3} s"));
    }
    if let Some(end) = track
        .edit_list
        .end_seconds
        .filter(|end| end + 0.001 < track.seconds)
    {
        facts.push(format!("cut off at {end:.3} s by its edit list"));
    }
    facts
}

fn render_stream(text: &mut String, stream: &StreamReport, name_files: bool) {
    let count = match stream.segments {
        1 => "1 segment".to_owned(),
        count => format!("{count} segments"),
    };
    let segments = match (stream.shortest_segment_seconds, stream.longest_segment_seconds) {
        (Some(shortest), Some(longest)) if longest - shortest < 0.001 => format!("{count} of {longest:.3} s"),
        (Some(shortest), Some(longest)) => format!("{count} of {shortest:.3} s to {longest:.3} s"),
        _ => count,
    };
    let _ = writeln!(
        text,
        "  {:<4} {:<6} {segments}, {} at most, {} on average",
        stream.id,
        stream.kind,
        bit_rate(stream.bandwidth),
        bit_rate(stream.average_bandwidth),
    );
    if let (true, Some(file), Some(track)) = (name_files, &stream.file, stream.track) {
        let _ = writeln!(text, "{:12}{}, track {track}", "", shown(file));
    }
}

/// Text of a file or its name: without what would command a terminal.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

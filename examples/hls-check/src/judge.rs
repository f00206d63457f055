//! What is wrong with a title: decisions over what was downloaded and probed, no I/O.

use std::collections::BTreeSet;

use crate::{
    attributes::{self, Carried},
    bandwidth::{self, Cost},
    compare::{self, Clocks, StreamClock},
    expectation::Expectation,
    opinion,
    playlist::Multivariant,
    probe::{Kind, Packet, Track},
    report::{StreamRow, TitleReport, VariantRow},
    segments::{self, Frames},
    title::Rendition,
};

/// Judges one title. `sources` are the tracks of each source file.
#[must_use]
pub fn judge(
    title: &str,
    master: &Multivariant,
    renditions: &[Rendition],
    sources: &[Vec<Track>],
    expected: &Expectation,
) -> TitleReport {
    let mut report = TitleReport {
        title: title.to_owned(),
        ..TitleReport::default()
    };
    let streams = streams(renditions, sources, expected);
    judge_completeness(&streams, sources, &expected.without, &mut report.failures);
    for text in expected.says.iter().filter(|text| !master.text.contains(*text)) {
        report
            .failures
            .push(format!("the multivariant playlist does not say {text}"));
    }
    judge_packets_and_times(&streams, &mut report);
    for rendition in renditions.iter().filter(|_| !expected.only_served) {
        judge_playlist(master, rendition, &mut report.failures);
    }
    judge_bandwidth(master, renditions, &mut report);
    let objections = opinion::playlist(&master.text, master.variants.len());
    report.failures.extend(objections);
    let carried: Carried<'_> = streams
        .iter()
        .filter_map(|stream| Some((stream.rendition.uri.as_str(), stream.source?)))
        .collect();
    if !expected.only_served {
        let faults = attributes::faults(master, renditions, &carried, &expected.says);
        report.failures.extend(faults);
    }
    report
}

/// What players of HLS play, by `ffprobe`'s names.
const PLAYABLE: [&str; 11] = [
    "h264", "hevc", "av1", "vp9", "aac", "mp3", "opus", "ac3", "eac3", "flac", "alac",
];

/// One stream read through HLS, with the source track that it carries.
struct Stream<'a> {
    rendition: &'a Rendition,
    track: &'a Track,
    source: Option<&'a Track>,
    /// What of the source it carries.
    run: Option<Track>,
    frames: Frames,
}

fn streams<'a>(
    renditions: &'a [Rendition],
    sources: &'a [Vec<Track>],
    expected: &Expectation,
) -> Vec<Stream<'a>> {
    let pairs: Vec<(&Rendition, &Track)> = renditions
        .iter()
        .flat_map(|rendition| rendition.tracks.iter().map(move |track| (rendition, track)))
        .collect();
    let got: Vec<&Track> = pairs.iter().map(|(_, track)| *track).collect();
    let want: Vec<&Track> = sources.iter().flatten().collect();
    let first_segments = renditions
        .iter()
        .filter_map(|rendition| rendition.segments.first());
    let title_start = first_segments.map(|segment| segment.start_us).min().unwrap_or(0);
    pairs
        .into_iter()
        .zip(compare::match_tracks(&got, &want))
        .map(|((rendition, track), carried)| {
            let source = carried.and_then(|i| want.get(i).copied());
            let run = source.map(|source| presented(source, track));
            let told = run.as_ref().filter(|_| !expected.only_served);
            Stream {
                rendition,
                track,
                source,
                frames: frames(told, title_start),
                run,
            }
        })
        .collect()
}

/// The run of the source's packets that a stream carries: all, or all but some that the edit list does not present. When it carries
/// no such run, what must be there.
fn presented(source: &Track, got: &Track) -> Track {
    let [start, end] = source.outside;
    let len = source.packets.len();
    let run = |first: usize, count: usize| {
        source
            .packets
            .iter()
            .skip(first)
            .take(count)
            .cloned()
            .collect::<Vec<_>>()
    };
    let fits = |first: &usize| {
        let last = first.saturating_add(got.packets.len());
        let rest = len.checked_sub(last);
        rest.is_some_and(|rest| rest <= end)
            && compare::packets(&got.packets, &run(*first, got.packets.len())).is_ok()
    };
    let packets = match (0..=start).find(fits) {
        Some(first) => run(first, got.packets.len()),
        None => run(0, len),
    };
    Track {
        packets,
        ..source.clone()
    }
}

/// The frames of a stream, by the durations that its source tells; where it tells none, by the distances of decode times.
/// Without a source nothing is known, and any length is right.
fn frames(source: Option<&Track>, title_start: i64) -> Frames {
    let Some(source) = source else {
        return Frames {
            title_start,
            last: 0,
            longest: i64::MAX,
        };
    };
    let times = || source.packets.iter().filter_map(|packet| packet.dts);
    let steps = times().zip(times().skip(1)).map(|(a, b)| b.saturating_sub(a));
    let longest_step = steps.max().unwrap_or(0);
    let micros = |packet: Option<&Packet>| {
        let told = packet
            .and_then(|packet| packet.duration)
            .filter(|ticks| *ticks > 0);
        source.time_base.micros(told.unwrap_or(longest_step))
    };
    Frames {
        title_start,
        last: micros(source.packets.iter().max_by_key(|packet| packet.pts)),
        longest: micros(source.packets.iter().max_by_key(|packet| packet.duration)).saturating_add(1),
    }
}

/// Every video track must be carried. So must every audio track of a single file; of several renditions, which
/// usually repeat the same sound, one in each language. What no player plays, or the expectation names, must not be.
fn judge_completeness(
    streams: &[Stream<'_>],
    sources: &[Vec<Track>],
    without: &[String],
    failures: &mut Vec<String>,
) {
    let carried = || streams.iter().filter_map(|stream| stream.source);
    let heard: BTreeSet<&str> = carried()
        .filter(|track| track.kind == Kind::Audio)
        .map(|track| track.language.as_str())
        .collect();
    let ladder = sources.len() > 1;
    for track in sources.iter().flatten() {
        let playable = PLAYABLE.contains(&track.codec.as_str()) && !without.contains(&track.label);
        let needed = match track.kind {
            Kind::Video => !track.facts.is_cover,
            Kind::Audio => !ladder || !heard.contains(track.language.as_str()),
            Kind::Other => false,
        };
        let is_carried = carried().any(|source| std::ptr::eq(source, track));
        let fault = match (playable, is_carried) {
            (true, false) if needed => "no stream carries",
            (false, true) => "a stream carries",
            _ => continue,
        };
        failures.push(format!("{}: {fault} this {} track", track.label, track.codec));
    }
    for label in without {
        if !sources.iter().flatten().any(|track| track.label == *label) {
            failures.push(format!("{label}: expected to be left out, and no source has it"));
        }
    }
}

fn judge_packets_and_times(streams: &[Stream<'_>], report: &mut TitleReport) {
    let mut rows: Vec<StreamRow> = streams.iter().map(row).collect();
    let mut pairs = Vec::new();
    for (stream, row) in streams.iter().zip(&mut rows) {
        let label = &stream.track.label;
        let Some(source) = &stream.run else {
            report
                .failures
                .push(format!("{label}: no source track has its packets"));
            continue;
        };
        if let Err(fault) = compare::packets(&stream.track.packets, &source.packets) {
            report
                .failures
                .push(format!("{label} against {}: {fault}", source.label));
            continue;
        }
        if let Some(fault) = segments::extinf_fault(&stream.rendition.segments, stream.frames) {
            report.failures.push(format!("{label}: {fault}"));
        }
        pairs.push((stream.track, source, row));
    }
    // Without a pair each stream has its failure already.
    let tracks: Vec<_> = pairs.iter().map(|(got, want, _)| (*got, *want)).collect();
    if !tracks.is_empty() {
        match compare::clocks(&tracks) {
            Ok(clocks) => {
                report.offset_us = Some(micros(clocks.offset, &clocks));
                for ((track, _, row), clock) in pairs.into_iter().zip(&clocks.streams) {
                    judge_clock(track, clock, &clocks, row, &mut report.failures);
                }
            }
            Err(reason) => report.failures.push(reason),
        }
    }
    if rows.is_empty() {
        report.failures.push("no stream has a packet".to_owned());
    }
    report.streams = rows;
}

fn row(stream: &Stream<'_>) -> StreamRow {
    let (track, segments) = (stream.track, &stream.rendition.segments);
    StreamRow {
        stream: track.label.clone(),
        source: stream
            .source
            .map_or_else(String::new, |source| source.label.clone()),
        codec: track.codec.clone(),
        segments: segments.len(),
        packets: track.packets.len(),
        bytes: track.packets.iter().map(|packet| packet.size).sum(),
        extinf_error_us: segments::extinf_error_us(segments, stream.frames),
        ..StreamRow::default()
    }
}

fn judge_clock(
    track: &Track,
    clock: &StreamClock,
    clocks: &Clocks,
    row: &mut StreamRow,
    failures: &mut Vec<String>,
) {
    row.presentation_error_us = Some(micros(clock.presentation.worst, clocks));
    row.decode_error_us = Some(micros(clock.decode.worst, clocks));
    row.tick_us = Some(micros(clock.tick, clocks).saturating_add(1));
    row.right = clock.holds();
    if clock.presentation.absent > 0 {
        let count = clock.presentation.absent;
        failures.push(format!(
            "{}: {count} packets have no presentation time",
            track.label
        ));
    }
    for (what, drift) in [("presentation", &clock.presentation), ("decode", &clock.decode)] {
        if drift.worst.abs() > clock.tick {
            failures.push(format!(
                "{}: the {what} time of packet {} is {} us off the common offset of {} us, a tick is {} us",
                track.label,
                drift.at,
                micros(drift.worst, clocks),
                micros(clocks.offset, clocks),
                micros(clock.tick, clocks),
            ));
        }
    }
}

fn judge_playlist(master: &Multivariant, rendition: &Rendition, failures: &mut Vec<String>) {
    let Rendition {
        uri,
        media,
        segments,
        tracks,
        ..
    } = rendition;
    let is_promised = media.independent_segments || master.independent_segments;
    match segments.iter().find(|segment| segment.leads) {
        None if !is_promised => failures.push(format!("{uri}: EXT-X-INDEPENDENT-SEGMENTS is missing")),
        Some(segment) if is_promised => failures.push(format!(
            "{uri}: EXT-X-INDEPENDENT-SEGMENTS stands, and {} shows frames before its key frame",
            segment.uri
        )),
        _ => {}
    }
    for segment in segments {
        let rounded = segment.cost.duration_us.saturating_add(500_000) / 1_000_000;
        if rounded > media.target_duration {
            failures.push(format!(
                "{uri}: EXTINF of {} rounds to {rounded}, TARGETDURATION is {}",
                segment.uri, media.target_duration
            ));
        }
        if segment.starts_with_key == Some(false) {
            failures.push(format!("{uri}: {} does not start with a key frame", segment.uri));
        }
    }
    let objections = segments.iter().flat_map(|segment| {
        let sentence = |objection| format!("{uri}: {}: {objection}", segment.uri);
        segment.objections.iter().map(sentence)
    });
    failures.extend(objections);
    failures.extend(
        rendition
            .objections
            .iter()
            .map(|objection| format!("{uri}: {objection}")),
    );
    let apart: usize = segments.iter().map(|segment| segment.packets).sum();
    let whole: usize = tracks.iter().map(|track| track.packets.len()).sum();
    if apart != whole {
        failures.push(format!(
            "{uri}: its segments hold {apart} packets one by one, {whole} played through"
        ));
    }
}

fn judge_bandwidth(master: &Multivariant, renditions: &[Rendition], report: &mut TitleReport) {
    let rates = |uri: &str| {
        renditions
            .iter()
            .find(|rendition| rendition.uri == uri)
            .map(|rendition| {
                let costs: Vec<Cost> = rendition.segments.iter().map(|segment| segment.cost).collect();
                let peak = bandwidth::peak(&costs, rendition.media.target_duration);
                (peak, bandwidth::average(&costs))
            })
    };
    for variant in &master.variants {
        let (mut peak, mut average) = rates(&variant.uri).unwrap_or_default();
        // A variant that is itself a member of its audio group plays nothing beside it.
        let beside = master
            .audio
            .iter()
            .filter(|audio| Some(&audio.group) == variant.audio_group.as_ref() && audio.uri != variant.uri);
        let alone = master.audio.iter().any(|audio| audio.uri == variant.uri);
        let worst = beside
            .filter_map(|audio| rates(&audio.uri))
            .fold((0, 0), |worst, rate| (rate.0.max(worst.0), rate.1.max(worst.1)));
        if !alone {
            peak = peak.saturating_add(worst.0);
            average = average.saturating_add(worst.1);
        }
        for (name, declared, measured) in [
            ("BANDWIDTH", variant.bandwidth, peak),
            ("AVERAGE-BANDWIDTH", variant.average_bandwidth, average),
        ] {
            match declared {
                None => report
                    .failures
                    .push(format!("{}: {name} is missing", variant.uri)),
                Some(declared) if !bandwidth::within_a_tenth(declared, measured) => {
                    report.failures.push(format!(
                        "{}: {name} says {declared}, a client downloads {measured} bits per second",
                        variant.uri
                    ))
                }
                Some(_) => {}
            }
        }
        report.variants.push(VariantRow {
            variant: variant.uri.clone(),
            declared_peak: variant.bandwidth,
            measured_peak: peak,
            declared_average: variant.average_bandwidth,
            measured_average: average,
        });
    }
}

fn micros(units: i128, clocks: &Clocks) -> i64 {
    units
        .checked_mul(1_000_000)
        .and_then(|scaled| scaled.checked_div(clocks.per_second))
        .and_then(|us| i64::try_from(us).ok())
        .unwrap_or(i64::MAX)
}

//! One title, from master URL and source files to a report.

use std::{collections::BTreeSet, path::PathBuf};

use crate::{
    bandwidth::{self, Cost},
    compare::{self, Clocks, StreamClock},
    error::CheckError,
    fetch,
    playlist::{Media, Multivariant},
    probe::{self, Kind, Track},
    report::{StreamRow, TitleReport, VariantRow},
    segments::{self, Segment},
};

/// Checks one title: every rendition of the master playlist against the files it was made from.
///
/// A check that cannot be made (no answer, no playlist, no `ffprobe`) is a failure of the title.
#[must_use]
pub fn check(title: &str, master_url: &str, sources: &[PathBuf]) -> TitleReport {
    download(master_url)
        .and_then(|(master, renditions)| {
            let tracks = sources
                .iter()
                .map(|file| probe::source(file))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(judge(title, &master, &renditions, &tracks))
        })
        .unwrap_or_else(|error| TitleReport::broken(title, error.to_string()))
}

/// One media playlist with all that it names.
struct Rendition {
    uri: String,
    media: Media,
    segments: Vec<Segment>,
    tracks: Vec<Track>,
}

fn download(master_url: &str) -> Result<(Multivariant, Vec<Rendition>), CheckError> {
    let master = Multivariant::parse(&text(master_url)?).map_err(|reason| CheckError::Playlist {
        url: master_url.to_owned(),
        reason,
    })?;
    let mut seen = BTreeSet::new();
    let variants = master.variants.iter().map(|variant| &variant.uri);
    let renditions = variants
        .chain(master.audio.iter().map(|audio| &audio.uri))
        .filter(|uri| seen.insert(uri.as_str()))
        .map(|uri| {
            let url = fetch::resolve(master_url, uri);
            let media = Media::parse(&text(&url)?).map_err(|reason| CheckError::Playlist {
                url: url.clone(),
                reason,
            })?;
            Ok(Rendition {
                uri: uri.clone(),
                segments: segments::download(&url, &media)?,
                tracks: probe::playlist(uri, &url)?,
                media,
            })
        })
        .collect::<Result<Vec<_>, CheckError>>()?;
    Ok((master, renditions))
}

fn text(url: &str) -> Result<String, CheckError> {
    String::from_utf8(fetch::get(url)?).map_err(|_| CheckError::Playlist {
        url: url.to_owned(),
        reason: "it is not UTF-8".to_owned(),
    })
}

fn judge(
    title: &str,
    master: &Multivariant,
    renditions: &[Rendition],
    sources: &[Vec<Track>],
) -> TitleReport {
    let mut report = TitleReport {
        title: title.to_owned(),
        ..TitleReport::default()
    };
    judge_packets_and_times(renditions, sources, &mut report);
    for rendition in renditions {
        judge_segments(master, rendition, &mut report.failures);
    }
    judge_bandwidth(master, renditions, &mut report);
    report
}

fn judge_packets_and_times(renditions: &[Rendition], sources: &[Vec<Track>], report: &mut TitleReport) {
    let streams: Vec<(&Rendition, &Track)> = renditions
        .iter()
        .flat_map(|rendition| rendition.tracks.iter().map(move |track| (rendition, track)))
        .collect();
    let got: Vec<Track> = streams.iter().map(|(_, track)| (*track).clone()).collect();
    let want: Vec<Track> = sources.iter().flatten().cloned().collect();
    let carried = compare::match_tracks(&got, &want);
    judge_completeness(&want, &carried, sources.len() > 1, &mut report.failures);

    let mut pairs = Vec::new();
    let mut rows = Vec::new();
    for ((rendition, track), source) in streams.iter().zip(&carried) {
        let source = source.and_then(|i| want.get(i));
        let mut row = row(rendition, track, source);
        match source {
            None => report
                .failures
                .push(format!("{}: no source track has its packets", track.label)),
            Some(source) => match compare::packets(&track.packets, &source.packets) {
                Err(fault) => report
                    .failures
                    .push(format!("{} against {}: {fault}", track.label, source.label)),
                Ok(()) => {
                    row.right = true;
                    pairs.push((rows.len(), *track, source));
                }
            },
        }
        rows.push(row);
    }
    let tracks: Vec<_> = pairs.iter().map(|&(_, got, want)| (got, want)).collect();
    match compare::clocks(&tracks) {
        Ok(clocks) => {
            report.offset_us = Some(micros(clocks.offset, &clocks));
            for ((at, track, _), clock) in pairs.iter().zip(&clocks.streams) {
                if let Some(row) = rows.get_mut(*at) {
                    judge_clock(track, clock, &clocks, row, &mut report.failures);
                }
            }
        }
        Err(reason) => report.failures.push(reason),
    }
    report.streams = rows;
}

/// Every video track must be carried. So must every audio track of a single file; of several renditions, which
/// usually repeat the same sound, one in each language.
fn judge_completeness(want: &[Track], carried: &[Option<usize>], ladder: bool, failures: &mut Vec<String>) {
    let carried: BTreeSet<usize> = carried.iter().flatten().copied().collect();
    let heard: BTreeSet<&str> = carried
        .iter()
        .filter_map(|&i| want.get(i))
        .filter(|track| track.kind == Kind::Audio)
        .map(|track| track.language.as_str())
        .collect();
    for (i, track) in want.iter().enumerate() {
        let needed = match track.kind {
            Kind::Video => true,
            Kind::Audio => !ladder || !heard.contains(track.language.as_str()),
            Kind::Other => false,
        };
        if needed && !carried.contains(&i) {
            failures.push(format!(
                "{}: no stream carries this {} track",
                track.label, track.codec
            ));
        }
    }
}

fn row(rendition: &Rendition, track: &Track, source: Option<&Track>) -> StreamRow {
    StreamRow {
        stream: track.label.clone(),
        source: source.map_or_else(String::new, |source| source.label.clone()),
        codec: track.codec.clone(),
        segments: rendition.segments.len(),
        packets: track.packets.len(),
        bytes: track.packets.iter().map(|packet| packet.size).sum(),
        extinf_error_us: segments::extinf_error_us(&rendition.segments),
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

fn judge_segments(master: &Multivariant, rendition: &Rendition, failures: &mut Vec<String>) {
    let Rendition {
        uri,
        media,
        segments,
        tracks,
    } = rendition;
    if !media.ended {
        failures.push(format!("{uri}: EXT-X-ENDLIST is missing"));
    }
    if !(media.independent_segments || master.independent_segments) {
        failures.push(format!("{uri}: EXT-X-INDEPENDENT-SEGMENTS is missing"));
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
    let apart: usize = segments.iter().map(|segment| segment.packets).sum();
    let whole: usize = tracks.iter().map(|track| track.packets.len()).sum();
    if apart != whole {
        failures.push(format!(
            "{uri}: its segments hold {apart} packets one by one, {whole} played through"
        ));
    }
    if let Some(fault) = segments::extinf_fault(segments, frame_us(tracks)) {
        failures.push(format!("{uri}: {fault}"));
    }
}

/// The longest frame of the leading track, in microseconds, rounded up.
fn frame_us(tracks: &[Track]) -> u64 {
    let leading = tracks
        .iter()
        .find(|track| track.kind == Kind::Video)
        .or_else(|| tracks.first());
    let Some(track) = leading else { return 0 };
    let longest = track
        .packets
        .iter()
        .filter_map(|packet| packet.duration)
        .max()
        .unwrap_or(0);
    i128::from(longest)
        .saturating_mul(1_000_000)
        .saturating_mul(track.time_base.num)
        .checked_div(track.time_base.den)
        .and_then(|us| u64::try_from(us).ok()?.checked_add(1))
        .unwrap_or(0)
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

//! How far a track's key frames are apart.

use flaskflix_core::mp4::Track;

use super::{look::seconds, report::KeyFrameReport};

/// The distances between the key frames of a track. In decode order, which is the order of segments.
pub(super) fn key_frames(track: &Track) -> KeyFrameReport {
    let samples = &track.samples;
    let starts = samples.sync_samples().map(|sample| samples.decode_time(sample));
    let ends = starts.clone().skip(1).chain([samples.duration()]);
    let mut distances: Vec<u64> = starts
        .zip(ends)
        .map(|(start, end)| end.saturating_sub(start))
        .collect();
    distances.sort_unstable();
    let in_seconds = |ticks: Option<&u64>| ticks.map(|ticks| seconds(*ticks, track.timescale));
    KeyFrameReport {
        count: samples.sync_count(),
        min_seconds: in_seconds(distances.first()),
        median_seconds: in_seconds(distances.get(distances.len() / 2)),
        max_seconds: in_seconds(distances.last()),
    }
}

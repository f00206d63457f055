//! What each segment of a media playlist really holds: downloaded, then read by `ffprobe` one by one.

use crate::{
    bandwidth::Cost,
    error::CheckError,
    fetch,
    playlist::Media,
    probe::{self, Kind, TimeBase, Track},
};

/// One segment, downloaded and probed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// As its playlist names it.
    pub uri: String,
    /// Length and declared duration.
    pub cost: Cost,
    /// Packets of all its tracks.
    pub packets: usize,
    /// Whether its first video packet is a key frame; `None` when it has no video.
    pub starts_with_key: Option<bool>,
    /// What ticks are in the next two: the time base of its leading track (video before audio).
    pub time_base: TimeBase,
    /// Decode time of its first packet.
    pub start: i64,
    /// Decode time at which its last packet ends.
    pub end: i64,
}

/// Downloads and probes every segment of a media playlist.
///
/// # Errors
/// [`CheckError`] when a segment cannot be had, cannot be read on its own, or is empty.
pub fn download(playlist_url: &str, media: &Media) -> Result<Vec<Segment>, CheckError> {
    let init = match &media.init {
        Some(uri) => fetch::get(&fetch::resolve(playlist_url, uri))?,
        None => Vec::new(),
    };
    media
        .segments
        .iter()
        .map(|segment| {
            let url = fetch::resolve(playlist_url, &segment.uri);
            let body = fetch::get(&url)?;
            let cost = Cost {
                bytes: u64::try_from(body.len()).unwrap_or(u64::MAX),
                duration_us: segment.duration_us,
            };
            let tracks = probe::segment(&url, [init.as_slice(), &body].concat())?;
            describe(&segment.uri, cost, &tracks).ok_or_else(|| CheckError::Probe {
                input: url,
                reason: "the segment has no packets with decode times".to_owned(),
            })
        })
        .collect()
}

/// The largest error in microseconds that any run of `EXTINF` has against the segments' real lengths, and the
/// longest packet-free tolerance that is fair: see [`extinf_fault`].
#[must_use]
pub fn extinf_error_us(segments: &[Segment]) -> u64 {
    let Some(first) = segments.first() else { return 0 };
    let mut declared = 0_i128;
    let (mut least, mut most) = (0_i128, 0_i128);
    for (i, segment) in segments.iter().enumerate() {
        declared = declared.saturating_add(i128::from(segment.cost.duration_us));
        let end = segments
            .get(i.saturating_add(1))
            .map_or(segment.end, |next| next.start);
        let ticks = i128::from(end).saturating_sub(i128::from(first.start));
        let real = ticks
            .saturating_mul(segment.time_base.num)
            .saturating_mul(1_000_000)
            .checked_div(segment.time_base.den)
            .unwrap_or(0);
        let error = declared.saturating_sub(real);
        least = least.min(error);
        most = most.max(error);
    }
    u64::try_from(most.saturating_sub(least)).unwrap_or(u64::MAX)
}

/// Why the `EXTINF` of a playlist are wrong: some run of them is off by more than one frame (`frame_us`).
#[must_use]
pub fn extinf_fault(segments: &[Segment], frame_us: u64) -> Option<String> {
    let error = extinf_error_us(segments);
    // Six decimals round each EXTINF by up to half a microsecond.
    let rounding = u64::try_from(segments.len()).unwrap_or(u64::MAX);
    (error > frame_us.saturating_add(rounding))
        .then(|| format!("a run of EXTINF is {error} us off the real durations, a frame is {frame_us} us"))
}

fn describe(uri: &str, cost: Cost, tracks: &[Track]) -> Option<Segment> {
    let filled = || tracks.iter().filter(|track| !track.packets.is_empty());
    let video = filled().find(|track| track.kind == Kind::Video);
    let leading = video.or_else(|| filled().next())?;
    let end = leading
        .packets
        .iter()
        .filter_map(|packet| packet.dts?.checked_add(packet.duration.unwrap_or(0)))
        .max()?;
    Some(Segment {
        uri: uri.to_owned(),
        cost,
        packets: filled().map(|track| track.packets.len()).sum(),
        starts_with_key: video
            .and_then(|track| track.packets.first())
            .map(|packet| packet.key),
        time_base: leading.time_base,
        start: leading.packets.first()?.dts?,
        end,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Segments of these real lengths and these EXTINF, both in milliseconds.
    fn segments(list: &[(i64, u64)]) -> Vec<Segment> {
        let mut at = 5000;
        list.iter()
            .map(|&(real, declared)| {
                let start = at;
                at += real;
                Segment {
                    uri: String::new(),
                    cost: Cost {
                        bytes: 1,
                        duration_us: declared * 1000,
                    },
                    packets: 1,
                    starts_with_key: None,
                    time_base: TimeBase { num: 1, den: 1000 },
                    start,
                    end: at,
                }
            })
            .collect()
    }

    #[test]
    fn exact_durations_have_no_error() {
        assert_eq!(
            extinf_error_us(&segments(&[(2000, 2000), (1960, 1960), (40, 40)])),
            0
        );
        assert_eq!(extinf_error_us(&[]), 0);
    }

    #[test]
    fn errors_that_add_up_are_found() {
        // Each is within a frame of 40 ms, the run of three is not.
        let drifting = segments(&[(2000, 2020), (2000, 2020), (2000, 2020)]);
        assert_eq!(extinf_error_us(&drifting), 60_000);
        assert!(extinf_fault(&drifting, 40_000).is_some());
        assert!(extinf_fault(&drifting, 60_000).is_none());
    }

    #[test]
    fn an_error_in_the_middle_is_not_hidden_by_the_sum() {
        let compensated = segments(&[(2000, 2000), (2000, 2100), (2000, 1900), (2000, 2000)]);
        assert_eq!(extinf_error_us(&compensated), 100_000);
    }
}

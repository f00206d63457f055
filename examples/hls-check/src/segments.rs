//! What each segment of a media playlist really holds: downloaded, then read by `ffprobe` one by one.

use crate::{
    bandwidth::Cost,
    error::CheckError,
    fetch, opinion,
    playlist::{self, Media},
    probe::{self, Kind, Track},
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
    /// When its first frame is presented, in microseconds (of the leading track: video before audio). Frames of an
    /// open group of pictures that are shown before its key frame belong to the time of the segment before.
    pub start_us: i64,
    /// When the presentation of its last frame begins, in microseconds.
    pub last_us: i64,
    /// Whether frames are shown before its first one, which need the segment before: an open group of pictures.
    pub leads: bool,
    /// What other readers find wrong with it.
    pub objections: Vec<String>,
}

/// Downloads and probes every segment of a media playlist.
///
/// # Errors
/// [`CheckError`] when a segment cannot be had, cannot be read on its own, or is empty.
pub fn download(playlist_url: &str, media: &Media, init: &[u8]) -> Result<Vec<Segment>, CheckError> {
    media
        .segments
        .iter()
        .map(|segment| {
            let url = fetch::resolve(playlist_url, &segment.uri);
            let (cost, body) = fetch_clear(playlist_url, segment)?;
            let tracks = probe::segment(&url, [init, &body].concat())?;
            let mut described = describe(&segment.uri, cost, &tracks).ok_or_else(|| CheckError::Probe {
                input: url,
                reason: "the segment has no packets with presentation times".to_owned(),
            })?;
            if let [track] = tracks.as_slice() {
                described.objections = opinion::segment(init, &body, track);
            }
            Ok(described)
        })
        .collect()
}

/// Downloads a segment: what that costs, and its bytes in the clear.
///
/// # Errors
/// [`CheckError`] when it or its key cannot be had, or it cannot be decrypted.
pub fn fetch_clear(playlist_url: &str, segment: &playlist::Segment) -> Result<(Cost, Vec<u8>), CheckError> {
    let url = fetch::resolve(playlist_url, &segment.uri);
    let body = fetch::get(&url)?;
    let cost = Cost {
        bytes: u64::try_from(body.len()).unwrap_or(u64::MAX),
        duration_us: segment.duration_us,
    };
    let Some(encryption) = &segment.encryption else {
        return Ok((cost, body));
    };
    let key = fetch::get(&fetch::resolve(playlist_url, &encryption.key_uri))?;
    let clear = encryption
        .decrypt(&key, &body)
        .map_err(|reason| CheckError::Fetch { url, reason })?;
    Ok((cost, clear))
}

/// What a title knows about the frames of one playlist, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Frames {
    /// The earliest presentation time of all streams of the title.
    pub title_start: i64,
    /// Duration of the frame that is presented last, from the source: fragments read alone do not tell it.
    pub last: i64,
    /// The longest frame of the stream: the error that is allowed.
    pub longest: i64,
}

/// The largest error in microseconds that any run of `EXTINF` has against the times at which the segments' first
/// frames are presented.
///
/// The first segment may begin with its own first frame or with the title's, whichever fits better: a stream whose
/// sound starts before its picture may count the distance into its first `EXTINF`.
#[must_use]
pub fn extinf_error_us(segments: &[Segment], frames: Frames) -> i64 {
    let Some(first) = segments.first() else { return 0 };
    [first.start_us, frames.title_start]
        .map(|start| largest_error(segments, start, frames.last))
        .into_iter()
        .min()
        .unwrap_or(0)
}

/// Why the `EXTINF` of a playlist are wrong: some run of them is off by more than one frame.
#[must_use]
pub fn extinf_fault(segments: &[Segment], frames: Frames) -> Option<String> {
    let error = extinf_error_us(segments, frames);
    // Six decimals round each EXTINF, and each time that was read, by up to a microsecond.
    let rounding = i64::try_from(segments.len()).unwrap_or(i64::MAX);
    (error > frames.longest.saturating_add(rounding)).then(|| {
        format!(
            "a run of EXTINF is {error} us off the real times, the longest frame is {} us",
            frames.longest
        )
    })
}

fn largest_error(segments: &[Segment], start: i64, last_frame: i64) -> i64 {
    let mut declared = start;
    let (mut least, mut most) = (0, 0);
    for (i, segment) in segments.iter().enumerate() {
        declared = declared.saturating_add(i64::try_from(segment.cost.duration_us).unwrap_or(i64::MAX));
        let real = match segments.get(i.saturating_add(1)) {
            Some(next) => next.start_us,
            None => segment.last_us.saturating_add(last_frame),
        };
        let error = declared.saturating_sub(real);
        least = error.min(least);
        most = error.max(most);
    }
    most.saturating_sub(least)
}

fn describe(uri: &str, cost: Cost, tracks: &[Track]) -> Option<Segment> {
    let filled = || tracks.iter().filter(|track| !track.packets.is_empty());
    let video = filled().find(|track| track.kind == Kind::Video);
    let leading = video.or_else(|| filled().next())?;
    let times = || leading.packets.iter().filter_map(|packet| packet.pts);
    Some(Segment {
        uri: uri.to_owned(),
        cost,
        packets: filled().map(|track| track.packets.len()).sum(),
        starts_with_key: video
            .and_then(|track| track.packets.first())
            .map(|packet| packet.key),
        start_us: leading.time_base.micros(times().next()?),
        last_us: leading.time_base.micros(times().max()?),
        leads: video.is_some() && times().min()? < times().next()?,
        objections: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: i64 = 40_000;

    /// Segments of these real lengths and these EXTINF, both in milliseconds, from 5 s on.
    fn segments(list: &[(i64, u64)]) -> Vec<Segment> {
        let mut at = 5_000_000;
        list.iter()
            .map(|&(real, declared)| {
                let start_us = at;
                at += real * 1000;
                Segment {
                    uri: String::new(),
                    cost: Cost {
                        bytes: 1,
                        duration_us: declared * 1000,
                    },
                    packets: 1,
                    starts_with_key: None,
                    start_us,
                    last_us: at - FRAME,
                    leads: false,
                    objections: Vec::new(),
                }
            })
            .collect()
    }

    fn frames(title_start: i64) -> Frames {
        Frames {
            title_start,
            last: FRAME,
            longest: FRAME,
        }
    }

    #[test]
    fn exact_durations_have_no_error() {
        let exact = segments(&[(2000, 2000), (1960, 1960), (40, 40)]);
        assert_eq!(extinf_error_us(&exact, frames(0)), 0);
        assert_eq!(extinf_error_us(&[], frames(0)), 0);
    }

    #[test]
    fn errors_that_add_up_are_found() {
        // Each is within a frame of 40 ms, the run of three is not.
        let drifting = segments(&[(2000, 2020), (2000, 2020), (2000, 2020)]);
        assert_eq!(extinf_error_us(&drifting, frames(0)), 60_000);
        assert!(extinf_fault(&drifting, frames(0)).is_some());
        assert!(extinf_fault(&segments(&[(2000, 2040), (2000, 2000)]), frames(0)).is_none());
    }

    #[test]
    fn an_error_in_the_middle_is_not_hidden_by_the_sum() {
        let compensated = segments(&[(2000, 2000), (2000, 2100), (2000, 1900), (2000, 2000)]);
        assert_eq!(extinf_error_us(&compensated, frames(0)), 100_000);
    }

    #[test]
    fn the_first_segment_may_count_from_the_titles_start() {
        let late = segments(&[(2000, 2080), (2000, 2000)]);
        assert_eq!(extinf_error_us(&late, frames(4_920_000)), 0);
        assert_eq!(extinf_error_us(&late, frames(5_000_000)), 80_000);
    }
}

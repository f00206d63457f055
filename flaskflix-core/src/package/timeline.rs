//! The title's one timeline: a shared zero for all tracks of all files.
//!
//! A sample's presentation time in its file is `decode time + composition offset + shift`, where `shift` comes from
//! the edit list. Two moves follow, each by one time for all tracks, so that no track moves against another:
//!
//! * *zero*: the earliest presentation time of all tracks becomes zero. Playlists tell time from there.
//! * *lead*: in the fragments everything is presented later by one more time, the least with which no decode time and no
//!   composition offset is negative: the delay of B-frames and of audio priming. Fragments can write a signed offset, but
//!   not every reader understands one.

use std::num::NonZeroU32;

use crate::{
    mp4::{Sample, Track},
    time::MediaTime,
};

/// How far a common grid may move the lead only to be exact in every timescale, in microseconds.
const MAX_GRID_MICROS: i64 = 10_000;

/// Where a track's ticks lie on the title's timeline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Placement {
    /// Added to a sample's `decode time + composition offset`: its time on the title's timeline.
    pub(super) title_shift: i64,
    /// Added to a sample's decode time in the fragments: the track's `tfdt` base.
    pub(super) decode_shift: u64,
    /// Added to a sample's composition offset in the fragments, so that none is negative.
    pub(super) composition_shift: u32,
}

/// The two moves of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timeline {
    /// From a track's own presentation time to the title's.
    zero: MediaTime,
    /// From a track's own presentation time to that of the fragments.
    fragments: MediaTime,
}

impl Timeline {
    /// Finds the moves of these tracks.
    ///
    /// The move of the fragments is a multiple of a time that every timescale can express, when that costs less than
    /// 10 ms: then all tracks keep their distances exactly. Else each track rounds to its nearest tick.
    pub(super) fn of<'a>(tracks: impl Iterator<Item = &'a Track> + Clone) -> Self {
        let zero = tracks
            .clone()
            .filter_map(earliest)
            .min()
            .map_or(MediaTime::ZERO, negated);
        let lead = tracks.clone().map(delay).max().unwrap_or(MediaTime::ZERO);
        let grid = tracks.map(|track| track.timescale.get()).fold(0, gcd);
        let on_grid = NonZeroU32::new(grid).map_or(lead, |grid| MediaTime::new(ceil_ticks(lead, grid), grid));
        let moved = on_grid.as_micros().saturating_sub(lead.as_micros());
        Self {
            zero,
            fragments: if moved < MAX_GRID_MICROS { on_grid } else { lead },
        }
    }

    /// Microseconds on the title's timeline of a time of the film's own. What lies before the title's start is at its start.
    pub(super) fn title_micros(self, time: MediaTime) -> u64 {
        let micros = time.as_micros().saturating_add(self.zero_micros());
        u64::try_from(micros).unwrap_or(0)
    }

    /// How much later on the title's timeline everything is than in its own film, in microseconds: mostly the sound's
    /// priming.
    pub(super) fn zero_micros(self) -> i64 {
        self.zero.as_micros()
    }

    /// Places one track.
    pub(super) fn place(self, track: &Track) -> Placement {
        let composition_shift = track.samples.smallest_composition_offset().unsigned_abs();
        let decode_shift = track
            .shift
            .saturating_add(self.fragments.rescale(track.timescale).ticks())
            .saturating_sub(i64::from(composition_shift));
        Placement {
            title_shift: track
                .shift
                .saturating_add(self.zero.rescale(track.timescale).ticks()),
            decode_shift: u64::try_from(decode_shift).unwrap_or(0),
            composition_shift,
        }
    }
}

impl Placement {
    /// When a sample of this track is presented on the title's timeline.
    pub(super) fn time_of(self, sample: &Sample, track: &Track) -> MediaTime {
        let ticks = sample.composition_time().saturating_add(self.title_shift);
        MediaTime::new(ticks, track.timescale)
    }
}

impl Placement {
    /// How much later than on the title's timeline the fragments present everything.
    pub(super) fn lead(self, timescale: NonZeroU32) -> MediaTime {
        let ticks = i64::try_from(self.decode_shift)
            .unwrap_or(i64::MAX)
            .saturating_add(i64::from(self.composition_shift))
            .saturating_sub(self.title_shift);
        MediaTime::new(ticks, timescale)
    }

    /// The first sample that is presented at or after a time on the title's timeline; one past the last when there is none. For
    /// tracks whose samples are presented in decode order.
    pub(super) fn first_sample_at(self, track: &Track, micros: i64) -> u32 {
        const MICROS: NonZeroU32 = NonZeroU32::new(1_000_000).unwrap();
        let time = MediaTime::new(micros, MICROS).rescale(track.timescale).ticks();
        let Ok(decode_time) = u64::try_from(time.saturating_sub(self.title_shift)) else {
            return 0;
        };
        let at = track.samples.sample_at(decode_time);
        if track.samples.decode_time(at) < decode_time {
            at.saturating_add(1)
        } else {
            at
        }
    }
}

/// How much later than in its own file a track must be presented so that nothing in its fragments is negative.
fn delay(track: &Track) -> MediaTime {
    let reorder = i64::from(track.samples.smallest_composition_offset().unsigned_abs());
    MediaTime::new(reorder.saturating_sub(track.shift), track.timescale)
}

fn negated(time: MediaTime) -> MediaTime {
    MediaTime::new(time.ticks().saturating_neg(), time.timescale())
}

/// How many samples from the start may hold the earliest presentation time, and from the end the latest: more than any
/// reordering depth.
pub(super) const REORDER_WINDOW: u32 = 64;

/// The earliest presentation time of a track in its own file.
fn earliest(track: &Track) -> Option<MediaTime> {
    let end = REORDER_WINDOW.min(track.samples.len());
    let ticks = track
        .samples
        .samples(0..end)
        .map(|sample| sample.composition_time().saturating_add(track.shift))
        .min()?;
    Some(MediaTime::new(ticks, track.timescale))
}

fn ceil_ticks(time: MediaTime, timescale: NonZeroU32) -> i64 {
    let product = i128::from(time.ticks()) * i128::from(timescale.get());
    let from = i128::from(time.timescale().get());
    let ceiling = product.div_euclid(from) + i128::from(product.rem_euclid(from) != 0);
    i64::try_from(ceiling).unwrap_or(if ceiling < 0 { i64::MIN } else { i64::MAX })
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

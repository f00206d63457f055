//! The title's one timeline: a shared zero for all tracks of all files.
//!
//! A sample's presentation time in its file is `decode time + composition offset + shift`, where `shift` comes
//! from the edit list. That may be negative: AAC priming lies before zero. Fragments cannot express negative
//! decode times, so all tracks move later by one common offset, the same for every track, and never apart.

use std::num::NonZeroU32;

use crate::{mp4::Track, time::MediaTime};

/// How far a common grid may move the zero only to be exact in every timescale, in microseconds.
const MAX_GRID_MICROS: i64 = 10_000;

/// Where a track's ticks lie on the title's timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placement {
    /// Added to a sample's decode time: the track's `tfdt` base. Never negative.
    pub(super) decode_shift: u64,
    /// Added to a sample's composition offset. Never positive: what the decode shift could not express.
    pub(super) composition_shift: i64,
}

impl Placement {
    /// Places a track whose presentation times move by `shift` ticks.
    fn of(shift: i64) -> Self {
        Self {
            decode_shift: u64::try_from(shift).unwrap_or(0),
            composition_shift: shift.min(0),
        }
    }

    /// Ticks to add to `decode time + composition offset` to get the time on the title's timeline.
    pub(super) fn total(self) -> i64 {
        i64::try_from(self.decode_shift)
            .unwrap_or(i64::MAX)
            .saturating_add(self.composition_shift)
    }
}

/// The common offset of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timeline {
    offset: MediaTime,
}

impl Timeline {
    /// Finds the offset that brings the earliest presentation time of all tracks to zero.
    ///
    /// It is a multiple of a time that every timescale can express, when that moves the zero by less than
    /// 10 ms: then all tracks keep their distances exactly. Else each track rounds to its nearest tick.
    pub(super) fn of<'a>(tracks: impl Iterator<Item = &'a Track> + Clone) -> Self {
        let Some(first) = tracks.clone().filter_map(earliest).min() else {
            return Self {
                offset: MediaTime::ZERO,
            };
        };
        let exact = MediaTime::new(first.ticks().saturating_neg(), first.timescale());
        let grid = tracks.map(|track| track.timescale.get()).fold(0, gcd);
        let Some(grid) = NonZeroU32::new(grid) else {
            return Self { offset: exact };
        };
        let on_grid = MediaTime::new(ceil_ticks(exact, grid), grid);
        let moved = on_grid.as_micros().saturating_sub(exact.as_micros());
        Self {
            offset: if moved < MAX_GRID_MICROS { on_grid } else { exact },
        }
    }

    /// Places one track.
    pub(super) fn place(self, track: &Track) -> Placement {
        Placement::of(
            track
                .shift
                .saturating_add(self.offset.rescale(track.timescale).ticks()),
        )
    }
}

/// How many samples from the start may hold the earliest presentation time: more than any reordering depth.
const REORDER_WINDOW: u32 = 64;

/// The earliest presentation time of a track in its own file.
fn earliest(track: &Track) -> Option<MediaTime> {
    let end = REORDER_WINDOW.min(track.samples.len());
    let ticks = track
        .samples
        .samples(0..end)
        .map(|sample| {
            signed(sample.decode_time)
                .saturating_add(i64::from(sample.composition_offset))
                .saturating_add(track.shift)
        })
        .min()?;
    Some(MediaTime::new(ticks, track.timescale))
}

/// Media times fit in an `i64`: 2^63 ticks at 1 GHz are 292 years.
pub(super) fn signed(ticks: u64) -> i64 {
    i64::try_from(ticks).unwrap_or(i64::MAX)
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

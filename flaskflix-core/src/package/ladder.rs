//! Which renditions can be switched between: those whose key frames meet often enough.

use super::{
    boundaries::{SAME_TIME_MICROS, longest_stretch},
    error::Warning,
    key_frames::KeyFrame,
    timeline::{Placement, REORDER_WINDOW},
};
use crate::{id::AssetKey, mp4::Track, time::MediaTime};

/// A video track with the times of its key frames on the title's timeline.
#[derive(Debug)]
pub(super) struct VideoCandidate {
    pub(super) asset: AssetKey,
    pub(super) placement: Placement,
    pub(super) key_frames: Vec<KeyFrame>,
    /// When the last frame ends, in microseconds.
    pub(super) end_micros: i64,
}

impl VideoCandidate {
    pub(super) fn new(asset: AssetKey, track: &Track, placement: Placement) -> Self {
        Self {
            asset,
            placement,
            key_frames: KeyFrame::all(track, placement),
            end_micros: end_of(track, placement).as_micros(),
        }
    }

    /// The sample that starts at a common time.
    pub(super) fn sample_at(&self, time: i64) -> Option<u32> {
        let earliest = time.saturating_sub(SAME_TIME_MICROS);
        let places = self.places_to_cut();
        let from = places.partition_point(|frame| frame.micros < earliest);
        places
            .get(from)
            .filter(|frame| frame.micros.abs_diff(time) <= SAME_TIME_MICROS.unsigned_abs())
            .map(|frame| frame.sample)
    }

    /// The key frames but for the one that the film starts with.
    fn places_to_cut(&self) -> &[KeyFrame] {
        let starts = |frame: &KeyFrame| frame.sample == 0 || frame.micros <= 0;
        let from = self.key_frames.partition_point(starts);
        self.key_frames.get(from..).unwrap_or_default()
    }

    fn times(&self) -> impl Iterator<Item = i64> + '_ {
        self.places_to_cut().iter().map(|frame| frame.micros)
    }

    fn stretch(&self) -> i64 {
        longest_stretch(self.times(), self.end_micros).1
    }
}

/// When the last sample of a track ends on the title's timeline.
pub(super) fn end_of(track: &Track, placement: Placement) -> MediaTime {
    let len = track.samples.len();
    let end = track
        .samples
        .samples(len.saturating_sub(REORDER_WINDOW)..len)
        .map(|sample| {
            let start = placement.time_of(&sample, track).ticks();
            start.saturating_add(i64::from(sample.duration))
        })
        .max();
    MediaTime::new(end.unwrap_or(0).max(0), track.timescale)
}

/// The renditions that go together, and the times at which all of them have a key frame.
#[derive(Debug, Default)]
pub(super) struct Ladder {
    /// Indexes of the candidates, in their order.
    pub(super) members: Vec<usize>,
    /// Common key frame times in microseconds, ascending.
    pub(super) common: Vec<i64>,
    /// What was left out.
    pub(super) left_out: Vec<Warning>,
}

/// Finds the largest set of renditions whose common key frames are close enough to cut at.
///
/// Close enough means: no stretch without one is longer than one and a half target durations, or than the longest
/// that one of the renditions has anyway. Every candidate is tried as the one that others must meet.
pub(super) fn assemble(candidates: &[VideoCandidate], target_micros: i64) -> Ladder {
    (0..candidates.len())
        .filter_map(|reference| around(candidates, reference, target_micros))
        .reduce(|best, next| {
            if next.members.len() > best.members.len() {
                next
            } else {
                best
            }
        })
        .unwrap_or_default()
}

fn around(candidates: &[VideoCandidate], reference: usize, target_micros: i64) -> Option<Ladder> {
    let first = candidates.get(reference)?;
    let mut ladder = Ladder {
        members: vec![reference],
        common: first.times().collect(),
        left_out: Vec::new(),
    };
    let mut allowed = first
        .stretch()
        .max(target_micros.saturating_add(target_micros / 2));
    let mut end = first.end_micros;
    for (index, other) in candidates
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != reference)
    {
        let met = meeting(&ladder.common, other);
        let end_with = end.max(other.end_micros);
        let (at_micros, stretch_micros) = longest_stretch(met.iter().copied(), end_with);
        if stretch_micros > allowed.max(other.stretch()) {
            let asset = other.asset.clone();
            ladder.left_out.push(Warning::KeyFramesDoNotMeet {
                asset,
                at_micros,
                stretch_micros,
            });
            continue;
        }
        allowed = allowed.max(other.stretch());
        end = end_with;
        ladder.members.push(index);
        ladder.common = met;
    }
    ladder.members.sort_unstable();
    Some(ladder)
}

fn meeting(common: &[i64], other: &VideoCandidate) -> Vec<i64> {
    common
        .iter()
        .copied()
        .filter(|&time| other.sample_at(time).is_some())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000;

    fn key_frame(number: u32, micros: i64) -> KeyFrame {
        KeyFrame {
            number,
            sample: number,
            micros,
            bytes: 1,
        }
    }

    fn candidate(name: &str, keys: &[i64], end: i64) -> VideoCandidate {
        VideoCandidate {
            asset: AssetKey::parse(name).unwrap(),
            placement: Placement {
                title_shift: 0,
                decode_shift: 0,
                composition_shift: 0,
            },
            key_frames: (1..)
                .zip(keys)
                .map(|(number, &micros)| key_frame(number, micros))
                .collect(),
            end_micros: end,
        }
    }

    #[test]
    fn renditions_that_meet_go_together() {
        let a = candidate("a", &[2 * S, 4 * S, 6 * S, 8 * S], 10 * S);
        let b = candidate("b", &[4 * S + 400, 8 * S - 400], 10 * S);
        let ladder = assemble(&[a, b], 6 * S);
        assert_eq!((ladder.members, ladder.common), (vec![0, 1], vec![4 * S, 8 * S]));
        assert!(ladder.left_out.is_empty());
    }

    #[test]
    fn the_odd_one_is_left_out_and_named_even_when_it_comes_first() {
        let keys: Vec<i64> = (1..30).map(|i| i * 2 * S).collect();
        let odd: Vec<i64> = (1..20).map(|i| i * 3 * S + 500_000).collect();
        let all = [
            candidate("odd", &odd, 60 * S),
            candidate("b", &keys, 60 * S),
            candidate("c", &keys, 60 * S),
        ];
        let ladder = assemble(&all, 6 * S);
        assert_eq!(ladder.members, [1, 2]);
        assert!(matches!(
            &ladder.left_out[..],
            [Warning::KeyFramesDoNotMeet { asset, at_micros: 0, stretch_micros: 60_000_000 }] if asset.as_str() == "odd"
        ));
    }

    #[test]
    fn long_groups_of_pictures_are_no_reason_to_leave_out() {
        let a = candidate("a", &[20 * S], 40 * S);
        let b = candidate("b", &[20 * S], 40 * S);
        assert_eq!(assemble(&[a, b], 6 * S).members, [0, 1]);
    }
}

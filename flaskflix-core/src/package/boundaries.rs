//! Where segments start: common key frames nearest to the target duration.

/// Two key frames are the same cut when their times differ by no more: half a tick of a millisecond timescale on
/// either side, and nothing that a viewer could see.
pub(super) const SAME_TIME_MICROS: i64 = 2_000;

/// Chooses cuts among candidate times (ascending, microseconds).
///
/// Each cut is the candidate nearest to `target` after the cut before it; the end is a candidate too. No segment is shorter than a quarter of the
/// target when it can be helped: such a candidate is passed over, and a tail that short joins its neighbour.
/// Returns indexes into `candidates`.
pub(super) fn choose_cuts(candidates: &[i64], end: i64, target: i64) -> Vec<usize> {
    let (mut cuts, mut start, shortest) = (Vec::new(), 0_i64, target / 4);
    loop {
        let from = candidates.partition_point(|&time| time < start.saturating_add(shortest.max(1)));
        let goal = start.saturating_add(target);
        let after = candidates.partition_point(|&time| time < goal).max(from);
        let before = after.checked_sub(1).filter(|&i| i >= from);
        let near = |i: &usize| candidates.get(*i).map(|time| (time.abs_diff(goal), *i));
        let Some((_, cut)) = [before, Some(after)].iter().flatten().filter_map(near).min() else {
            break;
        };
        let Some(&time) = candidates.get(cut) else { break };
        if end.saturating_sub(time) < shortest || end.abs_diff(goal) <= time.abs_diff(goal) {
            break;
        }
        cuts.push(cut);
        start = time;
    }
    cuts
}

/// Continues cuts at even distances for streams that outlast the video (or have none): from `from` to `end`.
///
/// Stops after `limit` cuts, so that a film of absurd length costs no more than a film that is too long.
pub(super) fn extend_cuts(cuts: &mut Vec<i64>, from: i64, end: i64, target: i64, limit: usize) {
    let mut next = if from > 0 { from } else { target };
    let shortest = if from > 0 { target / 2 } else { target / 4 };
    while end.saturating_sub(next) >= shortest.max(1) && cuts.len() <= limit {
        cuts.push(next);
        next = next.saturating_add(target);
    }
}

/// The longest stretch between neighbours, from zero to `end`: where it starts and how long it is.
pub(super) fn longest_stretch(times: impl Iterator<Item = i64>, end: i64) -> (i64, i64) {
    let (mut last, mut longest) = (0, (0, 0));
    for time in times.chain([end]) {
        let length = time.saturating_sub(last);
        if length > longest.1 {
            longest = (last, length);
        }
        last = time;
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000;

    fn times(candidates: &[i64], end: i64) -> Vec<i64> {
        choose_cuts(candidates, end, 6 * S)
            .into_iter()
            .map(|i| candidates[i])
            .collect()
    }

    #[test]
    fn two_second_key_frames_make_six_second_segments() {
        let keys: Vec<i64> = (1..30).map(|i| i * 2 * S).collect();
        assert_eq!(
            times(&keys, 60 * S),
            (1..10).map(|i| i * 6 * S).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_tiny_tail_joins_its_neighbour() {
        let keys: Vec<i64> = (1..7).map(|i| i * 2 * S).collect();
        assert_eq!(times(&keys, 13 * S), [6 * S]);
        assert_eq!(times(&keys, 14 * S), [6 * S, 12 * S]);
    }

    #[test]
    fn the_nearest_key_frame_wins_and_none_is_made_up() {
        assert_eq!(times(&[S, 9 * S, 10 * S], 30 * S), [9 * S]);
        assert_eq!(times(&[4 * S, 7 * S], 30 * S), [7 * S]);
        assert_eq!(times(&[100 * S], 200 * S), [100 * S]);
        assert_eq!(times(&[4 * S], 6 * S), [] as [i64; 0], "the end is nearer");
        assert_eq!(times(&[], 200 * S), [] as [i64; 0]);
    }

    #[test]
    fn no_segment_is_shorter_than_a_quarter_of_the_target() {
        let keys = [S / 10, S / 5, 20 * S, 20 * S + 1];
        assert_eq!(times(&keys, 40 * S), [20 * S]);
    }

    #[test]
    fn audio_goes_on_after_the_video() {
        let mut cuts = vec![6 * S];
        extend_cuts(&mut cuts, 10 * S, 20 * S, 6 * S, 100);
        assert_eq!(cuts, [6 * S, 10 * S, 16 * S]);
        let mut cuts = vec![6 * S];
        extend_cuts(&mut cuts, 10 * S, 12 * S, 6 * S, 100);
        assert_eq!(cuts, [6 * S], "two more seconds join the last segment");
        let mut cuts = Vec::new();
        extend_cuts(&mut cuts, 0, 13 * S, 6 * S, 100);
        assert_eq!(cuts, [6 * S], "audio alone");
        let mut cuts = Vec::new();
        extend_cuts(&mut cuts, 0, i64::MAX, 6 * S, 100);
        assert_eq!(cuts.len(), 101, "bounded");
    }

    #[test]
    fn the_longest_stretch_counts_both_ends() {
        assert_eq!(longest_stretch([2, 4].into_iter(), 10), (4, 6));
        assert_eq!(longest_stretch([7].into_iter(), 10), (0, 7));
        assert_eq!(longest_stretch([].into_iter(), 10), (0, 10));
    }
}

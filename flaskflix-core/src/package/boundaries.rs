//! Where segments start: common key frames nearest to the target duration.

/// Two key frames are the same cut when their times differ by no more: half a tick of a millisecond timescale on
/// either side, and nothing that a viewer could see.
pub(super) const SAME_TIME_MICROS: i64 = 2_000;

/// How long segments should be: some short ones first, then all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pace {
    /// When the first segments should end, and how long each should be.
    first: Vec<(i64, i64)>,
    target: i64,
}

impl Pace {
    /// Durations in microseconds; `target` is positive. None of the first is longer than the target: it would make all playlists'
    /// target duration longer.
    pub(super) fn new(first: impl Iterator<Item = i64>, target: i64) -> Self {
        let durations = first
            .map(|duration| duration.min(target))
            .filter(|duration| *duration > 0);
        let goals = durations.scan(0_i64, |end, duration| {
            *end = end.saturating_add(duration);
            Some((*end, duration))
        });
        Self {
            first: goals.collect(),
            target,
        }
    }

    /// When a segment that starts at `start` should end. A goal that is nearly reached or passed, because key frames lie elsewhere, is
    /// not made up for: the next one counts.
    fn goal(&self, start: i64) -> i64 {
        let ahead = |&&(end, duration): &&(i64, i64)| end > start.saturating_add(duration / 4);
        match self.first.iter().find(ahead) {
            Some(&(end, _)) => end,
            None => start.saturating_add(self.target),
        }
    }

    /// The ends of the first segments.
    pub(super) fn into_goals(self) -> impl Iterator<Item = i64> {
        self.first.into_iter().map(|goal| goal.0)
    }
}

/// Chooses cuts among candidate times (ascending, microseconds).
///
/// Each cut is the candidate nearest to its goal; the end is a candidate too. No segment is shorter than a quarter of what it should be
/// when it can be helped: such a candidate is passed over, and a tail shorter than a quarter of the target joins its neighbour.
/// Returns indexes into `candidates`.
pub(super) fn choose_cuts(candidates: &[i64], end: i64, pace: &Pace) -> Vec<usize> {
    let (mut cuts, mut start, shortest_tail) = (Vec::new(), 0_i64, pace.target / 4);
    loop {
        let goal = pace.goal(start);
        let shortest = goal.saturating_sub(start) / 4;
        let from = candidates.partition_point(|&time| time < start.saturating_add(shortest.max(1)));
        let after = candidates.partition_point(|&time| time < goal).max(from);
        let before = after.checked_sub(1).filter(|&i| i >= from);
        let near = |i: &usize| candidates.get(*i).map(|time| (time.abs_diff(goal), *i));
        let Some((_, cut)) = [before, Some(after)].iter().flatten().filter_map(near).min() else {
            break;
        };
        let Some(&time) = candidates.get(cut) else { break };
        if end.saturating_sub(time) < shortest_tail || end.abs_diff(goal) <= time.abs_diff(goal) {
            break;
        }
        cuts.push(cut);
        start = time;
    }
    cuts
}

/// Continues cuts for streams that outlast the video (or have none): from `from` to `end`.
///
/// Stops after `limit` cuts, so that a film of absurd length costs no more than a film that is too long.
pub(super) fn extend_cuts(cuts: &mut Vec<i64>, from: i64, end: i64, pace: &Pace, limit: usize) {
    let mut next = if from > 0 { from } else { pace.goal(0) };
    let shortest = if from > 0 {
        pace.target / 2
    } else {
        pace.target / 4
    };
    while end.saturating_sub(next) >= shortest.max(1) && cuts.len() <= limit {
        cuts.push(next);
        next = pace.goal(next);
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

    fn even() -> Pace {
        Pace::new(std::iter::empty(), 6 * S)
    }

    fn quick() -> Pace {
        Pace::new([2 * S, 2 * S, 4 * S].into_iter(), 6 * S)
    }

    fn times(candidates: &[i64], end: i64) -> Vec<i64> {
        paced(candidates, end, &even())
    }

    fn paced(candidates: &[i64], end: i64, pace: &Pace) -> Vec<i64> {
        choose_cuts(candidates, end, pace)
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
    fn short_segments_come_first_where_key_frames_allow() {
        let every = |distance: i64| (1..40).map(|i| i * distance).collect::<Vec<_>>();
        assert_eq!(
            paced(&every(2 * S), 20 * S, &quick()),
            [2, 4, 8, 14].map(|s| s * S)
        );
        assert_eq!(paced(&every(S), 12 * S, &quick()), [2, 4, 8].map(|s| s * S));
        // Key frames every 2.5 s: the goals are ends, so being late once does not push all that follow.
        let late = paced(&every(5 * S / 2), 20 * S, &quick());
        assert_eq!(late, [5 * S / 2, 5 * S, 15 * S / 2, 25 * S / 2, 35 * S / 2]);
        // Key frames every 10 s: no goal that is passed comes back.
        assert_eq!(
            paced(&every(10 * S), 40 * S, &quick()),
            [10, 20, 30].map(|s| s * S)
        );
    }

    #[test]
    fn no_first_segment_is_meant_to_be_longer_than_the_target_or_empty() {
        let pace = Pace::new([0, 60 * S, -1, 3 * S].into_iter(), 6 * S);
        assert_eq!(pace.into_goals().collect::<Vec<_>>(), [6 * S, 9 * S]);
    }

    #[test]
    fn a_short_film_is_not_cut_into_crumbs() {
        let every = (1..30).map(|i| i * S / 10).collect::<Vec<_>>();
        assert_eq!(
            paced(&every, 3 * S, &quick()),
            [] as [i64; 0],
            "a tail of one second joins"
        );
        assert_eq!(paced(&every, 4 * S, &quick()), [2 * S]);
    }

    #[test]
    fn audio_goes_on_after_the_video() {
        let mut cuts = vec![6 * S];
        extend_cuts(&mut cuts, 10 * S, 20 * S, &even(), 100);
        assert_eq!(cuts, [6 * S, 10 * S, 16 * S]);
        let mut cuts = vec![6 * S];
        extend_cuts(&mut cuts, 10 * S, 12 * S, &even(), 100);
        assert_eq!(cuts, [6 * S], "two more seconds join the last segment");
        let mut cuts = Vec::new();
        extend_cuts(&mut cuts, 0, 13 * S, &even(), 100);
        assert_eq!(cuts, [6 * S], "audio alone");
        let mut cuts = Vec::new();
        extend_cuts(&mut cuts, 0, 20 * S, &quick(), 100);
        assert_eq!(
            cuts,
            [2, 4, 8, 14].map(|s| s * S),
            "audio alone, short segments first"
        );
        let mut cuts = Vec::new();
        extend_cuts(&mut cuts, 0, i64::MAX, &even(), 100);
        assert_eq!(cuts.len(), 101, "bounded");
    }

    #[test]
    fn the_longest_stretch_counts_both_ends() {
        assert_eq!(longest_stretch([2, 4].into_iter(), 10), (4, 6));
        assert_eq!(longest_stretch([7].into_iter(), 10), (0, 7));
        assert_eq!(longest_stretch([].into_iter(), 10), (0, 10));
    }
}

//! Which requests serve which ranges.

use std::collections::VecDeque;

use flaskflix_core::range::ByteRange;

/// One request: a stretch of the object, and what of it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Get {
    /// From where the store is asked.
    pub(super) start: u64,
    /// The parts that were asked for, in order; they do not overlap. What lies between them is thrown away.
    pub(super) wanted: VecDeque<ByteRange>,
}

impl Get {
    const fn new(start: u64, wanted: VecDeque<ByteRange>) -> Self {
        Self { start, wanted }
    }

    /// One past the last byte.
    pub(super) fn end(&self) -> u64 {
        self.wanted.back().map_or(self.start, |range| range.end())
    }

    /// Takes one more range in, when it follows within `gap` bytes.
    fn extend(&mut self, range: ByteRange, gap: u64) -> bool {
        let Some(last) = self.wanted.back_mut() else {
            return false;
        };
        match range.start().checked_sub(last.end()) {
            Some(0) => *last = last.join(range).unwrap_or(*last),
            Some(between) if between <= gap => self.wanted.push_back(range),
            _ => return false,
        }
        true
    }
}

/// The requests for ranges in the order given: one goes on as long as the ranges rise, with at most `gap` bytes between two.
pub(super) fn plan(ranges: &[ByteRange], gap: u64) -> VecDeque<Get> {
    let mut gets: VecDeque<Get> = VecDeque::new();
    for &range in ranges {
        if !gets.back_mut().is_some_and(|last| last.extend(range, gap)) {
            gets.push_back(Get::new(range.start(), VecDeque::from([range])));
        }
    }
    gets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(ranges: &[(u64, u64)], gap: u64) -> Vec<(u64, u64, usize)> {
        let ranges: Vec<_> = ranges
            .iter()
            .map(|&(start, end)| ByteRange::new(start, end).unwrap())
            .collect();
        plan(&ranges, gap)
            .iter()
            .map(|get| (get.start, get.end(), get.wanted.len()))
            .collect()
    }

    #[test]
    fn neighbours_are_one_request_and_far_ones_are_not() {
        assert_eq!(planned(&[], 9), []);
        assert_eq!(planned(&[(0, 5), (5, 9)], 0), [(0, 9, 1)]);
        assert_eq!(planned(&[(0, 5), (15, 20)], 10), [(0, 20, 2)]);
        assert_eq!(planned(&[(0, 5), (16, 20)], 10), [(0, 5, 1), (16, 20, 1)]);
    }

    #[test]
    fn ranges_that_overlap_or_go_back_are_requests_of_their_own() {
        assert_eq!(planned(&[(0, 5), (4, 9)], 10), [(0, 5, 1), (4, 9, 1)]);
        assert_eq!(planned(&[(5, 9), (0, 5)], 10), [(5, 9, 1), (0, 5, 1)]);
        assert_eq!(
            planned(&[(0, u64::MAX), (0, 1)], u64::MAX),
            [(0, u64::MAX, 1), (0, 1, 1)]
        );
    }
}

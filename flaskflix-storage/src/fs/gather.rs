//! Where the next bytes of a read are: ranges in order, cut to the room of a buffer.

use std::vec;

use flaskflix_core::range::ByteRange;

/// Walks a list of ranges from front to back.
#[derive(Debug)]
pub(super) struct Cursor {
    current: Option<ByteRange>,
    later: vec::IntoIter<ByteRange>,
    remaining: u64,
}

impl Cursor {
    /// Starts at the front of `ranges`. Neighbours that touch are joined, so that they are read in one call.
    pub(super) fn new(mut ranges: Vec<ByteRange>) -> Self {
        ranges.dedup_by(
            |next, previous| match ByteRange::new(previous.start(), next.end()) {
                Some(joined) if previous.end() == next.start() => {
                    *previous = joined;
                    true
                }
                _ => false,
            },
        );
        let remaining = ranges
            .iter()
            .fold(0_u64, |sum, range| sum.saturating_add(range.len()));
        let mut later = ranges.into_iter();
        Self {
            current: later.next(),
            later,
            remaining,
        }
    }

    /// Bytes still to come, over all ranges.
    pub(super) const fn remaining(&self) -> u64 {
        self.remaining
    }

    /// The next stretch of at most `room` bytes: its offset in the object and its length. `None` at the end.
    pub(super) fn next_stretch(&self, room: usize) -> Option<(u64, usize)> {
        let range = self.current?;
        let len = usize::try_from(range.len()).unwrap_or(usize::MAX).min(room);
        Some((range.start(), len))
    }

    /// Says that the first `bytes` of the next stretch were read.
    pub(super) fn advance(&mut self, bytes: usize) {
        let Some(range) = self.current else { return };
        let bytes = (bytes as u64).min(range.len());
        self.remaining = self.remaining.saturating_sub(bytes);
        self.current =
            ByteRange::new(range.start().saturating_add(bytes), range.end()).or_else(|| self.later.next());
    }

    /// The stretches that the next `window` bytes of this read come from.
    ///
    /// Stretches less than [`JOINED_GAP_BYTES`] apart are one, because a disk reads the gap faster than it is
    /// asked twice. At most [`MAX_STRETCHES`] are told.
    pub(super) fn upcoming(&self, window: u64) -> Vec<ByteRange> {
        let mut stretches: Vec<ByteRange> = Vec::new();
        let mut left = window;
        for range in self.current.iter().chain(self.later.as_slice()) {
            let Some(cut) = ByteRange::from_len(range.start(), range.len().min(left)) else {
                break;
            };
            left = left.saturating_sub(cut.len());
            if let Some(last) = stretches.last_mut()
                && follows_closely(*last, cut)
            {
                *last = ByteRange::new(last.start(), cut.end()).unwrap_or(cut);
            } else if stretches.len() < MAX_STRETCHES {
                stretches.push(cut);
            } else {
                break;
            }
        }
        stretches
    }
}

/// Gap up to which two stretches are read ahead as one.
const JOINED_GAP_BYTES: u64 = 128 << 10;

/// Most stretches that are read ahead at once: each is a system call.
const MAX_STRETCHES: usize = 16;

fn follows_closely(first: ByteRange, second: ByteRange) -> bool {
    second
        .start()
        .checked_sub(first.end())
        .is_some_and(|gap| gap <= JOINED_GAP_BYTES)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(start: u64, end: u64) -> ByteRange {
        ByteRange::new(start, end).unwrap()
    }

    proptest! {
        #[test]
        fn the_stretches_are_the_ranges(
            ranges in prop::collection::vec((0_u64..1_000, 1_u64..300), 0..20),
            room in 1_usize..400, short in 1_usize..50,
        ) {
            let ranges: Vec<_> = ranges
                .into_iter()
                .filter_map(|(start, len)| ByteRange::from_len(start, len))
                .collect();
            let want: Vec<u64> = ranges.iter().flat_map(|&range| range.start()..range.end()).collect();
            let mut cursor = Cursor::new(ranges);
            let mut got = Vec::new();
            while let Some((offset, len)) = cursor.next_stretch(room) {
                prop_assert!(len > 0 && len <= room);
                prop_assert_eq!(cursor.remaining(), (want.len() - got.len()) as u64);
                // A read may be short: only part of the stretch is taken.
                let taken = len.min(short);
                got.extend(offset..offset + taken as u64);
                cursor.advance(taken);
            }
            prop_assert_eq!(cursor.remaining(), 0);
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn touching_ranges_are_one_stretch() {
        let cursor = Cursor::new(vec![range(0, 10), range(10, 20), range(20, 25), range(0, 5)]);
        assert_eq!(cursor.next_stretch(1_000), Some((0, 25)));
        assert_eq!(cursor.remaining(), 30);
    }

    #[test]
    fn upcoming_joins_close_stretches_and_stops_at_the_window() {
        let cursor = Cursor::new(vec![range(0, 10), range(20, 30), range(1 << 30, 2 << 30)]);
        assert_eq!(
            cursor.upcoming(100),
            [range(0, 30), range(1 << 30, (1 << 30) + 80)]
        );
        assert_eq!(cursor.upcoming(15), [range(0, 25)]);
        assert_eq!(cursor.upcoming(0), []);
    }

    #[test]
    fn upcoming_tells_a_bounded_number_of_stretches() {
        let scattered = (0..100).rev().map(|i| range(i << 20, (i << 20) + 1)).collect();
        assert_eq!(Cursor::new(scattered).upcoming(u64::MAX).len(), MAX_STRETCHES);
    }

    #[test]
    fn upcoming_keeps_backward_jumps_apart() {
        let cursor = Cursor::new(vec![range(50, 60), range(0, 10)]);
        assert_eq!(cursor.upcoming(100), [range(50, 60), range(0, 10)]);
    }
}

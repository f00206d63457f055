//! Where the next bytes of a read are: ranges in order, cut to the room of a buffer.

use std::vec;

use flaskflix_core::range::ByteRange;
use smallvec::SmallVec;

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
        ByteRange::join_touching(&mut ranges);
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

    /// What is read in the next call: where it starts, and its parts in the file's order, of which at most `room` bytes are wanted.
    /// `None` at the end, and without room.
    ///
    /// A player's sound lies between its pictures: a few hundred bytes between some thousand. To read past them is cheaper than
    /// to ask again.
    pub(super) fn next_parts(&self, room: usize) -> Option<(u64, Parts)> {
        let start = self.current?.start();
        let (mut parts, mut end, mut left, mut skipped) = (Parts::new(), start, room, 0);
        for range in self.current.iter().chain(self.later.as_slice()) {
            let gap = range
                .start()
                .checked_sub(end)
                .and_then(|gap| usize::try_from(gap).ok());
            let Some(gap) = gap.filter(|gap| *gap <= MAX_GAP_BYTES) else {
                break;
            };
            skipped = gap.saturating_add(skipped);
            if left == 0 || skipped > MAX_SKIPPED_BYTES || parts.len().saturating_add(2) > MAX_PARTS {
                break;
            }
            if gap > 0 {
                parts.push(Part::Gap(gap));
            }
            let len = usize::try_from(range.len()).unwrap_or(usize::MAX).min(left);
            parts.push(Part::Wanted(len));
            left = left.saturating_sub(len);
            end = range.end();
        }
        (!parts.is_empty()).then_some((start, parts))
    }

    /// Says that the first `bytes` of these parts, the next ones, were read. Tells how many of them were wanted.
    pub(super) fn advance_over(&mut self, parts: &[Part], bytes: usize) -> usize {
        let (mut left, mut wanted) = (bytes, 0_usize);
        for part in parts {
            let taken = part.len().min(left);
            left = left.saturating_sub(taken);
            if let Part::Wanted(_) = part {
                self.advance(taken);
                wanted = wanted.saturating_add(taken);
            }
        }
        wanted
    }

    /// Says that the first `bytes` of the next stretch were read.
    fn advance(&mut self, bytes: usize) {
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

/// The parts of one call. Most reads of plain files have one.
pub(super) type Parts = SmallVec<[Part; 2]>;

/// A part of the file that is read in one call with those beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// So many bytes of the read.
    Wanted(usize),
    /// So many bytes that nobody asked for.
    Gap(usize),
}

impl Part {
    pub(super) const fn len(self) -> usize {
        match self {
            Self::Wanted(len) | Self::Gap(len) => len,
        }
    }
}

/// Gap up to which two stretches are read in one call: about as much as is copied in the time of a call.
const MAX_GAP_BYTES: usize = 4 << 10;

/// Most bytes of all gaps of one call: so much memory is held while it lasts.
const MAX_SKIPPED_BYTES: usize = 64 << 10;

/// Most parts of one call; the kernel takes 1024.
const MAX_PARTS: usize = 512;

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
    use smallvec::smallvec;

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
            while let Some((offset, parts)) = cursor.next_parts(room) {
                let lens = |wanted: bool| parts.iter().filter(move |part| matches!(part, Part::Wanted(_)) == wanted).map(|part| part.len());
                prop_assert!((1..=room).contains(&lens(true).sum::<usize>()));
                prop_assert!(lens(false).all(|gap| gap <= MAX_GAP_BYTES));
                prop_assert_eq!(cursor.remaining(), (want.len() - got.len()) as u64);
                // A read may be short: only a part of the parts is taken.
                let taken = parts.iter().map(|part| part.len()).sum::<usize>().min(short);
                let (mut at, end, before) = (offset, offset + taken as u64, got.len());
                for part in &parts {
                    let next = at + part.len() as u64;
                    if let Part::Wanted(_) = part {
                        got.extend(at.min(end)..next.min(end));
                    }
                    at = next;
                }
                prop_assert_eq!(cursor.advance_over(&parts, taken), got.len() - before);
            }
            prop_assert_eq!(cursor.remaining(), 0);
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn touching_ranges_are_one_stretch() {
        let cursor = Cursor::new(vec![range(0, 10), range(10, 20), range(20, 25), range(0, 5)]);
        assert_eq!(cursor.next_parts(1_000), Some((0, smallvec![Part::Wanted(25)])));
        assert_eq!(cursor.remaining(), 30);
    }

    #[test]
    fn small_gaps_are_read_past_and_large_ones_are_not() {
        let far = 40 + MAX_GAP_BYTES as u64;
        let cursor = Cursor::new(vec![
            range(0, 10),
            range(30, 40),
            range(far, far + 5),
            range(1 << 20, 2 << 20),
        ]);
        let near = [
            Part::Wanted(10),
            Part::Gap(20),
            Part::Wanted(10),
            Part::Gap(MAX_GAP_BYTES),
            Part::Wanted(5),
        ];
        assert_eq!(cursor.next_parts(1_000), Some((0, Parts::from_slice(&near))));
        assert_eq!(
            cursor.next_parts(12),
            Some((0, smallvec![Part::Wanted(10), Part::Gap(20), Part::Wanted(2)]))
        );
        assert_eq!(
            cursor.next_parts(10),
            Some((0, smallvec![Part::Wanted(10)])),
            "no gap at the end"
        );
        assert_eq!(cursor.next_parts(0), None);
    }

    #[test]
    fn what_is_read_past_in_one_call_is_bounded() {
        let gaps = (0..100).map(|i| range(i * 4_000, i * 4_000 + 1)).collect();
        let (_, parts) = Cursor::new(gaps).next_parts(1_000).unwrap();
        assert_eq!(parts.len(), 2 * (MAX_SKIPPED_BYTES / 3_999) + 1);
        let many = (0..1_000).map(|i| range(i * 2, i * 2 + 1)).collect();
        assert!(Cursor::new(many).next_parts(1_000).unwrap().1.len() <= MAX_PARTS);
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

//! Where a read is: ranges in order, cut at the ends of blocks.

use std::vec;

use flaskflix_core::range::ByteRange;

use super::block::{Blocks, Span};

#[derive(Debug)]
pub(super) struct Cursor {
    current: Option<ByteRange>,
    later: vec::IntoIter<ByteRange>,
}

impl Cursor {
    pub(super) fn new(ranges: Vec<ByteRange>) -> Self {
        let mut later = ranges.into_iter();
        Self {
            current: later.next(),
            later,
        }
    }

    /// What is to be read next: as much of the current range as lies in one block.
    pub(super) fn span(&self, blocks: &Blocks) -> Option<Span> {
        self.current.map(|range| blocks.first_span(range))
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.current.is_none()
    }

    /// What is left to read, cut after `most` bytes.
    pub(super) fn rest(&self, most: u64) -> Vec<ByteRange> {
        let mut left = most;
        let cut = |range: &ByteRange| {
            let cut = ByteRange::from_len(range.start(), range.len().min(left))?;
            left = left.saturating_sub(cut.len());
            Some(cut)
        };
        self.current
            .iter()
            .chain(self.later.as_slice())
            .map_while(cut)
            .collect()
    }

    pub(super) fn advance(&mut self, bytes: usize) {
        let Some(range) = self.current else { return };
        let start = range.start().saturating_add(bytes as u64);
        self.current = ByteRange::new(start, range.end()).or_else(|| self.later.next());
    }

    /// The blocks that come after the one being read, each once as long as they rise, `most` at most.
    pub(super) fn upcoming(&self, blocks: &Blocks, most: usize) -> Vec<u64> {
        let mut upcoming = Vec::with_capacity(most);
        let mut last = self.span(blocks).map(|span| span.number);
        for range in self.current.iter().chain(self.later.as_slice()) {
            for number in blocks.touched(*range) {
                if upcoming.len() == most {
                    return upcoming;
                }
                if last.is_none_or(|last| number > last) {
                    upcoming.push(number);
                    last = Some(number);
                }
            }
        }
        upcoming
    }
}

#[cfg(test)]
mod tests {
    use flaskflix_core::{id::AssetKey, source::ObjectInfo, validator::EntityTag};

    use super::*;

    fn blocks() -> Blocks {
        let info = ObjectInfo {
            len: 100,
            etag: EntityTag::strong("x").unwrap(),
            last_modified: None,
        };
        Blocks::new(&AssetKey::parse("a").unwrap(), &info, 10)
    }

    fn range(start: u64, end: u64) -> ByteRange {
        ByteRange::new(start, end).unwrap()
    }

    #[test]
    fn the_spans_are_the_ranges() {
        let blocks = blocks();
        let ranges = vec![range(5, 35), range(0, 3), range(99, 100), range(7, 20)];
        let want: Vec<u64> = ranges
            .iter()
            .flat_map(|range| range.start()..range.end())
            .collect();
        let mut cursor = Cursor::new(ranges);
        let mut got = Vec::new();
        while let Some(span) = cursor.span(&blocks) {
            // A span may be taken in parts.
            let taken = (span.end - span.start).min(4);
            let start = span.number * 10 + span.start as u64;
            got.extend(start..start + taken as u64);
            cursor.advance(taken);
        }
        assert_eq!(got, want);
    }

    #[test]
    fn the_rest_is_cut() {
        let mut cursor = Cursor::new(vec![range(5, 25), range(22, 31), range(0, 3)]);
        cursor.advance(10);
        assert_eq!(cursor.rest(12), [range(15, 25), range(22, 24)]);
        assert_eq!(cursor.rest(1000), [range(15, 25), range(22, 31), range(0, 3)]);
    }

    #[test]
    fn upcoming_blocks_are_told_once_and_as_far_as_asked() {
        let blocks = blocks();
        let cursor = Cursor::new(vec![range(5, 25), range(22, 31), range(0, 3), range(80, 100)]);
        assert_eq!(cursor.upcoming(&blocks, 9), [1, 2, 3, 8, 9]);
        assert_eq!(cursor.upcoming(&blocks, 2), [1, 2]);
    }
}

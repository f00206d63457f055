//! A run of source ranges for a connection that sends files itself: the long ones as parts of the file, the others read.

use std::{
    sync::Arc,
    task::{Context, Poll, ready},
};

use flaskflix_core::{
    range::ByteRange,
    source::{SendFile, SourceObject},
};
use smallvec::SmallVec;

use super::{
    BodyError,
    part::{FilePart, Part},
    pieces::Ranges,
    reading::Reading,
};

/// A run that is under way.
pub(super) struct Sending {
    object: Arc<dyn SourceObject>,
    file: Arc<dyn SendFile>,
    steps: smallvec::IntoIter<[Step; 1]>,
    /// What is left of the step under way.
    open: Option<Open>,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Short ranges, had in one read.
    Read(Vec<ByteRange>),
    /// A long one.
    Send(ByteRange),
}

enum Open {
    Reading(Reading),
    Sending(ByteRange),
}

impl Sending {
    /// The ranges of a run, when its object is a file and one of them is long enough; otherwise they are given back to be read.
    pub(super) fn new(object: &Arc<dyn SourceObject>, ranges: Ranges) -> Result<Self, Ranges> {
        if !ranges.iter().any(|range| range.len() >= LONG_BYTES) {
            return Err(ranges);
        }
        let Some(file) = Arc::clone(object).as_file() else {
            return Err(ranges);
        };
        Ok(Self {
            object: Arc::clone(object),
            file,
            steps: steps(ranges).into_iter(),
            open: None,
        })
    }

    pub(super) fn poll_part(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Part, BodyError>>> {
        loop {
            match self.open.take() {
                Some(Open::Sending(range)) => {
                    let (now, later) = split(range, FilePart::MAX_BYTES);
                    self.open = later.map(Open::Sending);
                    let file = Arc::clone(&self.file);
                    return Poll::Ready(Some(Ok(Part::File(FilePart { file, range: now }))));
                }
                Some(Open::Reading(mut reading)) => {
                    let chunk = reading.poll_chunk(cx);
                    if !matches!(chunk, Poll::Ready(None)) {
                        self.open = Some(Open::Reading(reading));
                        return Poll::Ready(ready!(chunk).map(|chunk| chunk.map(Part::Bytes)));
                    }
                }
                None => match self.steps.next() {
                    None => return Poll::Ready(None),
                    Some(Step::Send(range)) => self.open = Some(Open::Sending(range)),
                    Some(Step::Read(ranges)) => {
                        let len = ranges.iter().map(|range| range.len()).sum();
                        let stream = Arc::clone(&self.object).read(ranges);
                        self.open = Some(Open::Reading(Reading::new(stream, len)));
                    }
                },
            }
        }
    }
}

/// What is sent and what is read.
fn steps(ranges: Ranges) -> SmallVec<[Step; 1]> {
    let mut steps = SmallVec::<[Step; 1]>::new();
    for range in ranges {
        match steps.last_mut() {
            _ if range.len() >= LONG_BYTES => steps.push(Step::Send(range)),
            Some(Step::Read(ranges)) => ranges.push(range),
            _ => steps.push(Step::Read(vec![range])),
        }
    }
    steps
}

/// The first bytes of a range, and the others.
pub(super) fn split(range: ByteRange, bytes: u64) -> (ByteRange, Option<ByteRange>) {
    let at = range.start().saturating_add(bytes);
    match (ByteRange::new(range.start(), at), ByteRange::new(at, range.end())) {
        (Some(first), Some(second)) => (first, Some(second)),
        _ => (range, None),
    }
}

/// From this length on a range is sent: below, the calls cost more than the copy (docs/BENCHMARKS.md).
const LONG_BYTES: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;

    fn range(start: u64, end: u64) -> ByteRange {
        ByteRange::new(start, end).unwrap()
    }

    #[test]
    fn short_ranges_between_long_ones_are_read_together() {
        let long = |at: u64| range(at << 20, (at << 20) + LONG_BYTES);
        assert_eq!(
            steps(smallvec![
                range(0, 5),
                range(7, 6 + LONG_BYTES),
                long(1),
                range(20, 30),
                range(40, 50),
                long(2),
                range(0, 3)
            ])[..],
            [
                Step::Read(vec![range(0, 5), range(7, 6 + LONG_BYTES)]),
                Step::Send(long(1)),
                Step::Read(vec![range(20, 30), range(40, 50)]),
                Step::Send(long(2)),
                Step::Read(vec![range(0, 3)]),
            ]
        );
    }
}

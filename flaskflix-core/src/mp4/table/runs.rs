//! A column written as runs: so many samples in a row with the same value (`stts`, `ctts`).

use std::slice;

use super::rows::{Rows, pair};
use crate::mp4::{BoxFault, Mp4Error, walk::BoxView};

/// The runs of a column, with the first sample of every [`STRIDE`](Self::STRIDE)-th run.
#[derive(Debug, Clone, Default)]
pub(super) struct Runs {
    rows: Rows<8>,
    marks: Vec<u32>,
}

impl Runs {
    /// Runs from one mark to the next. More makes lookups slower, fewer makes the index larger.
    pub(super) const STRIDE: usize = 128;

    /// Reads the column of a track with `samples` samples, showing `visit` every run: its row, the sample it
    /// starts at, its length and its value.
    ///
    /// A column may be one sample too short, as some muxers write it, and describe samples that do not exist: players take no
    /// offence, and what it says of those that exist is true.
    pub(super) fn parse(
        table: &BoxView,
        samples: u32,
        mut visit: impl FnMut(usize, u32, u32, u32) -> Result<(), BoxFault>,
    ) -> Result<Self, Mp4Error> {
        let mut fields = table.fields();
        fields.version_and_flags()?;
        let claimed = fields.u32()?;
        let rows = Rows::<8>::take(&mut fields, claimed)?;
        let mut marks = Vec::with_capacity(rows.len().div_ceil(Self::STRIDE));
        let mut first = 0_u64;
        for (row, bytes) in rows.all().iter().enumerate() {
            let (count, value) = pair(bytes);
            let start = u32::try_from(first).unwrap_or(u32::MAX);
            if row.is_multiple_of(Self::STRIDE) {
                marks.push(start);
            }
            visit(row, start, count, value).map_err(|fault| table.fault(fault))?;
            first = first.saturating_add(u64::from(count));
        }
        if first.saturating_add(1) < u64::from(samples) {
            return Err(table.fault(BoxFault::CountMismatch {
                described: first,
                samples: u64::from(samples),
            }));
        }
        Ok(Self { rows, marks })
    }

    /// The values from `sample` on. When the runs end early, the last value is repeated if `repeat_last`,
    /// otherwise 0 follows.
    pub(super) fn values_from(&self, sample: u32, repeat_last: bool) -> Values<'_> {
        let mark = self.mark_before(sample);
        let mut left = self
            .marks
            .get(mark)
            .map_or(0, |&first| sample.saturating_sub(first));
        let mut values = Values {
            rows: self.rows_from(mark).iter(),
            left: 0,
            value: 0,
            repeat_last,
        };
        while left > 0 && values.next_run() {
            let skipped = left.min(values.left);
            (left, values.left) = (left.saturating_sub(skipped), values.left.saturating_sub(skipped));
        }
        values
    }

    /// The last mark at or before `sample`.
    pub(super) fn mark_before(&self, sample: u32) -> usize {
        self.marks
            .partition_point(|&first| first <= sample)
            .saturating_sub(1)
    }

    /// The first sample of a mark's run.
    pub(super) fn first_of(&self, mark: usize) -> u32 {
        self.marks.get(mark).copied().unwrap_or(0)
    }

    /// The runs from a mark on.
    pub(super) fn rows_from(&self, mark: usize) -> &[[u8; 8]] {
        self.rows.from(mark.saturating_mul(Self::STRIDE))
    }

    /// Bytes held apart from the `moov` box.
    pub(super) fn heap_bytes(&self) -> usize {
        self.marks.capacity().saturating_mul(size_of::<u32>())
    }
}

/// The values of a column, one per sample, without end.
#[derive(Debug, Clone)]
pub(super) struct Values<'a> {
    rows: slice::Iter<'a, [u8; 8]>,
    /// Samples left in the current run.
    left: u32,
    value: u32,
    repeat_last: bool,
}

impl Values<'_> {
    /// Goes to the next run; `false` when there is none.
    fn next_run(&mut self) -> bool {
        let Some(row) = self.rows.next() else {
            return false;
        };
        (self.left, self.value) = pair(row);
        true
    }

    /// The next sample's value.
    #[inline]
    pub(super) fn advance(&mut self) -> u32 {
        while self.left == 0 {
            if !self.next_run() {
                // From here on, the same for every sample that the runs forgot.
                self.left = u32::MAX;
                if !self.repeat_last {
                    self.value = 0;
                }
            }
        }
        self.left = self.left.saturating_sub(1);
        self.value
    }

    /// The next samples with one value, at most `most` of them and at least one: how many they are, and the value.
    #[inline]
    pub(super) fn advance_run(&mut self, most: u32) -> (u32, u32) {
        let value = self.advance();
        let more = self.left.min(most.saturating_sub(1));
        self.left = self.left.saturating_sub(more);
        (more.saturating_add(1), value)
    }

    /// The sum of the next so many values.
    #[inline]
    pub(super) fn advance_by(&mut self, count: u32) -> u64 {
        let (mut left, mut sum) = (count, 0_u64);
        while left > 0 {
            let (taken, value) = self.advance_run(left);
            left = left.saturating_sub(taken);
            sum = sum.saturating_add(u64::from(taken).saturating_mul(u64::from(value)));
        }
        sum
    }
}

/// How many of `count` samples, each `delta` ticks long, start at or before `ticks` after the first one.
pub(super) fn started_within(ticks: u64, delta: u32, count: u32) -> u32 {
    ticks.checked_div(u64::from(delta)).map_or(count, |whole| {
        u32::try_from(whole.saturating_add(1))
            .unwrap_or(u32::MAX)
            .min(count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_starts_within_its_own_first_tick() {
        assert_eq!(started_within(0, 10, 5), 1);
        assert_eq!(started_within(9, 10, 5), 1);
        assert_eq!(started_within(10, 10, 5), 2);
        assert_eq!(started_within(1000, 10, 5), 5);
        assert_eq!(started_within(0, 0, 5), 5);
    }
}

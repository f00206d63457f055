//! Sample sizes (`stsz`, `stz2`, ISO 14496-12 section 8.7.3).

use std::ops::Range;

use super::rows::{Rows, to_row};
use crate::mp4::{BoxFault, Limits, Mp4Error, walk::BoxView};

/// The sizes of a track's samples, with the bytes before every [`STRIDE`](Self::STRIDE)-th one.
#[derive(Debug, Clone, Default)]
pub(super) struct SampleSizes {
    count: u32,
    sizes: Sizes,
    marks: Vec<u64>,
    total: u64,
    smallest: u32,
    largest: u32,
}

#[derive(Debug, Clone)]
enum Sizes {
    Fixed(u32),
    Words(Rows<4>),
    Halves(Rows<2>),
    Bytes(Rows<1>),
    /// Two to a byte, the upper half first.
    Nibbles(Rows<1>),
}

impl Default for Sizes {
    fn default() -> Self {
        Self::Fixed(0)
    }
}

impl SampleSizes {
    /// Samples from one mark to the next. More makes lookups slower, fewer makes the index larger.
    const STRIDE: u32 = 256;

    /// Reads an `stsz` or `stz2` box.
    pub(super) fn parse(table: &BoxView, limits: &Limits) -> Result<Self, Mp4Error> {
        let mut fields = table.fields();
        fields.version_and_flags()?;
        let compact = &table.fourcc.0 == b"stz2";
        // stz2: 24 reserved bits, then the bits of a size.
        let first = fields.u32()?;
        let count = fields.u32()?;
        if count > limits.max_samples {
            return Err(table.fault(BoxFault::OverLimit {
                limit_name: "max_samples",
                limit: u64::from(limits.max_samples),
                found: u64::from(count),
            }));
        }
        let sizes = match (compact, first & 0xff) {
            (false, _) if first != 0 => Sizes::Fixed(first),
            (false, _) => Sizes::Words(Rows::take(&mut fields, count)?),
            (true, 16) => Sizes::Halves(Rows::take(&mut fields, count)?),
            (true, 8) => Sizes::Bytes(Rows::take(&mut fields, count)?),
            (true, 4) => Sizes::Nibbles(Rows::take(&mut fields, count.div_ceil(2))?),
            (true, bits) => {
                return Err(table.fault(BoxFault::BadField {
                    field: "field_size",
                    value: u64::from(bits),
                }));
            }
        };
        let mut column = Self {
            count,
            sizes,
            marks: Vec::new(),
            total: 0,
            smallest: u32::MAX,
            largest: 0,
        };
        column.mark();
        Ok(column)
    }

    fn mark(&mut self) {
        if let Sizes::Fixed(size) = self.sizes {
            self.total = u64::from(size).saturating_mul(u64::from(self.count));
            (self.smallest, self.largest) = (size, size);
            return;
        }
        let mut marks = Vec::with_capacity(to_row(self.count.div_ceil(Self::STRIDE)));
        let (mut start, mut before) = (0, 0_u64);
        while start < self.count {
            marks.push(before);
            let end = start.saturating_add(Self::STRIDE).min(self.count);
            let part = self.extent(start..end);
            before = before.saturating_add(part.sum);
            self.smallest = self.smallest.min(part.smallest);
            self.largest = self.largest.max(part.largest);
            start = end;
        }
        (self.marks, self.total) = (marks, before);
    }

    /// Keeps the first `count` sizes.
    pub(super) fn truncate(&mut self, count: u32) {
        self.total = self.before(count);
        self.count = count;
    }

    /// Number of samples.
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// Bytes of all samples.
    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// A size that no sample is below.
    pub(super) const fn smallest(&self) -> u32 {
        self.smallest
    }

    /// A size that no sample is above.
    pub(super) const fn largest(&self) -> u32 {
        self.largest
    }

    /// The size of a sample; 0 past the last.
    #[inline]
    pub(super) fn get(&self, sample: u32) -> u32 {
        let row = to_row(sample);
        match &self.sizes {
            Sizes::Fixed(size) => *size,
            Sizes::Words(rows) => rows.get(row).map_or(0, |row| u32::from_be_bytes(*row)),
            Sizes::Halves(rows) => rows.get(row).map_or(0, |row| u32::from(u16::from_be_bytes(*row))),
            Sizes::Bytes(rows) => rows.get(row).map_or(0, |[size]| u32::from(*size)),
            Sizes::Nibbles(rows) => rows.get(row / 2).map_or(0, |[two]| {
                u32::from(if row.is_multiple_of(2) { two >> 4 } else { two & 15 })
            }),
        }
    }

    /// Bytes of the samples of a range; samples past the last have none.
    pub(super) fn bytes_in(&self, range: Range<u32>) -> u64 {
        let (start, end) = (range.start.min(self.count), range.end.min(self.count));
        if end.saturating_sub(start) <= Self::STRIDE {
            self.sum(start..end)
        } else {
            self.before(end).saturating_sub(self.before(start))
        }
    }

    /// Bytes of all samples before this one.
    fn before(&self, sample: u32) -> u64 {
        if let Sizes::Fixed(size) = self.sizes {
            return u64::from(size).saturating_mul(u64::from(sample));
        }
        let mark = sample / Self::STRIDE;
        match self.marks.get(to_row(mark)) {
            Some(before) => before.saturating_add(self.sum(mark.saturating_mul(Self::STRIDE)..sample)),
            None => self.total,
        }
    }

    /// Bytes of the samples of a range, one by one.
    fn sum(&self, range: Range<u32>) -> u64 {
        let rows = to_row(range.start)..to_row(range.end);
        match &self.sizes {
            Sizes::Fixed(size) => u64::from(*size).saturating_mul(range.len() as u64),
            // The common kind by itself: the compiler makes this loop fast.
            Sizes::Words(words) => words
                .all()
                .get(rows)
                .unwrap_or_default()
                .iter()
                .map(|row| u64::from(u32::from_be_bytes(*row)))
                .sum(),
            _ => range.map(|sample| u64::from(self.get(sample))).sum(),
        }
    }

    /// The sizes of the samples of a range, looked at one by one.
    fn extent(&self, range: Range<u32>) -> Extent {
        let rows = to_row(range.start)..to_row(range.end);
        match &self.sizes {
            // As in `sum`.
            Sizes::Words(words) => Extent::of(
                words
                    .all()
                    .get(rows)
                    .unwrap_or_default()
                    .iter()
                    .map(|row| u32::from_be_bytes(*row)),
            ),
            _ => Extent::of(range.map(|sample| self.get(sample))),
        }
    }

    /// Bytes held apart from the `moov` box.
    pub(super) fn heap_bytes(&self) -> usize {
        self.marks.capacity().saturating_mul(size_of::<u64>())
    }
}

/// What there is to know of some sizes.
struct Extent {
    sum: u64,
    smallest: u32,
    largest: u32,
}

impl Extent {
    fn of(sizes: impl Iterator<Item = u32>) -> Self {
        let none = Self {
            sum: 0,
            smallest: u32::MAX,
            largest: 0,
        };
        sizes.fold(none, |all, size| Self {
            sum: all.sum.wrapping_add(u64::from(size)),
            smallest: all.smallest.min(size),
            largest: all.largest.max(size),
        })
    }
}

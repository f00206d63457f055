//! Where samples lie in the file: chunks of samples that follow each other (`stsc`, `stco`, `co64`,
//! ISO 14496-12 sections 8.7.4 and 8.7.5).

use std::ops::Range;

use super::{
    rows::{Rows, first_two, to_number, to_row},
    sizes::SampleSizes,
};
use crate::mp4::{BoxFault, Mp4Error, walk::BoxView};

/// The chunks of a track: runs of chunks with the same number of samples each, the offset of every chunk, and
/// the first sample of every [`STRIDE`](Self::STRIDE)-th run.
#[derive(Debug, Clone, Default)]
pub(super) struct Chunks {
    runs: Rows<12>,
    offsets: Offsets,
    marks: Vec<u32>,
}

#[derive(Debug, Clone)]
enum Offsets {
    Short(Rows<4>),
    Long(Rows<8>),
}

impl Default for Offsets {
    fn default() -> Self {
        Self::Short(Rows::default())
    }
}

impl Offsets {
    fn parse(table: &BoxView) -> Result<Self, Mp4Error> {
        let mut fields = table.fields();
        fields.version_and_flags()?;
        let claimed = fields.u32()?;
        if &table.fourcc.0 == b"co64" {
            Rows::take(&mut fields, claimed).map(Self::Long)
        } else {
            Rows::take(&mut fields, claimed).map(Self::Short)
        }
    }

    fn len(&self) -> u32 {
        to_number(match self {
            Self::Short(rows) => rows.len(),
            Self::Long(rows) => rows.len(),
        })
    }

    /// The largest offset of some chunks, counted from 0; `None` when there are fewer.
    fn largest(&self, chunks: Range<u32>) -> Option<u64> {
        let rows = to_row(chunks.start)..to_row(chunks.end);
        match self {
            Self::Short(all) => {
                let offsets = all.all().get(rows)?.iter().map(|row| u32::from_be_bytes(*row));
                offsets.max().map(u64::from)
            }
            Self::Long(all) => all
                .all()
                .get(rows)?
                .iter()
                .map(|row| u64::from_be_bytes(*row))
                .max(),
        }
    }

    /// Offset of a chunk, counted from 0; 0 past the last.
    fn get(&self, chunk: u32) -> u64 {
        match self {
            Self::Short(rows) => rows
                .get(to_row(chunk))
                .map_or(0, |row| u64::from(u32::from_be_bytes(*row))),
            Self::Long(rows) => rows.get(to_row(chunk)).map_or(0, |row| u64::from_be_bytes(*row)),
        }
    }
}

impl Chunks {
    /// Runs from one mark to the next. More makes lookups slower, fewer makes the index larger.
    const STRIDE: usize = 128;

    /// Chunks that are checked together.
    const BLOCK: u32 = 256;

    /// Reads the chunks of a track and checks that every sample lies inside the file.
    ///
    /// The last chunk in use may have fewer samples than its run says, and chunks may follow that no sample is in: players
    /// read the samples that have a size. Runs past the last chunk are dropped.
    pub(super) fn parse(
        stsc: &BoxView,
        offsets: &BoxView,
        sizes: &SampleSizes,
        object_len: u64,
    ) -> Result<Self, Mp4Error> {
        let mut fields = stsc.fields();
        fields.version_and_flags()?;
        let claimed = fields.u32()?;
        let mut chunks = Self {
            runs: Rows::take(&mut fields, claimed)?,
            offsets: Offsets::parse(offsets)?,
            marks: Vec::new(),
        };
        chunks.drop_unused_runs().map_err(|fault| stsc.fault(fault))?;
        let mut marks = Vec::with_capacity(chunks.runs.len().div_ceil(Self::STRIDE));
        let mut sample = 0;
        for first in (0..chunks.runs.len()).step_by(Self::STRIDE) {
            if sample >= sizes.count() {
                break;
            }
            marks.push(sample);
            let mut runs = first..chunks.runs.len().min(first.saturating_add(Self::STRIDE));
            let end = chunks.end_of_runs(runs.clone(), sample, sizes, object_len);
            sample = match end {
                Some(end) => end,
                None => runs
                    .try_fold(sample, |sample, run| {
                        chunks.end_of_run(run, sample, sizes, object_len)
                    })
                    .map_err(|fault| offsets.fault(fault))?,
            };
        }
        if sample < sizes.count() {
            return Err(stsc.fault(BoxFault::CountMismatch {
                described: chunks.described(),
                samples: u64::from(sizes.count()),
            }));
        }
        chunks.marks = marks;
        Ok(chunks)
    }

    /// The sample behind some runs, the first of which starts with `sample`, when it shows at once that all of them lie inside the
    /// file: no chunk can be longer than so many of the largest sample. `None`: each has to be looked at.
    fn end_of_runs(
        &self,
        runs: Range<usize>,
        sample: u32,
        sizes: &SampleSizes,
        object_len: u64,
    ) -> Option<u32> {
        let first = self.run(runs.start).0.start;
        let (mut end, mut samples, mut most) = (first, 0_u64, 0);
        for run in runs {
            let (chunks, per_chunk) = self.run(run);
            let count = chunks.end.saturating_sub(chunks.start);
            samples = samples.saturating_add(u64::from(count).saturating_mul(u64::from(per_chunk)));
            most = most.max(per_chunk);
            end = chunks.end;
        }
        let longest = u64::from(most).saturating_mul(u64::from(sizes.largest()));
        let last = self.offsets.largest(first..end)?;
        let fits = last.checked_add(longest).is_some_and(|end| end <= object_len);
        let behind = u64::from(sample).saturating_add(samples);
        fits.then(|| u32::try_from(behind).unwrap_or(u32::MAX).min(sizes.count()))
    }

    /// Checks that the samples of a run, the first of which is `sample`, lie inside the file, block by block and if need be
    /// chunk by chunk; gives the one behind the last.
    fn end_of_run(
        &self,
        run: usize,
        sample: u32,
        sizes: &SampleSizes,
        object_len: u64,
    ) -> Result<u32, BoxFault> {
        let (chunks, per_chunk) = self.run(run);
        let longest = u64::from(per_chunk).saturating_mul(u64::from(sizes.largest()));
        let (mut block, mut sample) = (chunks.start, sample);
        while block < chunks.end && sample < sizes.count() {
            let end = block.saturating_add(Self::BLOCK).min(chunks.end);
            let fits = |offset: u64| offset.checked_add(longest).is_some_and(|end| end <= object_len);
            if self.offsets.largest(block..end).is_some_and(fits) {
                let samples = end.saturating_sub(block).saturating_mul(per_chunk);
                sample = sample.saturating_add(samples).min(sizes.count());
            } else {
                for chunk in block..end {
                    let next = sample.saturating_add(per_chunk).min(sizes.count());
                    let (offset, bytes) = (self.offsets.get(chunk), sizes.bytes_in(sample..next));
                    if next > sample && offset.checked_add(bytes).is_none_or(|end| end > object_len) {
                        return Err(BoxFault::OutsideFile {
                            chunk: chunk.saturating_add(1),
                            offset,
                            bytes,
                            object_len,
                        });
                    }
                    sample = next;
                }
            }
            block = end;
        }
        Ok(sample)
    }

    /// The chunks of a run, counted from 0, and how many samples each of them has.
    fn run(&self, run: usize) -> (Range<u32>, u32) {
        let of = |row: usize| self.runs.get(row).map(first_two);
        let (first, per_chunk) = of(run).unwrap_or_default();
        let next = of(run.saturating_add(1)).map(|(next, _)| next.saturating_sub(1));
        let end = next.unwrap_or_else(|| self.offsets.len());
        (first.saturating_sub(1)..end, per_chunk)
    }

    /// Checks the runs: the first starts at chunk 1, each starts after the one before, none is empty.
    fn drop_unused_runs(&mut self) -> Result<(), BoxFault> {
        let mut used = 0;
        let mut least = 1;
        for (row, bytes) in self.runs.all().iter().enumerate() {
            let (first_chunk, per_chunk) = first_two(bytes);
            let value = if first_chunk < least || (row == 0 && first_chunk != 1) {
                Some(first_chunk)
            } else if per_chunk == 0 {
                Some(per_chunk)
            } else {
                None
            };
            if let Some(value) = value {
                return Err(BoxFault::BadEntry {
                    entry: row as u64,
                    value: u64::from(value),
                });
            }
            least = first_chunk.saturating_add(1);
            if first_chunk <= self.offsets.len() {
                used = row.saturating_add(1);
            }
        }
        self.runs.truncate(used);
        Ok(())
    }

    /// Samples in all chunks, were they full.
    fn described(&self) -> u64 {
        let runs = self.runs.all();
        let ends = runs.iter().skip(1).map(|row| first_two(row).0);
        runs.iter()
            .zip(ends.chain([self.offsets.len().saturating_add(1)]))
            .map(|(row, end)| {
                let (first, per_chunk) = first_two(row);
                u64::from(end.saturating_sub(first)).saturating_mul(u64::from(per_chunk))
            })
            .fold(0, u64::saturating_add)
    }

    /// The place of `sample`, which must be one of the track's.
    pub(super) fn place_of(&self, sample: u32, sizes: &SampleSizes) -> Place<'_> {
        let mark = self
            .marks
            .partition_point(|&first| first <= sample)
            .saturating_sub(1);
        let mut first = self.marks.get(mark).copied().unwrap_or(0);
        let mut place = Place::start(self);
        place.enter_run(mark.saturating_mul(Self::STRIDE));
        loop {
            let chunks = place.run_end.saturating_sub(place.chunk);
            let into = sample.saturating_sub(first);
            let whole = into.checked_div(place.per_chunk).unwrap_or(0);
            if whole < chunks || place.run.saturating_add(1) >= self.runs.len() {
                let start = first.saturating_add(whole.saturating_mul(place.per_chunk));
                place.chunk = place.chunk.saturating_add(whole);
                place.next_chunk();
                place.left = place.per_chunk.saturating_sub(sample.saturating_sub(start));
                place.offset = place.offset.saturating_add(sizes.bytes_in(start..sample));
                return place;
            }
            // Cannot overflow: sample numbers of used chunks are below the count of samples.
            first = first.saturating_add(chunks.saturating_mul(place.per_chunk));
            place.enter_run(place.run.saturating_add(1));
        }
    }

    /// Bytes held apart from the `moov` box.
    pub(super) fn heap_bytes(&self) -> usize {
        self.marks.capacity().saturating_mul(size_of::<u32>())
    }
}

/// The place of the next sample: walks from chunk to chunk.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    chunks: &'a Chunks,
    /// Row of the current run.
    run: usize,
    /// The chunk after the run's last, counted from 0.
    run_end: u32,
    per_chunk: u32,
    /// The next chunk to enter, counted from 0.
    chunk: u32,
    /// Samples left in the current chunk.
    left: u32,
    /// Where the next sample starts.
    offset: u64,
}

impl<'a> Place<'a> {
    /// In front of the first chunk.
    fn start(chunks: &'a Chunks) -> Self {
        let mut place = Self {
            chunks,
            run: 0,
            run_end: 0,
            per_chunk: 0,
            chunk: 0,
            left: 0,
            offset: 0,
        };
        place.enter_run(0);
        place
    }

    fn enter_run(&mut self, run: usize) {
        if run < self.chunks.runs.len() {
            let (chunks, per_chunk) = self.chunks.run(run);
            self.run = run;
            self.per_chunk = per_chunk;
            (self.chunk, self.run_end) = (chunks.start, chunks.end);
        }
    }

    /// Enters the next chunk; `false` when there is none.
    fn next_chunk(&mut self) -> bool {
        if self.chunk >= self.run_end {
            if !self.chunks_left() {
                return false;
            }
            self.enter_run(self.run.saturating_add(1));
        }
        self.offset = self.chunks.offsets.get(self.chunk);
        self.left = self.per_chunk;
        self.chunk = self.chunk.saturating_add(1);
        true
    }

    /// Whether there are chunks not entered yet.
    fn chunks_left(&self) -> bool {
        !self.chunks.runs.all().is_empty() && self.chunk < self.chunks.offsets.len()
    }

    /// Where a sample of `size` bytes starts, the next one of the track.
    #[inline]
    pub(super) fn advance(&mut self, size: u32) -> u64 {
        if self.left == 0 {
            self.next_chunk();
        }
        let offset = self.offset;
        self.left = self.left.saturating_sub(1);
        self.offset = offset.saturating_add(u64::from(size));
        offset
    }
}

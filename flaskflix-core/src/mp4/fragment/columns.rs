//! The samples of a track while they are gathered, and the tables they become (ISO 14496-12 sections 8.6 and 8.7).

use crate::mp4::{BoxWriter, FourCc, Mp4Error, Sample, SampleTable, movie::Film, trak, walk::BoxView};

/// A sample as something lists it, without its decode time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mp4) struct Listed {
    pub(in crate::mp4) duration: u32,
    pub(in crate::mp4) composition_offset: i32,
    pub(in crate::mp4) size: u32,
    /// Where its bytes start in the file.
    pub(in crate::mp4) offset: u64,
    pub(in crate::mp4) sync: bool,
}

impl From<Sample> for Listed {
    fn from(sample: Sample) -> Self {
        Self {
            duration: sample.duration,
            composition_offset: sample.composition_offset,
            size: sample.size,
            offset: sample.offset,
            sync: sample.sync,
        }
    }
}

/// The samples of one track, in decode order.
#[derive(Debug, Clone, Default)]
pub(in crate::mp4) struct Columns {
    count: u32,
    durations: Runs,
    offsets: Runs,
    sizes: Sizes,
    /// Numbers of the sync samples, from 1; nothing while all samples are.
    sync: Option<Vec<u32>>,
    /// Places of runs of samples that follow each other in the file, and how many samples each has.
    chunks: Vec<(u64, u32)>,
    /// Where the last sample ends in the file.
    end: u64,
    /// Decode time of the last sample, and where it ends, counted from the first sample.
    last_time: u64,
    duration: u64,
}

impl Columns {
    /// Adds the next sample. `false`: the track cannot have more.
    pub(in crate::mp4) fn push(&mut self, sample: Listed) -> bool {
        let Some(number) = self.count.checked_add(1) else {
            return false;
        };
        self.durations.push(sample.duration);
        self.offsets.push(sample.composition_offset.cast_unsigned());
        self.sizes.push(sample.size, self.count);
        match &mut self.sync {
            Some(numbers) if sample.sync => numbers.push(number),
            None if !sample.sync => self.sync = Some((1..number).collect()),
            _ => {}
        }
        match self.chunks.last_mut() {
            Some((_, samples)) if self.end == sample.offset => *samples = samples.saturating_add(1),
            _ => self.chunks.push((sample.offset, 1)),
        }
        self.end = sample.offset.saturating_add(u64::from(sample.size));
        self.count = number;
        self.last_time = self.duration;
        self.duration = self.duration.saturating_add(u64::from(sample.duration));
        true
    }

    /// Number of samples.
    pub(in crate::mp4) const fn len(&self) -> u32 {
        self.count
    }

    /// Duration of all samples.
    pub(in crate::mp4) const fn duration(&self) -> u64 {
        self.duration
    }

    /// Decode time of the last sample, counted from the first.
    pub(super) const fn last_time(&self) -> u64 {
        self.last_time
    }

    /// Makes the next sample start `time` ticks after the first: the last sample becomes longer or shorter for it.
    /// `false`: it cannot.
    pub(super) fn continue_at(&mut self, time: u64) -> bool {
        if time == self.duration {
            return true;
        }
        let last = time
            .checked_sub(self.last_time)
            // What stts takes: longer ones are meant as negative numbers.
            .and_then(|last| i32::try_from(last).ok())
            .filter(|&last| last > 0 && self.count > 0);
        if let Some(last) = last {
            self.durations.replace_last(last.unsigned_abs());
            self.duration = time;
        }
        last.is_some()
    }

    /// Bytes of the tables, roughly.
    pub(super) fn table_bytes(&self) -> u64 {
        let sync = self.sync.as_ref().map_or(0, Vec::len);
        let words = self
            .sizes
            .listed
            .len()
            .saturating_add(sync)
            .saturating_add(self.durations.0.len().saturating_mul(2))
            .saturating_add(self.offsets.0.len().saturating_mul(2))
            .saturating_add(self.chunks.len().saturating_mul(5));
        (words as u64).saturating_mul(4)
    }

    /// The samples as a table.
    pub(in crate::mp4) fn table(&self, film: &Film<'_>) -> Result<SampleTable, Mp4Error> {
        let mut w = BoxWriter::with_capacity(usize::try_from(self.table_bytes()).unwrap_or(0));
        self.write(&mut w);
        let stbl = BoxView {
            fourcc: FourCc(*b"stbl"),
            payload: w.finish(),
            offset: 0,
            depth: 1,
        };
        let (_, tables) = trak::tables(&stbl, film.walk)?;
        let own_bytes = stbl.payload.len();
        SampleTable::parse(&tables, film).map(|table| table.owning(own_bytes))
    }

    /// Writes the tables: everything in `stbl` but `stsd`.
    pub(in crate::mp4) fn write(&self, w: &mut BoxWriter) {
        table(w, b"stts", 0, &self.durations.0);
        if self.offsets.0.iter().any(|run| run[1] != 0) {
            table(w, b"ctts", 1, &self.offsets.0);
        }
        if let Some(numbers) = &self.sync {
            let rows: Vec<[u32; 1]> = numbers.iter().map(|number| [*number]).collect();
            table(w, b"stss", 0, &rows);
        }
        self.sizes.write(w, self.count);
        let mut runs: Vec<[u32; 3]> = Vec::new();
        for (chunk, (_, samples)) in (1..).zip(&self.chunks) {
            if runs.last().is_none_or(|[_, last, _]| last != samples) {
                runs.push([chunk, *samples, 1]);
            }
        }
        table(w, b"stsc", 0, &runs);
        let places: Vec<[u32; 2]> = self.chunks.iter().map(|(place, _)| halves(*place)).collect();
        table(w, b"co64", 0, &places);
    }
}

/// A column as runs of equal values: how many, which.
#[derive(Debug, Clone, Default)]
struct Runs(Vec<[u32; 2]>);

impl Runs {
    fn push(&mut self, value: u32) {
        match self.0.last_mut() {
            Some([count, last]) if *last == value => *count = count.saturating_add(1),
            _ => self.0.push([1, value]),
        }
    }

    fn replace_last(&mut self, value: u32) {
        match self.0.last_mut() {
            Some([count, _]) if *count > 1 => *count = count.saturating_sub(1),
            _ => drop(self.0.pop()),
        }
        self.push(value);
    }
}

/// The sizes of samples: one for all, or one for each.
#[derive(Debug, Clone, Default)]
struct Sizes {
    same: u32,
    /// Nothing while all are the same.
    listed: Vec<u32>,
}

impl Sizes {
    /// Adds the size of the next sample behind `before` others.
    fn push(&mut self, size: u32, before: u32) {
        if before == 0 {
            self.same = size;
        } else if self.listed.is_empty() && size != self.same {
            self.listed = (0..before).map(|_| self.same).collect();
        }
        if !self.listed.is_empty() {
            self.listed.push(size);
        }
    }

    fn write(&self, w: &mut BoxWriter, count: u32) {
        w.full(FourCc(*b"stsz"), 0, 0);
        // A size of 0 for all cannot be said: 0 announces a list.
        let listed = !self.listed.is_empty() || self.same == 0;
        w.u32(if listed { 0 } else { self.same });
        w.u32(count);
        self.listed.iter().for_each(|size| w.u32(*size));
        if listed && self.listed.is_empty() {
            (0..count).for_each(|_| w.u32(0));
        }
        w.end();
    }
}

fn table<const N: usize>(w: &mut BoxWriter, fourcc: &[u8; 4], version: u8, rows: &[[u32; N]]) {
    w.full(FourCc(*fourcc), version, 0);
    w.u32(u32::try_from(rows.len()).unwrap_or(u32::MAX));
    rows.iter().flatten().for_each(|number| w.u32(*number));
    w.end();
}

/// The upper and the lower 32 bits.
const fn halves(number: u64) -> [u32; 2] {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    [u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])]
}

//! Films in fragments.

use std::ops::Range;

use bytes::Bytes;

use super::{TestMovie, TestSample, TestTrack};
use crate::mp4::{BoxWriter, FourCc};

/// How a film is cut into fragments. Every fragment has samples of all tracks that still have some.
///
/// # Examples
/// ```
/// use flaskflix_core::{mp4::{index_bytes, Limits}, testing::mp4::{TestCodec, TestFragments, TestMovie, TestTrack}};
/// let samples = vec![(100, 512, 0, true); 12];
/// let movie = TestMovie::new(vec![TestTrack::new(TestCodec::H264, 12_800, samples)]);
/// let index = index_bytes(&movie.build_fragmented(&TestFragments::default()), &Limits::default())?;
/// assert_eq!(index.tracks()[0].samples.len(), 12);
/// assert_eq!(index.fragments().unwrap().count, 3);
/// # Ok::<(), flaskflix_core::mp4::Mp4Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TestFragments {
    /// Samples of each track that the `moov` box lists: more than none make a hybrid file. Default: 0.
    pub in_moov: usize,
    /// Samples of each track in a fragment, at least 1. Default: 5.
    pub samples: usize,
    /// Samples of each run, at least 1. Default: 3.
    pub samples_per_run: usize,
    /// How the data is found. Default: [`TestBase::Fragment`].
    pub base: TestBase,
    /// Whether every track has fragments of its own. Default: false.
    pub separate: bool,
    /// Whether what all samples of a fragment share is said once. Default: true.
    pub share: bool,
    /// Whether fragments say their decode time. Default: true.
    pub decode_times: bool,
    /// Decode time of the first sample of every track, in ticks of the track. Default: 0.
    pub start: u64,
    /// Whether `styp`, `sidx`, `emsg`, `prft` and `free` boxes lie between fragments, and `mfra` behind them. Default: false.
    pub boxes_between: bool,
}

impl Default for TestFragments {
    fn default() -> Self {
        Self {
            in_moov: 0,
            samples: 5,
            samples_per_run: 3,
            base: TestBase::Fragment,
            separate: false,
            share: true,
            decode_times: true,
            start: 0,
            boxes_between: false,
        }
    }
}

/// From where the data offsets of fragments count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestBase {
    /// From the `moof` box, which the fragment says; every run has an offset.
    Fragment,
    /// From a place in the file that the fragment says; every run has an offset.
    Place,
    /// Nothing is said but by the first run of the first track: each run follows the one before.
    Previous,
}

impl TestMovie {
    /// The bytes of the film in fragments. `moov` comes first.
    #[must_use]
    pub fn build_fragmented(&self, cut: &TestFragments) -> Bytes {
        let (mut film, mut fills) = self.beginning(cut);
        let mut places: Vec<usize> = self.tracks.iter().map(|_| cut.in_moov).collect();
        let mut number = 1;
        loop {
            let mut wanted: Vec<Part<'_>> = Vec::new();
            for (((id, track), place), fill) in (1..).zip(&self.tracks).zip(&mut places).zip(&mut fills) {
                let end = place.saturating_add(cut.samples.max(1)).min(track.samples.len());
                if *place < end {
                    wanted.push(Part::new(id, track, *place..end, *fill));
                    *fill = fill.wrapping_add(u8::try_from((end - *place) % 256).unwrap_or(0));
                }
                *place = end;
            }
            if wanted.is_empty() {
                break;
            }
            let together = if cut.separate { 1 } else { wanted.len() };
            for parts in wanted.chunks(together) {
                if cut.boxes_between {
                    film.extend_from_slice(BETWEEN);
                }
                write_fragment(&mut film, number, parts, cut);
                number += 1;
            }
        }
        if cut.boxes_between {
            film.extend_from_slice(b"\0\0\0\x10mfra\0\0\0\x08free");
        }
        Bytes::from(film)
    }

    /// `ftyp`, `moov`, and the samples that it lists; for each track the fill of its next sample.
    fn beginning(&self, cut: &TestFragments) -> (Vec<u8>, Vec<u8>) {
        let listed = Self {
            tracks: self
                .tracks
                .iter()
                .map(|track| TestTrack {
                    samples: track.samples.iter().take(cut.in_moov).copied().collect(),
                    ..track.clone()
                })
                .collect(),
            moov_first: true,
            ..self.clone()
        };
        let film = listed.build_with(&extends(self.tracks.len()));
        let fills = (0_u8..).zip(&listed.tracks).map(|(track, listed)| {
            let samples = u8::try_from(listed.samples.len() % 256).unwrap_or(0);
            track.wrapping_mul(31).wrapping_add(samples)
        });
        (film.to_vec(), fills.collect())
    }
}

/// The samples of one track in one fragment.
#[derive(Debug)]
struct Part<'a> {
    id: u32,
    samples: &'a [TestSample],
    decode_time: u64,
    /// What the first sample is filled with.
    fill: u8,
}

impl<'a> Part<'a> {
    fn new(id: u32, track: &'a TestTrack, range: Range<usize>, fill: u8) -> Self {
        let before = track.samples.iter().take(range.start);
        Self {
            id,
            samples: track.samples.get(range.clone()).unwrap_or_default(),
            decode_time: before.map(|sample| u64::from(sample.1)).sum(),
            fill,
        }
    }
}

/// The `mvex` box of so many tracks.
fn extends(tracks: usize) -> Bytes {
    let mut w = BoxWriter::new();
    w.start(FourCc(*b"mvex"));
    for id in (1..).take(tracks) {
        w.full(FourCc(*b"trex"), 0, 0);
        w.u32(id);
        w.u32(1);
        w.zeros(12);
        w.end();
    }
    w.finish()
}

/// Where the data of each run of each part starts, from the start of the data: the tracks' runs take turns, unless each must
/// follow the one before.
fn layout(parts: &[Part<'_>], cut: &TestFragments) -> Vec<Vec<(u64, Range<usize>)>> {
    let runs = |part: &Part<'_>| -> Vec<Range<usize>> {
        let (len, step) = (part.samples.len(), cut.samples_per_run.max(1));
        (0..len)
            .step_by(step)
            .map(|at| at..(at + step).min(len))
            .collect()
    };
    let of_parts: Vec<Vec<Range<usize>>> = parts.iter().map(runs).collect();
    let most = of_parts.iter().map(Vec::len).max().unwrap_or(0);
    let mut order: Vec<(usize, usize)> = (0..most)
        .flat_map(|run| (0..parts.len()).map(move |part| (part, run)))
        .collect();
    if cut.base == TestBase::Previous {
        order.sort_unstable();
    }
    let mut places: Vec<Vec<(u64, Range<usize>)>> = parts.iter().map(|_| Vec::new()).collect();
    let mut at = 0;
    for (part, run) in order {
        let range = of_parts.get(part).and_then(|runs| runs.get(run)).cloned();
        let (Some(range), Some(own), Some(part)) = (range, places.get_mut(part), parts.get(part)) else {
            continue;
        };
        let samples = part.samples.get(range.clone()).unwrap_or_default();
        own.push((at, range));
        at += samples.iter().map(|sample| u64::from(sample.0)).sum::<u64>();
    }
    places
}

fn write_fragment(film: &mut Vec<u8>, number: u32, parts: &[Part<'_>], cut: &TestFragments) {
    let places = layout(parts, cut);
    let at = film.len() as u64;
    // The size of moof does not depend on the offsets in it.
    let size = moof(number, parts, &places, cut, at, 0).len() as u64;
    film.extend_from_slice(&moof(number, parts, &places, cut, at, size + 8));
    let mut data: Vec<(u64, Vec<u8>)> = Vec::new();
    for (part, runs) in parts.iter().zip(&places) {
        let mut fill = part.fill;
        for (place, range) in runs {
            let mut bytes = Vec::new();
            for sample in part.samples.get(range.clone()).unwrap_or_default() {
                bytes.resize(bytes.len() + usize::try_from(sample.0).unwrap_or(0), fill);
                fill = fill.wrapping_add(1);
            }
            data.push((*place, bytes));
        }
    }
    data.sort_by_key(|(place, bytes)| (*place, bytes.len()));
    let len: usize = data.iter().map(|(_, bytes)| bytes.len()).sum();
    film.extend_from_slice(&u32::try_from(len + 8).unwrap_or(u32::MAX).to_be_bytes());
    film.extend_from_slice(b"mdat");
    data.iter().for_each(|(_, bytes)| film.extend_from_slice(bytes));
}

/// A `moof` box at `at`, whose data starts `data_at` bytes behind its start.
fn moof(
    number: u32,
    parts: &[Part<'_>],
    places: &[Vec<(u64, Range<usize>)>],
    cut: &TestFragments,
    at: u64,
    data_at: u64,
) -> Bytes {
    let mut w = BoxWriter::new();
    w.start(FourCc(*b"moof"));
    w.full(FourCc(*b"mfhd"), 0, 0);
    w.u32(number);
    w.end();
    for (n, (part, runs)) in parts.iter().zip(places).enumerate() {
        w.start(FourCc(*b"traf"));
        let shared = Shared::of(part, cut);
        shared.write(&mut w, part.id, cut.base, at + data_at);
        if cut.decode_times {
            w.full(FourCc(*b"tfdt"), 1, 0);
            w.u64(cut.start + part.decode_time);
            w.end();
        }
        for (run, (place, range)) in runs.iter().enumerate() {
            let offset = match cut.base {
                TestBase::Fragment => Some(data_at + place),
                TestBase::Place => Some(*place),
                TestBase::Previous => (n == 0 && run == 0).then_some(data_at),
            };
            shared.write_run(
                &mut w,
                part.samples.get(range.clone()).unwrap_or_default(),
                offset,
            );
        }
        w.end();
    }
    w.finish()
}

/// What all samples of a part share, when it may be said once.
#[derive(Debug)]
struct Shared {
    duration: Option<u32>,
    size: Option<u32>,
    sync: Option<bool>,
    /// Whether no sample has a composition offset.
    no_offset: bool,
}

impl Shared {
    fn of(part: &Part<'_>, cut: &TestFragments) -> Self {
        fn same<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
            let first = values.next()?;
            values.all(|value| value == first).then_some(first)
        }
        let samples = || part.samples.iter();
        Self {
            duration: same(samples().map(|sample| sample.1)).filter(|_| cut.share),
            // Samples without bytes, neither here nor there, are refused when there are several.
            size: same(samples().map(|sample| sample.0)).filter(|size| cut.share && *size > 0),
            sync: same(samples().map(|sample| sample.3)).filter(|_| cut.share),
            no_offset: samples().all(|sample| sample.2 == 0),
        }
    }

    fn write(&self, w: &mut BoxWriter, id: u32, base: TestBase, data_at: u64) {
        let flags = u32::from(base == TestBase::Place)
            | u32::from(self.duration.is_some()) << 3
            | u32::from(self.size.is_some()) << 4
            | u32::from(self.sync.is_some()) << 5
            | u32::from(base == TestBase::Fragment) << 17;
        w.full(FourCc(*b"tfhd"), 0, flags);
        w.u32(id);
        if base == TestBase::Place {
            w.u64(data_at);
        }
        let own = [self.duration, self.size, self.sync.map(sample_flags)];
        own.into_iter().flatten().for_each(|value| w.u32(value));
        w.end();
    }

    fn write_run(&self, w: &mut BoxWriter, samples: &[TestSample], data_offset: Option<u64>) {
        let flags = u32::from(data_offset.is_some())
            | u32::from(self.duration.is_none()) << 8
            | u32::from(self.size.is_none()) << 9
            | u32::from(self.sync.is_none()) << 10
            | u32::from(!self.no_offset) << 11;
        w.full(FourCc(*b"trun"), 1, flags);
        w.u32(u32::try_from(samples.len()).unwrap_or(u32::MAX));
        if let Some(offset) = data_offset {
            w.u32(u32::try_from(offset).unwrap_or(u32::MAX));
        }
        for &(size, duration, offset, sync) in samples {
            let own = [
                self.duration.is_none().then_some(duration),
                self.size.is_none().then_some(size),
                self.sync.is_none().then_some(sample_flags(sync)),
                (!self.no_offset).then_some(offset.cast_unsigned()),
            ];
            own.into_iter().flatten().for_each(|value| w.u32(value));
        }
        w.end();
    }
}

const fn sample_flags(sync: bool) -> u32 {
    if sync { 0x0200_0000 } else { 0x0101_0000 }
}

/// Boxes that say nothing of samples.
const BETWEEN: &[u8] = b"\0\0\0\x10stypmsdh\0\0\0\0\0\0\0\x0csidx\0\0\0\0\0\0\0\x0cemsg\0\0\0\0\0\0\0\x0cprft\0\0\0\0\0\0\0\x08free";

//! Films out of lists of samples.

use bytes::Bytes;

use super::{
    boxes::{MATRIX, write_track},
    entry::plain_entry,
};
use crate::mp4::{BoxWriter, FourCc};

/// A sample to be: `(size in bytes, duration in ticks, composition offset in ticks, sync)`.
pub type TestSample = (u32, u32, i32, bool);

/// The codec of a test track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestCodec {
    /// `avc1.64001f`, 640 x 360.
    H264,
    /// `hvc1.1.6.L93.90`, 640 x 360.
    Hevc,
    /// `mp4a.40.2`, 48 kHz stereo.
    Aac,
}

/// A track to be.
#[derive(Debug, Clone)]
pub struct TestTrack {
    /// How its samples claim to be encoded.
    pub codec: TestCodec,
    /// Another sample entry than the codec's, of the same kind: a whole box. Default: none.
    pub sample_entry: Option<Bytes>,
    /// Ticks per second.
    pub timescale: u32,
    /// Its samples in decode order.
    pub samples: Vec<TestSample>,
    /// Samples per chunk; the tracks' chunks take turns in the file. 0 is all in one chunk. Default: 5.
    pub samples_per_chunk: u32,
    /// Empty edit in front, in ticks of the film (1000 per second). Default: none.
    pub delay: Option<u32>,
    /// The real edit: media time in ticks of the track, duration in ticks of the film. Default: none.
    pub edit: Option<(i32, u32)>,
    /// Further edits behind: media time in ticks of the track (-1: empty), duration in ticks of the film. Default: none.
    pub more_edits: Vec<(i32, u32)>,
    /// Three letters. Default: `und`.
    pub language: [u8; 3],
    /// Title of the track. Default: empty.
    pub name: String,
    /// Another handler than the codec's. Default: none.
    pub handler: Option<[u8; 4]>,
    /// The bytes of its samples. Default: none, they are filler.
    pub contents: Vec<Bytes>,
    /// The id of the track with its chapters (`tref/chap`). Default: none.
    pub chapters: Option<u32>,
    /// Whether runs of equal values share an entry of `stts`, `ctts` and `stsc`. Default: true.
    pub run_lengths: bool,
}

impl TestTrack {
    /// A track with these samples and the defaults.
    #[must_use]
    pub fn new(codec: TestCodec, timescale: u32, samples: Vec<TestSample>) -> Self {
        Self {
            codec,
            sample_entry: None,
            timescale,
            samples,
            samples_per_chunk: 5,
            delay: None,
            edit: None,
            more_edits: Vec::new(),
            language: *b"und",
            name: String::new(),
            handler: None,
            contents: Vec::new(),
            chapters: None,
            run_lengths: true,
        }
    }

    /// A track of text at 1000 ticks per second: the name and the boxes of its sample entry behind the data reference, how long
    /// each sample lasts, and its bytes.
    ///
    /// # Examples
    /// ```
    /// use flaskflix_core::{mp4::{index_bytes, FourCc, Limits}, testing::mp4::{TestMovie, TestTrack}};
    /// let track = TestTrack::text(*b"wvtt", b"", &[(2000, b"\0\0\0\x08vtte")]);
    /// let index = index_bytes(&TestMovie::new(vec![track]).build(), &Limits::default())?;
    /// assert_eq!(index.tracks()[0].codec.fourcc, FourCc(*b"wvtt"));
    /// # Ok::<(), flaskflix_core::mp4::Mp4Error>(())
    /// ```
    #[must_use]
    pub fn text(entry: [u8; 4], fields: &[u8], samples: &[(u32, &[u8])]) -> Self {
        let sizes = samples
            .iter()
            .map(|(duration, bytes)| (u32::try_from(bytes.len()).unwrap_or(0), *duration, 0, true));
        Self {
            sample_entry: Some(plain_entry(entry, fields)),
            handler: Some(*b"text"),
            contents: samples
                .iter()
                .map(|(_, bytes)| Bytes::copy_from_slice(bytes))
                .collect(),
            ..Self::new(TestCodec::H264, 1000, sizes.collect())
        }
    }

    pub(super) fn duration(&self) -> u64 {
        self.samples.iter().map(|sample| u64::from(sample.1)).sum()
    }

    /// The chunks: runs of samples that follow each other in the file.
    pub(super) fn chunks(&self) -> impl Iterator<Item = &[TestSample]> {
        let all = self.samples.len().max(1);
        let size = usize::try_from(self.samples_per_chunk).unwrap_or(all);
        self.samples.chunks(if size == 0 { all } else { size })
    }
}

/// A film to be.
///
/// # Examples
/// ```
/// use flaskflix_core::{mp4::{index_bytes, Limits}, testing::mp4::{TestCodec, TestMovie, TestTrack}};
/// let samples = vec![(100, 512, 0, true), (50, 512, 1024, false)];
/// let film = TestMovie::new(vec![TestTrack::new(TestCodec::H264, 12_800, samples)]).build();
/// let index = index_bytes(&film, &Limits::default())?;
/// assert_eq!(index.tracks()[0].samples.duration(), 1024);
/// # Ok::<(), flaskflix_core::mp4::Mp4Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TestMovie {
    /// Its tracks; ids count from 1.
    pub tracks: Vec<TestTrack>,
    /// Whether `moov` comes before `mdat`. Default: true.
    pub moov_first: bool,
    /// Whether chunk offsets (`co64`) and the size of `mdat` have 64 bits. Default: false.
    pub wide_offsets: bool,
}

/// Ticks per second of the film itself.
pub const MOVIE_TIMESCALE: u32 = 1000;

impl TestMovie {
    /// A film with these tracks and the defaults.
    #[must_use]
    pub const fn new(tracks: Vec<TestTrack>) -> Self {
        Self {
            tracks,
            moov_first: true,
            wide_offsets: false,
        }
    }

    /// The bytes of the film.
    #[must_use]
    pub fn build(&self) -> Bytes {
        self.build_with(&[])
    }

    /// The same with a box, or several, at the end of `moov`.
    pub(super) fn build_with(&self, in_moov: &[u8]) -> Bytes {
        let (offsets, media_bytes) = self.layout();
        let (mut film, moov) = self.around(&offsets, media_bytes, in_moov);
        self.write_media(&mut film);
        film.extend_from_slice(&moov);
        Bytes::from(film)
    }

    /// The film up to its media data, which is not made, and the length that the whole film would have. For
    /// films with `moov` first that are too long to hold.
    #[must_use]
    pub fn header(&self) -> (Bytes, u64) {
        let (offsets, media_bytes) = self.layout();
        let (film, moov) = self.around(&offsets, media_bytes, &[]);
        let len = (film.len() + moov.len()) as u64 + media_bytes;
        (Bytes::from(film), len)
    }

    /// What comes before the media data and what comes after it.
    fn around(&self, offsets: &[Vec<u64>], media_bytes: u64, in_moov: &[u8]) -> (Vec<u8>, Bytes) {
        let mut film = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41".to_vec();
        let header = if self.wide_offsets { 16 } else { 8 };
        // The size of moov does not depend on the offsets in it.
        let moov_bytes = self.moov(offsets, 0, in_moov).len();
        let before = film.len() + header + if self.moov_first { moov_bytes } else { 0 };
        let mut moov = self.moov(offsets, before as u64, in_moov);
        if self.moov_first {
            film.extend_from_slice(&moov);
            moov = Bytes::new();
        }
        let size = media_bytes + header as u64;
        if self.wide_offsets {
            film.extend_from_slice(b"\0\0\0\x01mdat");
            film.extend_from_slice(&size.to_be_bytes());
        } else {
            film.extend_from_slice(&u32::try_from(size).unwrap_or(u32::MAX).to_be_bytes());
            film.extend_from_slice(b"mdat");
        }
        (film, moov)
    }

    /// For every track where its chunks start in the media data, and the bytes of that.
    fn layout(&self) -> (Vec<Vec<u64>>, u64) {
        let mut offsets = vec![Vec::new(); self.tracks.len()];
        let mut at = 0;
        self.each_chunk(|track, chunk| {
            offsets
                .get_mut(track)
                .into_iter()
                .for_each(|offsets| offsets.push(at));
            at += chunk.iter().map(|sample| u64::from(sample.0)).sum::<u64>();
        });
        (offsets, at)
    }

    fn write_media(&self, film: &mut Vec<u8>) {
        let mut fills: Vec<u8> = (0_u8..)
            .zip(&self.tracks)
            .map(|(track, _)| track.wrapping_mul(31))
            .collect();
        let mut contents: Vec<_> = self.tracks.iter().map(|track| track.contents.iter()).collect();
        self.each_chunk(|track, chunk| {
            let (Some(fill), Some(contents)) = (fills.get_mut(track), contents.get_mut(track)) else {
                return;
            };
            for &(size, ..) in chunk {
                match contents.next() {
                    Some(bytes) => film.extend_from_slice(bytes),
                    None => film.resize(film.len() + usize::try_from(size).unwrap_or(0), *fill),
                }
                *fill = fill.wrapping_add(1);
            }
        });
    }

    /// Visits the chunks in file order: the tracks take turns.
    fn each_chunk(&self, mut visit: impl FnMut(usize, &[TestSample])) {
        let mut chunks: Vec<_> = self.tracks.iter().map(TestTrack::chunks).collect();
        let mut more = true;
        while more {
            more = false;
            for (track, chunk) in chunks.iter_mut().map(Iterator::next).enumerate() {
                if let Some(chunk) = chunk {
                    visit(track, chunk);
                    more = true;
                }
            }
        }
    }

    fn moov(&self, offsets: &[Vec<u64>], media_at: u64, more: &[u8]) -> Bytes {
        let mut w = BoxWriter::new();
        w.start(FourCc(*b"moov"));
        w.full(FourCc(*b"mvhd"), 0, 0);
        w.zeros(8);
        w.u32(MOVIE_TIMESCALE);
        w.u32(self.tracks.iter().map(movie_duration).max().unwrap_or(0));
        w.u32(0x0001_0000);
        w.u16(0x0100);
        w.zeros(10);
        w.bytes(&MATRIX);
        w.zeros(24);
        w.u32(u32::MAX);
        w.end();
        for (id, (track, offsets)) in (1..).zip(self.tracks.iter().zip(offsets)) {
            write_track(&mut w, id, track, offsets, media_at, self.wide_offsets);
        }
        w.bytes(more);
        w.finish()
    }
}

/// Duration of a track in ticks of the film.
pub(super) fn movie_duration(track: &TestTrack) -> u32 {
    let ticks = track.duration() * u64::from(MOVIE_TIMESCALE) / u64::from(track.timescale.max(1));
    u32::try_from(ticks).unwrap_or(u32::MAX)
}

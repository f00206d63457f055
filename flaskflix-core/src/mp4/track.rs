//! What is known about one track of a film.

use std::num::NonZeroU32;

use bytes::Bytes;

use super::{FourCc, SampleTable, codec::Codec};

/// One track: what it is, how its clock runs, how it is encoded, and where its samples are.
#[derive(Debug, Clone)]
pub struct Track {
    /// The track's id, unique in its file (`tkhd`).
    pub id: u32,
    /// Picture, sound, or something else.
    pub media: Media,
    /// Ticks per second of all times of this track (`mdhd`).
    pub timescale: NonZeroU32,
    /// Language as a BCP 47 tag when the file has one (`elng`), else the ISO 639-2 code of `mdhd`; `und` when
    /// neither says.
    pub language: String,
    /// Name given by the maker of the file (`udta/name`, else the handler's name). May be empty, may be as
    /// unhelpful as `VideoHandler`. Holds no control characters and at most 256 bytes.
    pub name: String,
    /// Whether the track is meant to be played by default (`tkhd` flag 1).
    pub enabled: bool,
    /// Presentation of the track: matrix, size, volume.
    pub header: TrackHeader,
    /// The entries of the `stsd` box, byte for byte. Exactly one entry when [`Codec::rfc6381`] is there.
    pub sample_entries: Bytes,
    /// How the samples are encoded.
    pub codec: Codec,
    /// Presentation time of a sample is `decode_time + composition_offset + shift`, in track ticks: the empty
    /// edits in front, less the media time at which the edit starts (`elst`), and the duration of samples in front that
    /// it skips.
    pub shift: i64,
    /// Media time in track ticks at which the edit list stops presenting, when it says so. Samples behind it are
    /// not in [`samples`](Self::samples), unless something presented needs them.
    pub edit_end: Option<u64>,
    /// Ids of the tracks that hold this one's chapters (`tref/chap`).
    pub chapters: Vec<u32>,
    /// The samples. Empty when the track is of no use ([`Media::Other`], or no [`Codec::rfc6381`]) and its
    /// tables are broken.
    pub samples: SampleTable,
}

impl Track {
    /// Bytes this track holds on the heap, apart from the shared bytes of the `moov` box.
    pub(super) fn heap_bytes(&self) -> usize {
        let codec = self.codec.rfc6381.as_ref().map_or(0, String::capacity);
        self.language
            .capacity()
            .saturating_add(self.name.capacity())
            .saturating_add(codec)
            .saturating_add(self.chapters.capacity().saturating_mul(size_of::<u32>()))
            .saturating_add(self.samples.heap_bytes())
    }
}

/// What a track carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    /// Picture (handler `vide`).
    Video(VideoInfo),
    /// Sound (handler `soun`).
    Audio(AudioInfo),
    /// Anything else: subtitles, time code, chapters, hints. The handler's code.
    Other(FourCc),
}

/// What is known about a picture track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoInfo {
    /// Width in coded pixels.
    pub width: u16,
    /// Height in coded pixels.
    pub height: u16,
    /// Shape of a pixel, horizontal to vertical (`pasp`). `None`: the file does not say (take it as square).
    pub pixel_aspect: Option<(u32, u32)>,
    /// Colour primaries (ISO 23091-2: 9 is BT.2020), from where [`transfer`](Self::transfer) comes. `None`: nobody says.
    pub primaries: Option<u16>,
    /// Matrix coefficients (ISO 23091-2), likewise.
    pub matrix: Option<u16>,
    /// Transfer characteristics (ISO 23091-2: 16 is PQ, 18 is HLG): of the `colr` box when it is of type `nclx` or
    /// `nclc`, of the codec's configuration for AV1, VP9 and Dolby Vision. `None`: neither says.
    pub transfer: Option<u16>,
}

impl VideoInfo {
    /// Width and height as displayed: pixels made square by widening or heightening, never by throwing away, and turned
    /// by a rotation of a quarter (the matrix of [`TrackHeader`]).
    #[must_use]
    pub fn display_size(&self, matrix: &[u8; 36]) -> (u32, u32) {
        let (mut width, mut height) = (u64::from(self.width), u64::from(self.height));
        match self.pixel_aspect {
            Some((wide, high)) if wide > high && high > 0 => width = scaled(width, wide, high),
            Some((wide, high)) if high > wide && wide > 0 => height = scaled(height, high, wide),
            _ => {}
        }
        let (width, height) = if self.is_turned(matrix) {
            (height, width)
        } else {
            (width, height)
        };
        (
            u32::try_from(width).unwrap_or(u32::MAX),
            u32::try_from(height).unwrap_or(u32::MAX),
        )
    }

    /// Whether the picture is turned by a quarter.
    pub(crate) fn is_turned(self, matrix: &[u8; 36]) -> bool {
        // matrix { a b u  c d v  x y w }: a quarter turn has a = d = 0.
        let turned = matrix.get(0..4) == Some(&[0; 4]) && matrix.get(16..20) == Some(&[0; 4]);
        turned && matrix != &[0; 36]
    }

    /// The value of `VIDEO-RANGE`, which is not written for SDR. Transfer characteristics of ISO 23091-2: 16 is SMPTE ST 2084,
    /// 18 is HLG.
    #[must_use]
    pub const fn range(&self) -> Option<&'static str> {
        match self.transfer {
            Some(16) => Some("PQ"),
            Some(18) => Some("HLG"),
            _ => None,
        }
    }
}

fn scaled(pixels: u64, by: u32, over: u32) -> u64 {
    pixels
        .saturating_mul(u64::from(by))
        .saturating_add(u64::from(over / 2))
        / u64::from(over.max(1))
}

/// What is known about a sound track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioInfo {
    /// Number of channels; from the codec's configuration where it says so.
    pub channels: u16,
    /// Samples per second; from the codec's configuration where it says so.
    pub sample_rate: u32,
    /// Sound objects in E-AC-3 (Dolby Atmos): the complexity index of `dec3`, which is their number at most.
    pub objects: Option<u8>,
}

/// Presentation of a track (`tkhd`, ISO 14496-12 section 8.3.2), to be carried over verbatim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrackHeader {
    /// The transformation matrix byte for byte: rotation, mirroring.
    pub matrix: [u8; 36],
    /// Width as 16.16 fixed point, after pixel aspect.
    pub width: u32,
    /// Height as 16.16 fixed point.
    pub height: u32,
    /// Volume as 8.8 fixed point; 0x0100 is full.
    pub volume: u16,
    /// Front-to-back order.
    pub layer: i16,
    /// Tracks with the same group, not 0, are alternatives to each other.
    pub alternate_group: i16,
}

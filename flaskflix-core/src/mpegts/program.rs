//! A program and what its elementary streams are.

use super::{
    adts,
    avc::AvcSequence,
    elementary::Elementary,
    hevc::HevcSequence,
    packet::packets,
    tables::{self, Listed, SectionReader},
};
use crate::mp4::VideoInfo;

/// The program of a transport stream, as far as its first bytes tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Its pictures and sound, in the order of the program map; other streams (captions, metadata) are left out.
    pub streams: Vec<Stream>,
}

/// One elementary stream of pictures or sound.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stream {
    /// The codec string ([RFC 6381](https://www.rfc-editor.org/rfc/rfc6381)); `None` when it could not be told.
    pub rfc6381: Option<String>,
    /// What the pictures are, when they are pictures and it could be told.
    pub video: Option<VideoInfo>,
    /// Frames per 1000 seconds at most, when the stream tells the time of a frame (H.264 only).
    pub frame_rate_thousandths: Option<u64>,
}

/// Reads the start of a transport stream: 256 KiB hold the tables, a key frame's parameter sets and a frame of sound of most streams.
///
/// Returns `None` when there is no program in these bytes.
///
/// # Cost
/// One pass over the bytes for the tables and one for the streams; 64 KiB of memory for each elementary stream.
#[must_use]
pub fn probe(stream: &[u8]) -> Option<Program> {
    let section = first_section(stream, tables::PAT_PID)?;
    let section = first_section(stream, tables::program_map_pid(&section)?)?;
    let listed = tables::elementary_streams(&section)?;
    let kinds: Vec<(Kind, u16)> = listed
        .iter()
        .filter_map(|listed| Some((Kind::of(listed)?, listed.pid)))
        .take(MAX_STREAMS)
        .collect();
    let mut gathered: Vec<Elementary> = kinds.iter().map(|_| Elementary::new(MAX_STREAM_BYTES)).collect();
    for packet in packets(stream) {
        let of_packet = kinds
            .iter()
            .zip(&mut gathered)
            .find(|((_, pid), _)| *pid == packet.pid);
        if let Some((_, elementary)) = of_packet {
            elementary.push(&packet);
        }
    }
    let streams = kinds
        .iter()
        .zip(&gathered)
        .map(|((kind, _), elementary)| kind.stream(elementary.bytes()));
    Some(Program {
        streams: streams.collect(),
    })
}

fn first_section(stream: &[u8], pid: u16) -> Option<Vec<u8>> {
    let mut reader = SectionReader::default();
    packets(stream)
        .filter(|packet| packet.pid == pid)
        .find_map(|packet| reader.push(&packet).map(<[u8]>::to_vec))
}

/// How an elementary stream is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Avc,
    Hevc,
    Adts,
    /// One whose string needs no look into it.
    Named(&'static str),
    Unknown,
}

impl Kind {
    /// By the stream type (ISO 13818-1 table 2-34, ATSC A/52 annex A). `None`: neither picture nor sound.
    fn of(listed: &Listed<'_>) -> Option<Self> {
        Some(match listed.stream_type {
            0x1b => Self::Avc,
            0x24 => Self::Hevc,
            0x0f => Self::Adts,
            0x03 | 0x04 => Self::Named("mp4a.40.34"),
            0x81 => Self::Named("ac-3"),
            0x87 => Self::Named("ec-3"),
            0x06 => return Self::of_private(listed.descriptors),
            // Sections, metadata (ID3), splice points.
            0x05 | 0x15 | 0x86 => return None,
            _ => Self::Unknown,
        })
    }

    /// Private PES data says in its descriptors what it is (ETSI EN 300 468).
    fn of_private(mut descriptors: &[u8]) -> Option<Self> {
        while let Some((&[tag, len], rest)) = descriptors.split_first_chunk::<2>() {
            match tag {
                0x6a => return Some(Self::Named("ac-3")),
                0x7a => return Some(Self::Named("ec-3")),
                // Teletext, subtitles.
                0x56 | 0x59 => return None,
                _ => {}
            }
            descriptors = rest.get(usize::from(len)..).unwrap_or_default();
        }
        Some(Self::Unknown)
    }

    fn stream(self, bytes: &[u8]) -> Stream {
        match self {
            Self::Avc => AvcSequence::find(bytes).map(|sequence| Stream {
                rfc6381: Some(sequence.rfc6381),
                video: Some(sequence.video),
                frame_rate_thousandths: sequence.frame_rate_thousandths,
            }),
            Self::Hevc => HevcSequence::find(bytes).map(|sequence| Stream {
                rfc6381: Some(sequence.rfc6381),
                video: Some(sequence.video),
                frame_rate_thousandths: None,
            }),
            Self::Adts => Some(Stream {
                rfc6381: adts::rfc6381(bytes),
                ..Stream::default()
            }),
            Self::Named(text) => Some(Stream {
                rfc6381: Some(text.to_owned()),
                ..Stream::default()
            }),
            Self::Unknown => None,
        }
        .unwrap_or_default()
    }
}

/// Elementary streams that are looked into.
const MAX_STREAMS: usize = 16;
/// Bytes of each.
const MAX_STREAM_BYTES: usize = 64 << 10;

//! Configuration records for these tests, from encoders or written by hand from the specifications.

use bytes::Bytes;
use flaskflix_core::testing::mp4::{picture_entry, sound_entry};

/// Main profile, level 2.0, 8 bits, without a sequence header.
pub(super) const AV1: &[u8] = b"\x81\x00\x0c\0";

/// By libaom: 10 bits, and a sequence header with the colour of HDR10.
pub(super) const AV1_HDR: &[u8] =
    b"\x81\x00\x4c\x00\x0a\x0d\x00\x00\x00\x02\xaf\xff\x9b\x5f\x2a\x12\x20\x12\x08";

/// By SVT-AV1: 8 bits, and a sequence header that describes no colour.
pub(super) const AV1_PLAIN: &[u8] = b"\x81\x00\x0c\x00\x0a\x0a\x00\x00\x00\x02\xaf\xff\x80\x5f\x00\x08";

/// By libvpx: profile 3, level 1.0, 10 bits in 4:4:4, colour not specified.
pub(super) const VP9: &[u8] = b"\x01\0\0\0\x03\x0a\xa6\x02\x02\x02\0\0";

/// Profile 2, level 3.1, 10 bits in 4:2:0, the colour of HLG.
pub(super) const VP9_HLG: &[u8] = b"\x01\0\0\0\x02\x1f\xa2\x09\x12\x09\0\0";

pub(super) const AVC: &[u8] = b"\x01\x64\x00\x1f\xff\xe1\0\x04\x67\x64\x00\x1f\x01\0\x04\x68\xee\x3c\x80";

pub(super) const HEVC: &[u8] = b"\x01\x02\x20\0\0\0\x90\0\0\0\0\0\x99\xf0\0\xfc\xfd\xfa\xfa\0\0\x0f\x03\
    \xa0\0\x01\0\x02\x40\x01\xa1\0\x01\0\x02\x42\x01\xa2\0\x01\0\x02\x44\x01";

/// A Dolby Vision configuration of this profile, level and compatibility; one layer, with its metadata.
pub(super) fn dolby_vision(profile: u8, level: u8, compatibility: u8) -> [u8; 24] {
    let mut record = [0; 24];
    record[0] = 1;
    record[2] = profile << 1 | level >> 5;
    record[3] = level << 3 | 0b101;
    record[4] = compatibility << 4;
    record
}

/// Stereo, pre-skip of 312, made of 44.1 kHz.
pub(super) const OPUS: &[u8] = b"\0\x02\x01\x38\0\0\xac\x44\0\0\0";

/// 5.1 of four streams, two of them coupled.
pub(super) const OPUS_SURROUND: &[u8] = b"\0\x06\x01\x38\0\0\xbb\x80\0\0\x01\x04\x02\0\x04\x01\x02\x03\x05";

/// 48 kHz, version 8, 3/2 with low frequency effects, 448 kbit/s.
pub(super) const AC3: &[u8] = b"\x10\x3d\xe0";

/// 48 kHz, version 16, 3/2 with low frequency effects.
pub(super) const EAC3: &[u8] = b"\x0c\x00\x20\x0f\x00";

/// The same with a dependent substream that has the rear surrounds: 7.1.
pub(super) const EAC3_REAR: &[u8] = b"\x0c\x00\x20\x0f\x02\x02";

/// One block, the stream's description: 44.1 kHz, mono, 16 bits.
pub(super) const FLAC: &[u8] = b"\0\0\0\0\x80\0\0\x22\x12\0\x12\0\0\0\0\0\0\0\
    \x0a\xc4\x40\xf0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// 96 kHz, 5.1, 24 bits.
pub(super) const ALAC: &[u8] = b"\0\0\0\0\0\0\x10\0\0\x18\x28\x0a\x0e\x06\0\xff\0\0\0\0\0\0\0\0\0\x01\x77\0";

/// An `esds` box of this object type, without a configuration of its own or with this one.
pub(super) fn esds(object_type: u8, specific: &[u8]) -> Vec<u8> {
    let mut decoder = vec![object_type, 0x15];
    decoder.extend_from_slice(&[0; 11]);
    if !specific.is_empty() {
        decoder.extend_from_slice(&[5, specific.len() as u8]);
        decoder.extend_from_slice(specific);
    }
    let mut box_ = vec![
        0,
        0,
        0,
        0,
        3,
        decoder.len() as u8 + 8,
        0,
        0,
        0,
        4,
        decoder.len() as u8,
    ];
    box_.extend_from_slice(&decoder);
    box_.extend_from_slice(&[6, 1, 2]);
    box_
}

/// A `colr` box by number.
pub(super) fn colr(primaries: u16, transfer: u16, matrix: u16) -> Vec<u8> {
    let mut box_ = b"nclx".to_vec();
    for number in [primaries, transfer, matrix] {
        box_.extend_from_slice(&number.to_be_bytes());
    }
    box_.push(0);
    box_
}

/// Every kind of record in its entry: name of the record, its bytes, and whether it is a picture's.
pub(super) fn every() -> Vec<([u8; 4], Bytes, bool)> {
    let picture = |entry, name, record: &[u8]| (name, picture_entry(entry, &[(name, record)]), true);
    let sound = |entry, name, record: &[u8]| (name, sound_entry(entry, 48_000, &[(name, record)]), false);
    let vision = picture_entry(*b"dvh1", &[(*b"hvcC", HEVC), (*b"dvcC", &dolby_vision(5, 6, 0))]);
    vec![
        picture(*b"av01", *b"av1C", AV1_HDR),
        picture(*b"vp09", *b"vpcC", VP9),
        (*b"dvcC", vision, true),
        sound(*b"Opus", *b"dOps", OPUS_SURROUND),
        sound(*b"ac-3", *b"dac3", AC3),
        sound(*b"ec-3", *b"dec3", EAC3_REAR),
        sound(*b"fLaC", *b"dfLa", FLAC),
        sound(*b"alac", *b"alac", ALAC),
        sound(*b"mp4a", *b"esds", &esds(0x6b, &[])),
    ]
}

//! Init segments: `ftyp` and a `moov` without samples (ISO 14496-12 section 8.8, CMAF header of ISO 23000-19).

use bytes::Bytes;

use super::{sample_entry::write_sample_entry, segment::TRACK_ID};
use crate::mp4::{BoxWriter, FourCc, Media, Track};

/// Makes the init segment of a track. `duration` is what the track lasts, in its own ticks.
///
/// The sample entry is the source's own, byte for byte, so `colr`, `pasp`, `btrt`, `mdcv` and the like stay;
/// [`write_sample_entry`] tells the two exceptions.
/// There is no edit list: times are settled in the fragments (`docs/PACKAGING.md`).
pub(super) fn init_segment(track: &Track, duration: u64) -> Bytes {
    let mut w = BoxWriter::with_capacity(track.sample_entries.len().saturating_add(768));
    w.start(FourCc(*b"ftyp"));
    w.bytes(b"iso6\0\0\0\0iso6mp41cmfc");
    w.end();
    w.start(FourCc(*b"moov"));
    movie_header(&mut w, track);
    movie_extends(&mut w, duration);
    w.start(FourCc(*b"trak"));
    track_header(&mut w, track);
    w.start(FourCc(*b"mdia"));
    media_header(&mut w, track);
    handler(&mut w, track);
    w.start(FourCc(*b"minf"));
    media_information(&mut w, track);
    sample_table(&mut w, track);
    w.end();
    w.end();
    w.end();
    w.end();
    w.finish()
}

fn movie_header(w: &mut BoxWriter, track: &Track) {
    w.full(FourCc(*b"mvhd"), 0, 0);
    w.zeros(8); // creation and modification time: unknown, so that the same source gives the same bytes
    w.u32(track.timescale.get());
    w.u32(0); // duration: in mehd
    w.u32(0x0001_0000); // rate 1.0
    w.u16(0x0100); // volume 1.0
    w.zeros(10);
    for value in UNITY_MATRIX {
        w.u32(value);
    }
    w.zeros(24);
    w.u32(TRACK_ID.saturating_add(1));
    w.end();
}

const UNITY_MATRIX: [u32; 9] = [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000];

fn movie_extends(w: &mut BoxWriter, duration: u64) {
    w.start(FourCc(*b"mvex"));
    w.full(FourCc(*b"mehd"), 1, 0);
    w.u64(duration);
    w.end();
    w.full(FourCc(*b"trex"), 0, 0);
    w.u32(TRACK_ID);
    w.u32(1); // default sample description
    w.zeros(12);
    w.end();
    w.end();
}

fn track_header(w: &mut BoxWriter, track: &Track) {
    w.full(FourCc(*b"tkhd"), 0, 3); // enabled, in movie
    w.zeros(8);
    w.u32(TRACK_ID);
    w.zeros(4);
    w.u32(0); // duration: in mehd
    w.zeros(8);
    w.i16(track.header.layer);
    w.i16(track.header.alternate_group);
    w.u16(track.header.volume);
    w.zeros(2);
    w.bytes(&track.header.matrix);
    w.u32(track.header.width);
    w.u32(track.header.height);
    w.end();
}

fn media_header(w: &mut BoxWriter, track: &Track) {
    let packed = packed_language(&track.language);
    w.full(FourCc(*b"mdhd"), 0, 0);
    w.zeros(8);
    w.u32(track.timescale.get());
    w.u32(0);
    w.u16(packed.unwrap_or(UNDETERMINED));
    w.zeros(2);
    w.end();
    if packed.is_none() && track.language.is_ascii() {
        w.full(FourCc(*b"elng"), 0, 0);
        w.bytes(track.language.as_bytes());
        w.u8(0);
        w.end();
    }
}

/// `und`, packed.
const UNDETERMINED: u16 = 0x55c4;

/// Three letters, five bits each (ISO 14496-12 section 8.4.2.3).
fn packed_language(code: &str) -> Option<u16> {
    match *code.as_bytes() {
        [a, b, c] if [a, b, c].iter().all(u8::is_ascii_lowercase) => {
            let five = |letter: u8| u16::from(letter.saturating_sub(0x60));
            Some(five(a) << 10 | five(b) << 5 | five(c))
        }
        _ => None,
    }
}

fn handler(w: &mut BoxWriter, track: &Track) {
    let (kind, name) = match track.media {
        Media::Video(_) => (FourCc(*b"vide"), "VideoHandler"),
        Media::Audio(_) => (FourCc(*b"soun"), "SoundHandler"),
        Media::Other(kind) => (kind, ""),
    };
    w.full(FourCc(*b"hdlr"), 0, 0);
    w.zeros(4);
    w.bytes(&kind.0);
    w.zeros(12);
    w.bytes(name.as_bytes());
    w.u8(0);
    w.end();
}

fn media_information(w: &mut BoxWriter, track: &Track) {
    if matches!(track.media, Media::Video(_)) {
        w.full(FourCc(*b"vmhd"), 0, 1);
        w.zeros(8);
    } else {
        w.full(FourCc(*b"smhd"), 0, 0);
        w.zeros(4);
    }
    w.end();
    w.start(FourCc(*b"dinf"));
    w.full(FourCc(*b"dref"), 0, 0);
    w.u32(1);
    w.full(FourCc(*b"url "), 0, 1); // the media is in this very file
    w.end();
    w.end();
    w.end();
}

fn sample_table(w: &mut BoxWriter, track: &Track) {
    w.start(FourCc(*b"stbl"));
    w.full(FourCc(*b"stsd"), 0, 0);
    w.u32(1);
    write_sample_entry(w, track);
    w.end();
    for empty in [*b"stts", *b"stsc", *b"stco"] {
        w.full(FourCc(empty), 0, 0);
        w.u32(0);
        w.end();
    }
    w.full(FourCc(*b"stsz"), 0, 0);
    w.zeros(8);
    w.end();
    w.end();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_pack_into_fifteen_bits() {
        assert_eq!(packed_language("und"), Some(UNDETERMINED));
        assert_eq!(packed_language("eng"), Some(0x15c7));
        assert_eq!(packed_language("de-AT"), None);
    }
}

//! Sample entries as they are presented: the source's own, but for two that players know under another name.

use crate::mp4::{BoxWriter, FourCc, Media, ParameterSets, Track, mp3_object_type};

/// The codec string of a track as it is presented. `None`: it cannot be packaged.
pub(super) fn presented_codec(track: &Track) -> Option<String> {
    let codec = track.codec.rfc6381.as_ref()?;
    Some(match renamed(track) {
        Some(name) => codec.replacen(&track.codec.fourcc.to_string(), &name.to_string(), 1),
        None => codec.clone(),
    })
}

/// Writes the sample entry of a track into its init segment: byte for byte, except
///
/// * `hev1` (and Dolby Vision's `dvhe`) whose parameter sets are all, and marked complete, in the sample entry: it is `hvc1` (`dvh1`) by definition
///   (ISO 14496-15 section 8.3.3.1.2), and Apple's players want that name;
/// * the entries that `QuickTime` has for MP3, which no codec string can name: they become the `mp4a` of MP4.
pub(super) fn write_sample_entry(w: &mut BoxWriter, track: &Track) {
    let entry = &track.sample_entries;
    match (renamed(track), entry.split_at_checked(4), entry.get(8..)) {
        (Some(name), Some((size, _)), Some(rest)) => {
            w.bytes(size);
            w.bytes(&name.0);
            w.bytes(rest);
        }
        _ if matches!(&track.codec.fourcc.0, b".mp3" | b"ms\0\x55") => write_mp3(w, track),
        _ => w.bytes(entry),
    }
}

fn renamed(track: &Track) -> Option<FourCc> {
    let name = match &track.codec.fourcc.0 {
        b"hev1" => FourCc(*b"hvc1"),
        b"dvhe" => FourCc(*b"dvh1"),
        _ => return None,
    };
    (track.codec.parameter_sets == ParameterSets::SampleEntry).then_some(name)
}

/// An `mp4a` sample entry (ISO 14496-14 section 6.7) for MP3.
fn write_mp3(w: &mut BoxWriter, track: &Track) {
    let (channels, sample_rate) = match &track.media {
        Media::Audio(audio) => (audio.channels, audio.sample_rate),
        _ => (0, 0),
    };
    w.start(FourCc(*b"mp4a"));
    w.zeros(6);
    w.u16(1); // data reference
    w.zeros(8);
    w.u16(channels);
    w.u16(16);
    w.zeros(4);
    w.u32(sample_rate.checked_mul(1 << 16).unwrap_or(0));
    w.full(FourCc(*b"esds"), 0, 0);
    // The stream, of 21 bytes: no number, no flags.
    w.bytes(b"\x03\x15\0\0\0");
    // Its decoder, of 13 bytes: the codec, sound, buffer and bit rates not known.
    w.bytes(b"\x04\x0d");
    w.u8(mp3_object_type(sample_rate));
    w.u8(0x15);
    w.zeros(11);
    // How it is synchronised: as MP4 does.
    w.bytes(b"\x06\x01\x02");
    w.end();
    w.end();
}

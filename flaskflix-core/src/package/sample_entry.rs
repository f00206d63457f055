//! Sample entries as they are presented: the source's own, but for some that players know in another form.

use crate::mp4::{BoxWriter, FourCc, Media, ParameterSets, Track, mp3_object_type};

/// The codec string of a track as it is presented. `None`: it cannot be packaged.
pub(super) fn presented_codec(track: &Track) -> Option<String> {
    let codec = track.codec.rfc6381.as_ref()?;
    Some(match renamed(track) {
        Some(name) => codec.replacen(&track.codec.fourcc.to_string(), &name.to_string(), 1),
        None => codec.clone(),
    })
}

/// What stands in `SUPPLEMENTAL-CODECS` for a track as it is presented.
pub(super) fn presented_supplemental(track: &Track) -> Option<String> {
    let supplemental = track.codec.supplemental.as_ref()?;
    Some(match renamed(track) {
        Some(_) => supplemental.replacen("dvhe", "dvh1", 1),
        None => supplemental.clone(),
    })
}

/// Writes the sample entry of a track into its init segment: byte for byte, except
///
/// * `hev1` (and Dolby Vision's `dvhe`) whose parameter sets are all, and marked complete, in the sample entry: it is `hvc1` (`dvh1`) by definition
///   (ISO 14496-15 section 8.3.3.1.2), and Apple's players want that name;
/// * the entries that `QuickTime` has for MP3, which no codec string can name: they become the `mp4a` of MP4;
/// * `QuickTime`'s own form of all sound entries (more fields, the configuration inside a `wave` box): browsers read
///   ISO's form and no other.
pub(super) fn write_sample_entry(w: &mut BoxWriter, track: &Track) {
    let entry = &track.sample_entries;
    match (renamed(track), entry.split_at_checked(4), entry.get(8..)) {
        (Some(name), Some((size, _)), Some(rest)) => {
            w.bytes(size);
            w.bytes(&name.0);
            w.bytes(rest);
        }
        _ if matches!(&track.codec.fourcc.0, b".mp3" | b"ms\0\x55") => write_mp3(w, track),
        _ => match quicktime_configuration(track) {
            Some(configuration) => write_sound(w, track, track.codec.fourcc, |w| w.bytes(configuration)),
            None => w.bytes(entry),
        },
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

/// The configuration box of a sound entry in `QuickTime`'s form. `None`: the entry has ISO's form, or none that is known.
///
/// The fields of version 0 are common to both forms; version 1 has 16 bytes more, version 2 has 36
/// ([QuickTime File Format, sound sample descriptions](https://developer.apple.com/documentation/quicktime-file-format/sound_sample_descriptions)).
fn quicktime_configuration(track: &Track) -> Option<&[u8]> {
    let wanted = match &track.codec.fourcc.0 {
        b"mp4a" => b"esds",
        b"alac" => b"alac",
        b"ac-3" => b"dac3",
        b"ec-3" => b"dec3",
        b"fLaC" => b"dfLa",
        b"Opus" => b"dOps",
        _ => return None,
    };
    let entry: &[u8] = &track.sample_entries;
    let version = u16::from_be_bytes(*entry.get(16..)?.first_chunk()?);
    // ISO has a version 1 too, with the fields of version 0: then boxes follow these.
    let starts: &[usize] = match version {
        0 => &[36],
        1 => &[36, 52],
        _ => &[72],
    };
    let children = starts
        .iter()
        .find_map(|&start| children(entry.get(start..)?).map(|boxes| (start, boxes)));
    let (start, children) = children?;
    let inside = |boxes: &[(FourCc, _)]| find(boxes, wanted);
    let wave = children.iter().find(|(name, _)| &name.0 == b"wave");
    match wave {
        Some((_, wave)) => inside(&self::children(wave.get(8..)?)?).or_else(|| find(&children, wanted)),
        None if start != 36 => find(&children, wanted),
        None => None,
    }
}

fn find<'a>(boxes: &[(FourCc, &'a [u8])], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    let (_, bytes) = boxes.iter().find(|(name, _)| &name.0 == wanted)?;
    Some(bytes)
}

/// Boxes that follow each other to the end, whole; `None` when these bytes are something else. `QuickTime` may end with a
/// terminator of zeros.
fn children(mut bytes: &[u8]) -> Option<Vec<(FourCc, &[u8])>> {
    let mut boxes = Vec::new();
    while let Some((&[a, b, c, d, e, f, g, h], _)) = bytes.split_first_chunk::<8>() {
        let size = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        if size == 0 && [e, f, g, h] == [0; 4] {
            return Some(boxes);
        }
        let (whole, rest) = bytes.split_at_checked(size).filter(|_| size >= 8)?;
        boxes.push((FourCc([e, f, g, h]), whole));
        bytes = rest;
    }
    (bytes.len() <= 4 && bytes.iter().all(|byte| *byte == 0)).then_some(boxes)
}

/// A sound entry in ISO's form (ISO 14496-12 section 12.2.3) with what `configure` writes behind its fields.
fn write_sound(w: &mut BoxWriter, track: &Track, name: FourCc, configure: impl FnOnce(&mut BoxWriter)) {
    let (channels, sample_rate) = sound(track);
    w.start(name);
    w.zeros(6);
    w.u16(1); // data reference
    w.zeros(8);
    w.u16(channels);
    w.u16(16);
    w.zeros(4);
    w.u32(sample_rate.checked_mul(1 << 16).unwrap_or(0));
    configure(w);
    w.end();
}

/// Channels and samples per second.
const fn sound(track: &Track) -> (u16, u32) {
    match &track.media {
        Media::Audio(audio) => (audio.channels, audio.sample_rate),
        _ => (0, 0),
    }
}

/// An `mp4a` sample entry (ISO 14496-14 section 6.7) for MP3.
fn write_mp3(w: &mut BoxWriter, track: &Track) {
    write_sound(w, track, FourCc(*b"mp4a"), |w| {
        w.full(FourCc(*b"esds"), 0, 0);
        // The stream, of 21 bytes: no number, no flags.
        w.bytes(b"\x03\x15\0\0\0");
        // Its decoder, of 13 bytes: the codec, sound, buffer and bit rates not known.
        w.bytes(b"\x04\x0d");
        w.u8(mp3_object_type(sound(track).1));
        w.u8(0x15);
        w.zeros(11);
        // How it is synchronised: as MP4 does.
        w.bytes(b"\x06\x01\x02");
        w.end();
    });
}

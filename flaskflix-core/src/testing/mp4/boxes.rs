//! The boxes of a test track.

use super::{
    entry::{picture_entry, sound_entry},
    movie::{TestCodec, TestTrack, movie_duration},
};
use crate::mp4::{BoxWriter, FourCc};

/// Writes a `trak` box; chunk offsets are moved by `media_at`.
pub(super) fn write_track(
    w: &mut BoxWriter,
    id: u32,
    track: &TestTrack,
    offsets: &[u64],
    media_at: u64,
    wide: bool,
) {
    let sound = track.codec == TestCodec::Aac;
    w.start(FourCc(*b"trak"));
    w.full(FourCc(*b"tkhd"), 0, 3);
    w.zeros(8);
    w.u32(id);
    w.zeros(4);
    w.u32(movie_duration(track));
    w.zeros(12);
    w.u16(if sound { 0x0100 } else { 0 });
    w.zeros(2);
    w.bytes(&MATRIX);
    w.u32(if sound { 0 } else { 640 << 16 });
    w.u32(if sound { 0 } else { 360 << 16 });
    w.end();
    write_edits(w, track);
    if let Some(chapters) = track.chapters {
        w.start(FourCc(*b"tref"));
        w.start(FourCc(*b"chap"));
        w.u32(chapters);
        w.end();
        w.end();
    }
    w.start(FourCc(*b"mdia"));
    w.full(FourCc(*b"mdhd"), 0, 0);
    w.zeros(8);
    w.u32(track.timescale);
    w.u32(u32::try_from(track.duration()).unwrap_or(u32::MAX));
    w.u16(
        track
            .language
            .iter()
            .fold(0, |packed, letter| (packed << 5) | u16::from(letter & 31)),
    );
    w.zeros(2);
    w.end();
    w.full(FourCc(*b"hdlr"), 0, 0);
    w.zeros(4);
    w.bytes(&track.handler.unwrap_or(if sound { *b"soun" } else { *b"vide" }));
    w.zeros(12);
    w.bytes(b"handler\0");
    w.end();
    w.start(FourCc(*b"minf"));
    w.start(FourCc(*b"stbl"));
    write_description(w, track);
    write_times(w, track);
    write_places(w, track, offsets, media_at, wide);
    w.end();
    w.end();
    w.end();
    if !track.name.is_empty() {
        w.start(FourCc(*b"udta"));
        w.start(FourCc(*b"name"));
        w.bytes(track.name.as_bytes());
        w.end();
        w.end();
    }
    w.end();
}

fn write_edits(w: &mut BoxWriter, track: &TestTrack) {
    let edits: Vec<_> = track
        .delay
        .map(|delay| (-1, delay))
        .into_iter()
        .chain(
            track
                .edit
                .or_else(|| track.delay.map(|_| (0, movie_duration(track)))),
        )
        .chain(track.more_edits.iter().copied())
        .collect();
    if edits.is_empty() {
        return;
    }
    w.start(FourCc(*b"edts"));
    w.full(FourCc(*b"elst"), 0, 0);
    w.u32(u32::try_from(edits.len()).unwrap_or(0));
    for (media_time, duration) in edits {
        w.u32(duration);
        w.i32(media_time);
        w.u32(0x0001_0000);
    }
    w.end();
    w.end();
}

fn write_description(w: &mut BoxWriter, track: &TestTrack) {
    w.full(FourCc(*b"stsd"), 0, 0);
    w.u32(1);
    let own = match track.codec {
        TestCodec::H264 => picture_entry(*b"avc1", &[(*b"avcC", AVC_CONFIGURATION)]),
        TestCodec::Hevc => picture_entry(*b"hvc1", &[(*b"hvcC", HEVC_CONFIGURATION)]),
        TestCodec::Aac => sound_entry(*b"mp4a", 48_000, &[(*b"esds", AAC_CONFIGURATION)]),
    };
    w.bytes(track.sample_entry.as_ref().unwrap_or(&own));
    w.end();
}

/// `stts`, `ctts` when there is an offset, `stss` when not every sample is a sync sample.
fn write_times(w: &mut BoxWriter, track: &TestTrack) {
    let durations = track.samples.iter().map(|sample| sample.1);
    write_runs(w, FourCc(*b"stts"), 0, track.run_lengths, durations);
    if track.samples.iter().any(|sample| sample.2 != 0) {
        let offsets = track.samples.iter().map(|sample| sample.2.cast_unsigned());
        let version = u8::from(track.samples.iter().any(|sample| sample.2 < 0));
        write_runs(w, FourCc(*b"ctts"), version, track.run_lengths, offsets);
    }
    if track.samples.iter().any(|sample| !sample.3) {
        let numbers = (1_u32..).zip(&track.samples).filter(|(_, sample)| sample.3);
        write_table(w, FourCc(*b"stss"), 0, numbers.map(|(number, _)| [number]));
    }
}

fn write_runs(
    w: &mut BoxWriter,
    fourcc: FourCc,
    version: u8,
    merge: bool,
    values: impl Iterator<Item = u32>,
) {
    let mut runs: Vec<[u32; 2]> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some([count, last]) if merge && *last == value => *count += 1,
            _ => runs.push([1, value]),
        }
    }
    write_table(w, fourcc, version, runs.into_iter());
}

/// `stsz`, `stsc`, and `stco` or `co64`.
fn write_places(w: &mut BoxWriter, track: &TestTrack, offsets: &[u64], media_at: u64, wide: bool) {
    w.full(FourCc(*b"stsz"), 0, 0);
    w.u32(0);
    w.u32(u32::try_from(track.samples.len()).unwrap_or(u32::MAX));
    for &(size, ..) in &track.samples {
        w.u32(size);
    }
    w.end();
    let mut runs: Vec<[u32; 3]> = Vec::new();
    for (chunk, samples) in (1..).zip(track.chunks()) {
        let count = u32::try_from(samples.len()).unwrap_or(u32::MAX);
        if !track.run_lengths || runs.last().is_none_or(|[_, last, _]| *last != count) {
            runs.push([chunk, count, 1]);
        }
    }
    write_table(w, FourCc(*b"stsc"), 0, runs.into_iter());
    let offsets = offsets.iter().map(|offset| offset + media_at);
    if wide {
        let halves = offsets.map(|offset| {
            let low = u32::try_from(offset & u64::from(u32::MAX)).unwrap_or(0);
            [u32::try_from(offset >> 32).unwrap_or(0), low]
        });
        write_table(w, FourCc(*b"co64"), 0, halves);
    } else {
        write_table(
            w,
            FourCc(*b"stco"),
            0,
            offsets.map(|offset| [u32::try_from(offset).unwrap_or(u32::MAX)]),
        );
    }
}

/// A table: its number of rows, then the rows.
fn write_table<const N: usize>(
    w: &mut BoxWriter,
    fourcc: FourCc,
    version: u8,
    rows: impl Iterator<Item = [u32; N]>,
) {
    w.full(fourcc, version, 0);
    let count_at = w.position();
    w.u32(0);
    let mut count = 0;
    for row in rows {
        row.into_iter().for_each(|number| w.u32(number));
        count += 1;
    }
    w.patch_u32(count_at, count);
    w.end();
}

/// No rotation.
pub(super) const MATRIX: [u8; 36] =
    *b"\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\0\0";

/// High profile, level 3.1, lengths of 4 bytes, one parameter set of each kind.
const AVC_CONFIGURATION: &[u8] = b"\x01\x64\x00\x1f\xff\xe1\0\x04\x67\x64\x00\x1f\x01\0\x04\x68\xee\x3c\x80";

/// Main profile, level 3.1, lengths of 4 bytes, one parameter set of each kind.
const HEVC_CONFIGURATION: &[u8] = b"\x01\x01\x60\0\0\0\x90\0\0\0\0\0\x5d\xf0\0\xfc\xfd\xf8\xf8\0\0\x0f\x03\
    \xa0\0\x01\0\x02\x40\x01\xa1\0\x01\0\x02\x42\x01\xa2\0\x01\0\x02\x44\x01";

/// Version and flags, then the descriptors around an `AudioSpecificConfig` of low complexity, 48 kHz, stereo.
const AAC_CONFIGURATION: &[u8] =
    b"\0\0\0\0\x03\x19\0\x01\0\x04\x11\x40\x15\0\0\0\0\0\0\0\0\0\0\0\x05\x02\x11\x90\x06\x01\x02";

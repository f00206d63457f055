//! Every sample arrives: what a player demuxes out of the segments is what went into the film.

use flaskflix_core::{
    package::PackageOptions,
    range::ByteRange,
    testing::mp4::{TestCodec, TestMovie, TestTrack},
};
use proptest::prelude::*;

use super::{
    demux::{Packet, find, segment},
    film::{Packaged, all_alike, audio, packaged, plan, video},
};

/// The packets of all segments of a stream, after checking what holds between segments.
fn packets(packaged: &Packaged, stream: &str) -> Vec<Packet> {
    let mut all: Vec<Packet> = Vec::new();
    for (bytes, want) in packaged.segments(stream).iter().zip(1_u32..) {
        let (number, packets) = segment(bytes);
        assert_eq!(number, want, "sequence numbers count from 1");
        assert!(!packets.is_empty(), "no segment is empty");
        if let Some(last) = all.last() {
            // tfdt(n + 1) = tfdt(n) + sum of durations, exactly.
            assert_eq!(packets[0].dts, last.dts + u64::from(last.duration));
        }
        all.extend(packets);
    }
    all
}

/// What went in: decode time, presentation time in the file's own terms, duration, sync and data.
fn source(track: &TestTrack, place: usize) -> Vec<Packet> {
    let shift = -i64::from(track.edit.map_or(0, |edit| edit.0))
        + i64::from(track.delay.unwrap_or(0)) * i64::from(track.timescale) / 1000;
    let mut dts = 0;
    let samples = track
        .samples
        .iter()
        .enumerate()
        .map(|(n, &(size, duration, offset, sync))| {
            let packet = Packet {
                dts,
                pts: dts as i64 + i64::from(offset) + shift,
                duration,
                sync,
                data: vec![(31 * place + n) as u8; size as usize],
            };
            dts += u64::from(duration);
            packet
        });
    samples.collect()
}

/// How many samples the start of the edit leaves out at most: those before the last from which decoding can start in time. Sound
/// has a tenth of a second in front, or as much as the picture has.
fn skipped(track: &TestTrack, source: &[Packet]) -> usize {
    let lead_in = if track.codec == TestCodec::Aac {
        i64::from(track.timescale / 10)
    } else {
        0
    };
    // Presentation times count from the start of the edit, or from the end of the delay.
    let delay = i64::from(track.delay.unwrap_or(0)) * i64::from(track.timescale) / 1000;
    let start = delay - lead_in.min(i64::from(track.edit.map_or(0, |edit| edit.0)));
    source
        .iter()
        .rposition(|packet| packet.sync && packet.pts <= start)
        .unwrap_or(0)
}

/// Checks one stream against its track; returns the offset that its presentation times moved by, in seconds as a fraction.
fn compare(packaged: &Packaged, stream: &str, track: &TestTrack, place: usize) -> (i64, i64) {
    let (out, mut source) = (packets(packaged, stream), source(track, place));
    let (most, skip) = (skipped(track, &source), source.len() - out.len());
    let is_sound = track.codec == TestCodec::Aac;
    assert!(
        skip == most || (is_sound && skip < most),
        "{stream}: {skip} samples are left out, {most} may be"
    );
    source.drain(..skip);
    let offset = out[0].pts - source[0].pts;
    for (n, (out, source)) in out.iter().zip(&source).enumerate() {
        assert_eq!(out.data, source.data, "{stream}: payload of sample {n}");
        assert_eq!(out.duration, source.duration, "{stream}: duration of sample {n}");
        assert_eq!(out.sync, source.sync, "{stream}: sync flag of sample {n}");
        assert_eq!(
            out.pts - source.pts,
            offset,
            "{stream}: presentation time of sample {n}"
        );
    }
    (offset, i64::from(track.timescale))
}

#[test]
fn picture_and_sound_move_together_to_the_tick() {
    let film = TestMovie::new(vec![video(751, 50), audio(1408, b"eng")]);
    let packaged = packaged(std::slice::from_ref(&film));
    let (picture, picture_scale) = compare(&packaged, "v1", &film.tracks[0], 0);
    let (sound, sound_scale) = compare(&packaged, "a1", &film.tracks[1], 1);
    assert_eq!(
        picture * sound_scale,
        sound * picture_scale,
        "one offset for all streams"
    );
    // The B-frames' delay, 1024 ticks of 1/12800 s, which both timescales can express.
    assert_eq!((picture, sound), (1024, 3840));
}

#[test]
fn the_lead_is_how_much_later_the_fragments_present_the_title() {
    let film = TestMovie::new(vec![video(751, 50), audio(1408, b"eng")]);
    let packaged = packaged(std::slice::from_ref(&film));
    for (id, track) in [("v1", &film.tracks[0]), ("a1", &film.tracks[1])] {
        let lead = packaged.plan.stream(id).unwrap().lead();
        assert_eq!(lead.timescale().get(), track.timescale, "{id}: in its own ticks");
        // The title starts with the priming of the sound, which its edit list cuts away: 1024 ticks of 1/48000 s before zero.
        let earliest = packets(&packaged, id).iter().map(|packet| packet.pts).min();
        let in_title = if id == "a1" { 0 } else { 273 };
        assert_eq!(earliest, Some(lead.ticks() + in_title), "{id}");
    }
}

#[test]
fn negative_composition_offsets_are_made_positive() {
    let samples = (0..50)
        .map(|n| (100, 512, [0, 512, -512, 0][n % 4], n % 25 == 0))
        .collect();
    let film = TestMovie::new(vec![
        TestTrack::new(TestCodec::H264, 12_800, samples),
        audio(100, b"eng"),
    ]);
    let packaged = packaged(std::slice::from_ref(&film));
    let (picture, picture_scale) = compare(&packaged, "v1", &film.tracks[0], 0);
    let (sound, sound_scale) = compare(&packaged, "a1", &film.tracks[1], 1);
    assert_eq!(picture * sound_scale, sound * picture_scale);
}

#[test]
fn every_picture_segment_starts_with_a_key_frame() {
    let packaged = packaged(&[TestMovie::new(vec![video(1000, 33)])]);
    for bytes in packaged.segments("v1") {
        assert!(segment(&bytes).1[0].sync);
    }
}

#[test]
fn the_init_segment_keeps_the_sample_entry_and_has_no_edit_list() {
    let film = TestMovie::new(vec![video(100, 50), audio(100, b"deu")]);
    let packaged = packaged(std::slice::from_ref(&film));
    for (id, timescale, language) in [("v1", 12_800_u32, 0x55c4_u16), ("a1", 48_000, 0x10b5)] {
        let stream = packaged.plan.stream(id).unwrap();
        let init = packaged.bytes(id, &packaged.plan.init_segment(stream));
        let entries = &find(&init, &["moov", "trak", "mdia", "minf", "stbl", "stsd"])[8..];
        assert_eq!(entries, packaged.plan.track(stream).unwrap().sample_entries);
        let mdhd = find(&init, &["moov", "trak", "mdia", "mdhd"]);
        assert_eq!(mdhd[12..16], timescale.to_be_bytes());
        assert_eq!(mdhd[20..22], language.to_be_bytes());
        assert!(find(&init, &["moov", "mvex", "trex"]).len() > 4);
        assert!(!init.windows(4).any(|name| name == b"edts"));
    }
}

#[test]
fn a_rendition_too_long_for_32_bits_has_a_wide_mdat() {
    // One segment of 5 GB: 25 samples of 200 MB each; only its header is looked at.
    let samples = vec![(200_000_000, 512, 0, true); 25];
    let film = TestMovie {
        wide_offsets: true,
        ..TestMovie::new(vec![TestTrack::new(TestCodec::H264, 12_800, samples)])
    };
    let (head, len) = film.header();
    let (pieces, total) = super::plan::header_of_first_segment(&head, len);
    assert_eq!(total, 5_000_000_000 + pieces.len() as u64);
    let mdat = &pieces[pieces.len() - 16..];
    assert_eq!(
        (&mdat[..8], &mdat[8..]),
        (&b"\0\0\0\x01mdat"[..], &(5_000_000_016_u64).to_be_bytes()[..])
    );
    let moof = find(&pieces[..pieces.len() - 16], &["moof", "traf", "trun"]);
    let data_offset = u32::from_be_bytes(moof[8..12].try_into().unwrap());
    assert_eq!(
        data_offset as usize,
        pieces.len() - 28,
        "from the start of moof, behind 28 bytes of styp"
    );
}

prop_compose! {
    pub(super) fn any_track()(
        timescale in prop::sample::select(vec![600_u32, 12_800, 24_000, 44_100, 48_000, 90_000]),
        samples in prop::collection::vec((1_u32..400, 1_u32..5000, -3000_i32..6000, any::<bool>()), 1..200),
        samples_per_chunk in 0_u32..8,
        delay in prop::option::of(1_u32..3000),
        media_time in 0_i32..3000,
        sound in any::<bool>(),
        run_lengths in any::<bool>(),
    ) -> TestTrack {
        let mut samples: Vec<_> =
            samples.into_iter().map(|(s, d, o, k)| (s, d, if sound { 0 } else { o }, k || sound)).collect();
        samples[0].3 = true;
        let length: u32 = samples.iter().map(|sample| sample.1).sum();
        let edit = Some((media_time.min(length as i32 - 1), 0));
        let codec = if sound { TestCodec::Aac } else { TestCodec::H264 };
        TestTrack { samples_per_chunk, delay, edit, run_lengths, ..TestTrack::new(codec, timescale, samples) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn demuxing_what_was_muxed_gives_the_same(
        first in any_track(), second in any_track(), moov_first in any::<bool>(), wide_offsets in any::<bool>(),
    ) {
        prop_assume!(first.codec == TestCodec::Aac || second.codec == TestCodec::Aac);
        let film = TestMovie { moov_first, wide_offsets, ..TestMovie::new(vec![first, second]) };
        let options = PackageOptions::default().target_duration(std::time::Duration::from_secs(1));
        let packaged = plan(std::slice::from_ref(&film), &options).unwrap();
        let mut moves = Vec::new();
        for stream in packaged.plan.streams() {
            let place = stream.track_index();
            moves.push(compare(&packaged, stream.id(), &film.tracks[place], place));
        }
        // One offset for all, within a tick of the coarser clock.
        for pair in moves.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            prop_assert!((a.0 * b.1 - b.0 * a.1).abs() <= a.1.max(b.1), "{moves:?}");
        }
    }

    #[test]
    fn any_range_of_any_segment_is_the_slice_of_the_whole(
        number in 1_u32..6, start in 0_u64..40_000, len in 1_u64..40_000,
    ) {
        let packaged = packaged(&[TestMovie::new(vec![video(751, 50), audio(1408, b"eng")])]);
        for id in ["v1", "a1"] {
            let object = packaged.plan.segment(packaged.plan.stream(id).unwrap(), number).unwrap();
            let whole = packaged.bytes(id, &object);
            let cut = object.slice(ByteRange::from_len(start, len).unwrap()).collect();
            let cut = flaskflix_core::object::VirtualObject::new(cut, object.info().etag.clone(), None);
            let (lo, hi) = ((start as usize).min(whole.len()), ((start + len) as usize).min(whole.len()));
            prop_assert_eq!(&packaged.bytes(id, &cut)[..], &whole[lo..hi]);
        }
    }
}

#[test]
fn samples_of_no_bytes_are_part_of_the_time_of_the_one_before() {
    let mut track = video(60, 20);
    for empty in [5, 6, 59] {
        track.samples[empty].0 = 0;
    }
    let title = packaged(&[TestMovie::new(vec![track.clone()])]);
    let read = packets(&title, "v1");
    assert_eq!(read.len(), 57);
    assert!(read.iter().all(|packet| !packet.data.is_empty()));
    let duration = track.samples[0].1;
    assert_eq!((read[4].duration, read[5].duration), (3 * duration, duration));
    assert_eq!(read.last().unwrap().duration, 2 * duration);
}

#[test]
fn samples_of_no_bytes_at_a_cut_are_time_of_the_segment_before() {
    let mut track = video(300, 50);
    for empty in [0, 150, 151] {
        track.samples[empty].0 = 0;
    }
    let title = plan(&[TestMovie::new(vec![track.clone()])], &all_alike()).unwrap();
    let segments = title.segments("v1");
    let (before, behind) = (segment(&segments[0]).1, segment(&segments[1]).1);
    let duration = track.samples[0].1;
    assert_eq!(before.last().unwrap().duration, 3 * duration);
    // Nothing is before the first sample of the film: it keeps its own time.
    assert_eq!(before[0].dts, u64::from(duration));
    assert_eq!(behind[0].dts, 152 * u64::from(duration));
    assert_eq!(packets(&title, "v1").len(), 297);
}

#[test]
fn a_segment_of_samples_of_no_bytes_says_where_it_is() {
    let full = audio(20 * 47, b"eng");
    let mut holey = full.clone();
    // From 5 s to 13 s: the whole of the second segment, and an end of each neighbour.
    holey.samples[5 * 47..13 * 47]
        .iter_mut()
        .for_each(|sample| sample.0 = 0);
    let starts = |track: TestTrack| {
        let title = plan(&[TestMovie::new(vec![track])], &all_alike()).unwrap();
        let segments = title.segments("a1").into_iter();
        let starts = segments.map(|bytes| {
            let time = find(&bytes, &["moof", "traf", "tfdt"])[4..].try_into().unwrap();
            u64::from_be_bytes(time)
        });
        starts.collect::<Vec<_>>()
    };
    let (starts, holey) = (starts(full), starts(holey));
    assert_eq!((starts.len(), holey.len()), (4, 4));
    assert_eq!(holey[..2], starts[..2]);
    assert_eq!(
        holey[2],
        starts[0] + 13 * 47 * 1024,
        "the first sample with bytes"
    );
    assert_eq!(holey[3], starts[3]);
}

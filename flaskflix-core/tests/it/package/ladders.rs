//! Ladders of unlike renditions: other frame rates, other lengths, key frames that do not meet; and what sounds with them.

use flaskflix_core::{
    package::Warning,
    testing::mp4::{TestCodec, TestMovie, TestTrack},
};

use super::film::{Packaged, Urls, audio, packaged};

/// Pictures at `rate` per second without B-frames, with a key frame every two seconds.
fn pictures(rate: u32, seconds: u32) -> TestTrack {
    let samples = (0..rate * seconds).map(|n| (100 + rate, 1000, 0, n.is_multiple_of(2 * rate)));
    TestTrack::new(TestCodec::H264, 1000 * rate, samples.collect())
}

/// When the segments of a stream start and the last one ends, in microseconds.
fn times(packaged: &Packaged, id: &str) -> Vec<u64> {
    let durations = packaged.plan.stream(id).unwrap().durations();
    let ends = durations.scan(0, |at, micros| {
        *at += micros;
        Some(*at)
    });
    std::iter::once(0).chain(ends).collect()
}

#[test]
fn frame_rates_may_differ_when_key_frames_meet() {
    let film = [25, 50, 30, 24].map(|rate| TestMovie::new(vec![pictures(rate, 20)]));
    let packaged = packaged(&film);
    assert!(packaged.plan.warnings().is_empty());
    let want = [0, 2, 4, 8, 14, 20].map(|seconds| seconds * 1_000_000);
    for id in ["v1", "v2", "v3", "v4"] {
        assert_eq!(times(&packaged, id), want, "{id}");
    }
    let master = packaged.plan.multivariant_playlist(&Urls);
    for rate in ["24.000", "25.000", "30.000", "50.000"] {
        assert!(master.contains(&format!("FRAME-RATE={rate}")), "{master}");
    }
}

#[test]
fn a_rendition_that_ends_earlier_is_cut_where_the_others_are() {
    // After its end nobody meets it: the longer one goes on in one piece, as far as that is not too long.
    for (seconds, short, long) in [
        (19, [0, 2, 4, 8, 14, 19], [0, 2, 4, 8, 14, 20]),
        (13, [0, 2, 4, 8, 12, 13], [0, 2, 4, 8, 12, 20]),
    ] {
        let film =
            [(25, 20), (30, seconds)].map(|(rate, seconds)| TestMovie::new(vec![pictures(rate, seconds)]));
        let packaged = packaged(&film);
        assert!(packaged.plan.warnings().is_empty());
        let mut found = ["v1", "v2"].map(|id| times(&packaged, id));
        found.sort();
        assert_eq!(
            found,
            [short, long].map(|ends| ends.map(|seconds| seconds * 1_000_000).to_vec())
        );
    }
}

#[test]
fn a_rendition_that_does_not_meet_the_others_is_named_with_the_place() {
    // It meets them until the tenth second, and never again.
    let mut strays = pictures(25, 60);
    for (n, sample) in (0_u32..).zip(&mut strays.samples) {
        sample.3 = if n <= 250 { n % 50 == 0 } else { n % 50 == 13 };
    }
    let packaged = packaged(&[
        TestMovie::new(vec![pictures(25, 60)]),
        TestMovie::new(vec![pictures(50, 60)]),
        TestMovie::new(vec![strays]),
    ]);
    let [warning] = packaged.plan.warnings() else {
        panic!("{:?}", packaged.plan.warnings());
    };
    assert!(matches!(
        warning,
        Warning::KeyFramesDoNotMeet { asset, at_micros: 10_000_000, stretch_micros: 50_000_000 } if asset.as_str() == "c.mp4"
    ));
    assert_eq!(
        warning.to_string(),
        "c.mp4: left out of the ladder, no common key frame for 50.000 s from 10.000 s"
    );
    assert_eq!(packaged.plan.streams().len(), 2);
}

#[test]
fn the_sound_of_all_renditions_is_used_once_and_that_of_a_left_out_one_too() {
    let sound = || audio(938, b"eng");
    let packaged = packaged(&[
        TestMovie::new(vec![pictures(25, 20), sound()]),
        TestMovie::new(vec![pictures(50, 20), sound(), audio(938, b"fra")]),
    ]);
    let ids: Vec<&str> = packaged.plan.streams().iter().map(|stream| stream.id()).collect();
    assert_eq!(ids, ["v1", "v2", "a1", "a2"]);
    let master = packaged.plan.multivariant_playlist(&Urls);
    assert_eq!(master.matches("TYPE=AUDIO").count(), 2, "{master}");
    assert_eq!(master.matches("DEFAULT=YES").count(), 1, "{master}");
}

#[test]
fn the_variant_of_a_title_of_sound_repeats_its_default_rendition() {
    let packaged = packaged(&[TestMovie::new(vec![audio(938, b"eng"), audio(938, b"fra")])]);
    let master = packaged.plan.multivariant_playlist(&Urls);
    let variants: Vec<&str> = master.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(variants, ["a1/index.m3u8"]);
    assert!(
        master.contains("LANGUAGE=\"en\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"a1/index.m3u8\""),
        "{master}"
    );
    assert!(
        !master.contains("RESOLUTION") && !master.contains("I-FRAME"),
        "{master}"
    );
}

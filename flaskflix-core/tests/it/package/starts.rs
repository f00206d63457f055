//! How titles and their segments start: short first segments, the start point, and whether segments decode on their own.

use std::time::Duration;

use flaskflix_core::{
    package::{Material, PackageOptions, Presentation, SegmentStart, StartPoint},
    testing::mp4::{TestCodec, TestMovie, TestTrack},
};

use super::film::{Packaged, Urls, audio, packaged, plan, video};

const TAG: &str = "#EXT-X-INDEPENDENT-SEGMENTS\n";

fn seconds(packaged: &Packaged, id: &str) -> Vec<f64> {
    let stream = packaged.plan.stream(id).unwrap();
    stream
        .durations()
        .map(|micros| (micros as f64 / 1e5).round() / 10.0)
        .collect()
}

/// 30 s of pictures with a key frame every 50 (2 s), in which two pictures are presented before each key frame but the first though they
/// are decoded after it: I P B B P B B ... in open groups.
pub(super) fn open_groups() -> TestTrack {
    let samples = (0..750_u32).map(|n| {
        let sync = n.is_multiple_of(50);
        // In threes: the picture that others wait for, then the two that come before it.
        let offset = if n.is_multiple_of(50) && n > 0 || n % 3 == 0 {
            1024 + 512
        } else {
            512
        };
        (if sync { 4000 } else { 500 }, 512, offset, sync)
    });
    let samples = samples.enumerate().map(|(n, (size, duration, offset, sync))| {
        let leading = n >= 50 && matches!(n % 50, 1 | 2);
        (size, duration, if leading { 0 } else { offset }, sync)
    });
    TestTrack::new(TestCodec::Hevc, 12_800, samples.collect())
}

#[test]
fn first_segments_are_short_in_picture_and_sound() {
    let film = [TestMovie::new(vec![video(751, 50), audio(1408, b"eng")])];
    let quick = packaged(&film);
    assert_eq!(seconds(&quick, "v1"), [2.0, 2.0, 4.0, 6.0, 6.0, 6.0, 4.1]);
    assert_eq!(seconds(&quick, "v1").len(), seconds(&quick, "a1").len());
    let even = plan(&film, &PackageOptions::default().first_segments([])).unwrap();
    assert_eq!(seconds(&even, "v1"), [6.0, 6.0, 6.0, 6.0, 6.1]);
    assert_ne!(
        quick.plan.etag(),
        even.plan.etag(),
        "another setting is another version"
    );
}

#[test]
fn sound_alone_starts_quickly_too() {
    let packaged = packaged(&[TestMovie::new(vec![audio(1408, b"eng")])]);
    assert_eq!(seconds(&packaged, "a1"), [2.0, 2.0, 4.0, 6.0, 6.0, 6.0, 4.0]);
}

#[test]
fn closed_groups_of_pictures_decode_on_their_own() {
    let packaged = packaged(&[TestMovie::new(vec![video(751, 50), audio(1408, b"eng")])]);
    assert!(packaged.plan.multivariant_playlist(&Urls).contains(TAG));
    for stream in packaged.plan.streams() {
        assert_eq!(stream.segment_start(), SegmentStart::Closed, "{}", stream.id());
        assert!(packaged.plan.media_playlist(stream, &Urls).contains(TAG));
    }
}

#[test]
pub(super) fn open_groups_of_pictures_are_not_said_to_be_independent() {
    let packaged = packaged(&[TestMovie::new(vec![open_groups(), audio(1408, b"eng")])]);
    assert!(!packaged.plan.multivariant_playlist(&Urls).contains(TAG));
    let of = |id: &str| {
        let stream = packaged.plan.stream(id).unwrap();
        (
            stream.segment_start(),
            packaged.plan.media_playlist(stream, &Urls).contains(TAG),
        )
    };
    assert_eq!(of("v1"), (SegmentStart::Open, false));
    assert_eq!(of("a1"), (SegmentStart::Closed, true), "sound is");
}

#[test]
fn a_film_that_starts_without_a_key_frame_is_not_said_to_be_independent() {
    let mut late = video(751, 50);
    late.samples[0].3 = false;
    let packaged = packaged(&[TestMovie::new(vec![late])]);
    assert_eq!(
        packaged.plan.stream("v1").unwrap().segment_start(),
        SegmentStart::Unmarked
    );
    assert!(!packaged.plan.multivariant_playlist(&Urls).contains(TAG));
}

#[test]
fn the_start_point_stands_above_all_streams_when_it_lies_inside_the_title() {
    let film = [TestMovie::new(vec![video(751, 50), audio(1408, b"eng")])];
    let master = |start: StartPoint| {
        let options = PackageOptions::default().start(start);
        plan(&film, &options).unwrap().plan.multivariant_playlist(&Urls)
    };
    let start = StartPoint::at(Duration::from_micros(7_500_001));
    assert!(master(start).contains("\n#EXT-X-START:TIME-OFFSET=7.500001\n"));
    assert!(master(start.precise()).contains("\n#EXT-X-START:TIME-OFFSET=7.500001,PRECISE=YES\n"));
    // "The absolute value of TIME-OFFSET SHOULD NOT be larger than the Playlist duration."
    assert!(!master(StartPoint::at(Duration::from_secs(31))).contains("EXT-X-START"));
    assert!(
        !packaged(&film)
            .plan
            .multivariant_playlist(&Urls)
            .contains("EXT-X-START")
    );
}

#[test]
fn a_name_changes_the_multivariant_playlist_and_nothing_else() {
    let inputs = packaged(&[TestMovie::new(vec![video(751, 50)])])
        .plan
        .inputs()
        .to_vec();
    let named = |name: &str| {
        let material = Material::new(inputs.clone()).name(name);
        Presentation::plan(material, &PackageOptions::default()).unwrap()
    };
    let (plain, film) = (named(" "), named("Der \"Film\"\n#EXT-X-ENDLIST"));
    let (before, after) = (
        plain.multivariant_playlist(&Urls),
        film.multivariant_playlist(&Urls),
    );
    assert!(!before.contains("SESSION-DATA"));
    let line = "\n#EXT-X-SESSION-DATA:DATA-ID=\"com.apple.hls.title\",VALUE=\"Der 'Film' #EXT-X-ENDLIST\"\n";
    assert!(after.contains(line), "{after}");
    assert_eq!(plain.etag(), film.etag());
    let tag = |plan: &Presentation| {
        plan.segment(plan.stream("v1").unwrap(), 1)
            .unwrap()
            .info()
            .etag
            .clone()
    };
    assert_eq!(tag(&plain), tag(&film));
}

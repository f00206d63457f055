//! What is planned: ladders, cuts, limits, names of versions.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use flaskflix_core::{
    id::AssetKey,
    mp4::{Indexer, Limits, Step},
    object::Piece,
    package::{Input, PackageError, PackageOptions, Presentation, Warning},
    source::ObjectInfo,
    testing::mp4::{TestCodec, TestMovie, TestTrack},
    validator::EntityTag,
};

use super::film::{audio, packaged, plan, video};

fn durations(packaged: &super::film::Packaged, id: &str) -> Vec<u64> {
    packaged.plan.stream(id).unwrap().durations().collect()
}

#[test]
fn sound_is_cut_where_the_picture_is() {
    let packaged = packaged(&[TestMovie::new(vec![video(751, 50), audio(1408, b"eng")])]);
    let (picture, sound) = (durations(&packaged, "v1"), durations(&packaged, "a1"));
    assert_eq!(picture.len(), sound.len());
    let (mut at_picture, mut at_sound) = (0_i64, 0_i64);
    for (picture, sound) in picture.iter().zip(&sound).take(picture.len() - 1) {
        at_picture += *picture as i64;
        at_sound += *sound as i64;
        // At or after the picture's cut, by less than one frame of sound.
        assert!(
            (0..21_334).contains(&(at_sound - at_picture)),
            "{at_picture} {at_sound}"
        );
    }
    // The first cut is at 2 s of picture; the title starts with 1024 samples of priming, 273 ticks.
    assert_eq!(picture[..2], [2_021_328, 2_000_000]);
}

#[test]
fn a_ladder_is_cut_at_common_times_and_named_by_falling_rate() {
    let small = TestTrack {
        samples: video(751, 50)
            .samples
            .iter()
            .map(|s| (s.0 / 4, s.1, s.2, s.3))
            .collect(),
        ..video(1, 1)
    };
    let packaged = packaged(&[
        TestMovie::new(vec![small, audio(1408, b"eng")]),
        TestMovie::new(vec![video(751, 50), audio(1408, b"eng")]),
    ]);
    let ids: Vec<&str> = packaged.plan.streams().iter().map(|stream| stream.id()).collect();
    assert_eq!(
        ids,
        ["v1", "v2", "a1"],
        "the sound that both files have is used once"
    );
    assert_eq!(durations(&packaged, "v1"), durations(&packaged, "v2"));
    let (v1, v2) = (
        packaged.plan.stream("v1").unwrap(),
        packaged.plan.stream("v2").unwrap(),
    );
    assert!(v1.average_bandwidth() > v2.average_bandwidth());
    assert_eq!(packaged.plan.progressive().unwrap().asset.as_str(), "b.mp4");
}

#[test]
fn a_rendition_whose_key_frames_do_not_meet_is_left_out_by_name() {
    let packaged = packaged(&[
        TestMovie::new(vec![video(750, 50)]),
        TestMovie::new(vec![video(750, 50)]),
        TestMovie::new(vec![video(750, 47)]),
    ]);
    assert_eq!(packaged.plan.streams().len(), 2);
    assert!(matches!(
        packaged.plan.warnings(),
        [Warning::KeyFramesDoNotMeet { asset, .. }] if asset.as_str() == "c.mp4"
    ));
}

#[test]
fn sound_that_outlasts_the_picture_gets_segments_of_its_own() {
    let packaged = packaged(&[TestMovie::new(vec![video(250, 50), audio(20 * 47, b"eng")])]);
    assert_eq!(durations(&packaged, "v1").len(), 4);
    assert_eq!(durations(&packaged, "a1").len(), 6);
    let total: u64 = durations(&packaged, "a1").iter().sum();
    assert_eq!(total, 940 * 1024 * 1_000_000 / 48_000, "to the microsecond");
}

#[test]
fn sound_alone_is_a_title() {
    let packaged = packaged(&[TestMovie::new(vec![audio(1000, b"eng"), audio(1000, b"fra")])]);
    let ids: Vec<&str> = packaged.plan.streams().iter().map(|stream| stream.id()).collect();
    assert_eq!(ids, ["a1", "a2"]);
    assert_eq!(durations(&packaged, "a1").len(), 5);
}

#[test]
fn the_limits_are_named_when_they_are_hit() {
    let film = || [TestMovie::new(vec![video(751, 50), audio(1408, b"eng")])];
    let mut options = PackageOptions::default();
    options.max_streams = 1;
    assert!(matches!(
        plan(&film(), &options).err(),
        Some(PackageError::TooManyStreams { streams: 2, limit: 1 })
    ));
    let mut options = PackageOptions::default();
    options.max_segments = 2;
    let error = plan(&film(), &options).err().unwrap();
    assert_eq!(
        error.to_string(),
        "a.mp4 needs more than 2 segments (max_segments)"
    );
    let mut options = PackageOptions::default();
    options.max_segment_samples = 100;
    let error = plan(&film(), &options).err().unwrap();
    assert_eq!(
        error.to_string(),
        "a segment of a.mp4 has 150 samples, the limit max_segment_samples is 100"
    );
}

#[test]
fn a_track_of_absurd_length_is_refused_quickly() {
    let samples = vec![(10, 1_000_000, 0, true); 200];
    let film = TestMovie::new(vec![TestTrack::new(TestCodec::Aac, 1, samples)]);
    let mut options = PackageOptions::default();
    options.max_segments = 100;
    assert!(matches!(
        plan(&[film], &options).err(),
        Some(PackageError::TooManySegments { .. })
    ));
}

#[test]
fn every_object_of_a_title_has_a_tag_of_its_own() {
    let packaged = packaged(&[TestMovie::new(vec![video(751, 50), audio(1408, b"eng")])]);
    let mut tags = BTreeSet::new();
    let mut count = 0;
    for stream in packaged.plan.streams() {
        let objects = (1..=stream.segment_count()).filter_map(|number| packaged.plan.segment(stream, number));
        for object in objects.chain([packaged.plan.init_segment(stream)]) {
            tags.insert(object.info().etag.to_string());
            assert_eq!(object.info().last_modified, packaged.plan.last_modified());
            count += 1;
        }
        assert!(packaged.plan.segment(stream, 0).is_none());
        assert!(
            packaged
                .plan
                .segment(stream, stream.segment_count() + 1)
                .is_none()
        );
    }
    assert_eq!(tags.len(), count);
}

#[test]
fn another_setting_or_source_is_another_version() {
    let film = || [TestMovie::new(vec![video(751, 50)])];
    let longer = PackageOptions::default().target_duration(Duration::from_secs(10));
    let tag = |options: &PackageOptions| plan(&film(), options).unwrap().plan.etag().clone();
    assert_eq!(tag(&PackageOptions::default()), tag(&PackageOptions::default()));
    assert_ne!(tag(&PackageOptions::default()), tag(&longer));
}

/// The header bytes of the first segment of a film whose media is not there, and the length of the whole segment.
pub(super) fn header_of_first_segment(head: &[u8], len: u64) -> (Vec<u8>, u64) {
    let mut indexer = Indexer::new(len, Limits::default());
    let index = loop {
        match indexer.step().unwrap() {
            Step::Read(range) => {
                let mut bytes = vec![0; range.len() as usize];
                let known = head.get(range.start() as usize..).unwrap_or_default();
                let known = &known[..known.len().min(bytes.len())];
                bytes[..known.len()].copy_from_slice(known);
                indexer.supply(bytes.into());
            }
            Step::Done(index) => break index,
        }
    };
    let input = Input {
        asset: AssetKey::parse("wide.mp4").unwrap(),
        info: ObjectInfo {
            len,
            etag: EntityTag::strong("wide").unwrap(),
            last_modified: None,
        },
        index: Arc::new(index),
    };
    let plan = Presentation::plan(vec![input], &PackageOptions::default()).unwrap();
    let segment = plan.segment(plan.stream("v1").unwrap(), 1).unwrap();
    match segment.pieces() {
        [Piece::Bytes(header), Piece::Source(media)] => {
            assert_eq!(media.len() + header.len() as u64, segment.info().len);
            (header.to_vec(), segment.info().len)
        }
        other => panic!("a header and one joined range, not {} pieces", other.len()),
    }
}

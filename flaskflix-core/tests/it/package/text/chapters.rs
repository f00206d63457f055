//! Chapters of tracks and of lists.

use bytes::Bytes;
use flaskflix_core::{
    package::{PackageOptions, StreamKind},
    testing::mp4::{TestMovie, TestTrack},
};

use super::{
    super::film::{Urls, packaged, plan_files, video},
    stage::{boxed, sound, tx3g, with_user_data},
};

/// A film of 30 s with chapters in its track 3.
fn chaptered() -> TestMovie {
    let (first, second) = (tx3g("The sea"), tx3g("L’île <2>"));
    let track = TestTrack {
        language: *b"fra",
        ..TestTrack::text(*b"text", &[0; 43], &[(10_000, &first), (30_000, &second)])
    };
    let video = TestTrack {
        chapters: Some(3),
        ..video(751, 50)
    };
    TestMovie::new(vec![video, sound(1408), track])
}

fn list(chapters: &[(u64, &str)]) -> Vec<u8> {
    let mut payload = b"\x01\0\0\0\0\0\0\0".to_vec();
    payload.push(u8::try_from(chapters.len()).unwrap());
    for (millis, title) in chapters {
        payload.extend_from_slice(&(millis * 10_000).to_be_bytes());
        payload.push(u8::try_from(title.len()).unwrap());
        payload.extend_from_slice(title.as_bytes());
    }
    boxed(b"chpl", &payload)
}

fn listed(boxes: &[u8]) -> Bytes {
    let film = TestMovie {
        moov_first: false,
        ..TestMovie::new(vec![video(751, 50), sound(1408)])
    };
    with_user_data(&film.build(), boxes)
}

fn of_file(file: Bytes) -> super::super::film::Packaged {
    plan_files(vec![file], &PackageOptions::default()).unwrap()
}

#[test]
fn a_track_of_chapters_is_chapters_and_no_subtitles() {
    let title = packaged(&[chaptered()]);
    assert!(title.plan.streams().iter().all(|s| s.kind() != StreamKind::Text));
    assert!(title.plan.warnings().is_empty(), "{:?}", title.plan.warnings());
    let end = title.plan.duration().as_millis();
    assert_eq!(
        title.chapters(),
        [
            (0, 10_000, "The sea".to_owned(), "fr".to_owned()),
            (10_000, end, "L’île <2>".to_owned(), "fr".to_owned()),
        ]
    );
    let master = title.plan.multivariant_playlist(&Urls);
    let line = "#EXT-X-SESSION-DATA:DATA-ID=\"com.apple.hls.chapters\",URI=\"chapters.json\"\n";
    assert!(master.contains(line), "{master}");
}

#[test]
fn without_the_reference_the_same_track_is_subtitles() {
    let mut film = chaptered();
    film.tracks[0].chapters = None;
    let title = packaged(&[film]);
    assert!(!title.plan.has_chapters());
    assert!(title.plan.chapters().is_none());
    assert!(!title.plan.multivariant_playlist(&Urls).contains("SESSION-DATA"));
    assert_eq!(title.plan.subtitles().len(), 1);
}

#[test]
fn a_list_of_chapters_is_put_in_order_and_ends_with_the_film() {
    let title = of_file(listed(&list(&[
        (20_000, "c"),
        (0, "a"),
        (12_500, "b"),
        (99_000, "after"),
    ])));
    let end = title.plan.duration().as_millis();
    let und = || "und".to_owned();
    assert_eq!(
        title.chapters(),
        [
            (0, 12_500, "a".to_owned(), und()),
            (12_500, 20_000, "b".to_owned(), und()),
            (20_000, end, "c".to_owned(), und()),
        ]
    );
}

#[test]
fn a_broken_list_gives_what_it_has() {
    let whole = list(&[(0, "a"), (10_000, "b")]);
    for cut in 0..whole.len() - 8 {
        let title = of_file(listed(&boxed(b"chpl", &whole[8..8 + cut])));
        let found = if title.plan.has_chapters() {
            title.chapters().len()
        } else {
            0
        };
        assert!(found <= 2, "{cut}");
        assert_eq!(found == 2, cut == whole.len() - 8, "{cut}");
    }
    assert!(!of_file(listed(&boxed(b"chpl", b""))).plan.has_chapters());
}

//! Codecs that are not packaged: left out with a warning, or the reason why a title is refused.

use flaskflix_core::{
    mp4::{FourCc, Limits, Unsupported, index_bytes},
    package::{PackageError, PackageOptions, Warning},
    testing::mp4::{TestMovie, TestTrack, picture_entry, sound_entry},
};

use super::{
    super::film::{Urls, audio, packaged, plan, video},
    entries::track,
};

fn pcm(name: [u8; 4]) -> TestTrack {
    track(sound_entry(name, 48_000, &[]), false)
}

fn picture(name: [u8; 4]) -> TestTrack {
    track(picture_entry(name, &[]), true)
}

#[test]
fn sound_that_is_not_packaged_is_left_out_with_a_warning() {
    for name in [*b"sowt", *b"twos", *b"ipcm", *b"fpcm", *b"ac-4", *b"dtsc"] {
        let packaged = packaged(&[TestMovie::new(vec![video(50, 25), pcm(name), audio(94, b"eng")])]);
        let ids: Vec<_> = packaged.plan.streams().iter().map(|stream| stream.id()).collect();
        assert_eq!(ids, ["v1", "a1"]);
        let [Warning::Unsupported { track: 2, reason, .. }] = packaged.plan.warnings() else {
            panic!("{:?}", packaged.plan.warnings())
        };
        assert_eq!(*reason, Unsupported::Codec(FourCc(name)));
    }
}

#[test]
fn a_picture_that_is_not_packaged_leaves_the_sound() {
    let packaged = packaged(&[TestMovie::new(vec![picture(*b"mp4v"), audio(94, b"eng")])]);
    let text = packaged.plan.multivariant_playlist(&Urls);
    assert!(text.contains("CODECS=\"mp4a.40.2\""), "{text}");
    assert_eq!(
        packaged.plan.warnings()[0].to_string(),
        "a.mp4: track 1: codec mp4v (MPEG-4 part 2) is not supported"
    );
}

#[test]
fn sound_of_another_standard_in_an_mp4a_entry_is_refused_by_name() {
    for (indication, text) in [
        (0xa9, "sound of object type 0xa9 (DTS) is not supported"),
        (0xdd, "sound of object type 0xdd (Vorbis) is not supported"),
        (0x01, "sound of object type 0x01 is not supported"),
    ] {
        assert_eq!(Unsupported::ObjectType { indication }.to_string(), text);
    }
}

#[test]
fn a_sample_entry_that_is_repeated_counts_once() {
    let entry = picture_entry(*b"av01", &[(*b"av1C", b"\x81\x04\x0c\0")]);
    let other = picture_entry(*b"av01", &[(*b"av1C", b"\x81\x05\x0c\0")]);
    let codec = |entries: &[&[u8]]| {
        let track = TestTrack {
            sample_entry: Some(entries.concat().into()),
            ..video(50, 25)
        };
        let mut film = TestMovie::new(vec![track]).build().to_vec();
        let count = film.windows(4).position(|four| four == b"stsd").unwrap() + 11;
        film[count] = u8::try_from(entries.len()).unwrap();
        let index = index_bytes(&film, &Limits::default()).unwrap();
        (
            index.tracks()[0].codec.clone(),
            index.tracks()[0].sample_entries.len(),
        )
    };
    let (known, len) = codec(&[&entry, &entry, &entry]);
    assert_eq!(
        (known.rfc6381.as_deref(), len),
        (Some("av01.0.04M.08"), entry.len())
    );
    let (refused, _) = codec(&[&entry, &entry, &other]);
    assert_eq!(
        refused.unsupported,
        Some(Unsupported::SeveralSampleEntries { entries: 2 })
    );
}

#[test]
fn a_title_with_nothing_else_is_refused_by_name() {
    let film = TestMovie::new(vec![picture(*b"vvc1"), pcm(*b"sowt"), pcm(*b"xyz9")]);
    let Err(error) = plan(&[film], &PackageOptions::default()) else {
        panic!("nothing of it can be played")
    };
    assert!(matches!(&error, PackageError::NothingPlayable { left_out } if left_out.len() == 3));
    assert_eq!(
        error.to_string(),
        "nothing in the title can be played; \
         a.mp4: track 1: codec vvc1 (H.266, VVC) is not supported; \
         a.mp4: track 2: codec sowt (PCM) is not supported; \
         a.mp4: track 3: codec xyz9 is not supported"
    );
}

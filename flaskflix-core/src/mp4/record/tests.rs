use proptest::prelude::*;

use super::*;
use crate::{
    mp4::{BoxWriter, index_bytes},
    testing::mp4::{TestCodec, TestMovie, TestTrack},
    validator::EntityTag,
};

fn film() -> Bytes {
    let picture = vec![(100, 512, 0, true), (50, 512, 1024, false), (60, 512, 512, false)];
    TestMovie::new(vec![
        TestTrack::new(TestCodec::H264, 12_800, picture),
        TestTrack::new(TestCodec::Aac, 48_000, vec![(10, 1024, 0, true); 7]),
    ])
    .build()
}

fn info(film: &[u8]) -> ObjectInfo {
    ObjectInfo {
        len: film.len() as u64,
        etag: EntityTag::of_bytes(film),
        last_modified: None,
    }
}

fn record(film: &[u8]) -> Bytes {
    index_bytes(film, &Limits::default())
        .unwrap()
        .to_record(&info(film))
}

fn restore(record: impl Into<Bytes>, film: &[u8]) -> Result<Index, RecordError> {
    Index::from_record(record.into(), &info(film), &Limits::default())
}

/// A record with this content behind a checksum that is right.
fn sealed(content: &[u8]) -> Vec<u8> {
    [
        &MAGIC[..],
        &VERSION.to_be_bytes(),
        &Sha256::digest(content),
        content,
    ]
    .concat()
}

/// The content of a record of `film` with this payload of `moov`.
fn content(film: &[u8], moov: &[u8]) -> Vec<u8> {
    let info = info(film);
    [
        &RecordKey::of(&info).as_bytes()[..],
        &info.len.to_be_bytes(),
        &[0, 0],
        &(moov.len() as u64).to_be_bytes(),
        moov,
    ]
    .concat()
}

#[test]
fn other_version_is_named_whatever_follows() {
    let film = film();
    let mut record = record(&film).to_vec();
    record[11] = 9;
    assert_eq!(
        restore(record, &film).unwrap_err(),
        RecordError::OtherVersion {
            found: 9,
            known: VERSION
        }
    );
}

#[test]
fn bytes_without_the_magic_are_foreign() {
    let film = film();
    for bytes in [&b""[..], b"{}", &film, &record(&film)[1..]] {
        assert_eq!(restore(bytes.to_vec(), &film).unwrap_err(), RecordError::Foreign);
    }
}

#[test]
fn record_of_another_version_or_length_is_refused() {
    let film = film();
    let record = record(&film);
    for other in [
        ObjectInfo {
            etag: EntityTag::of_bytes(b"other"),
            ..info(&film)
        },
        ObjectInfo {
            len: film.len() as u64 + 1,
            ..info(&film)
        },
    ] {
        assert_eq!(
            Index::from_record(record.clone(), &other, &Limits::default()).unwrap_err(),
            RecordError::OtherObject
        );
    }
}

#[test]
fn restored_index_is_bound_by_the_limits_of_now() {
    let film = film();
    let limits = Limits {
        max_moov_bytes: 100,
        ..Limits::default()
    };
    let error = Index::from_record(record(&film), &info(&film), &limits).unwrap_err();
    assert!(
        matches!(
            &error,
            RecordError::Film(Mp4Error::Box {
                fault: BoxFault::OverLimit { limit: 100, .. },
                ..
            })
        ),
        "{error:?}"
    );
    let limits = Limits {
        max_samples: 2,
        ..Limits::default()
    };
    let error = Index::from_record(record(&film), &info(&film), &limits).unwrap_err();
    assert!(matches!(error, RecordError::Film(_)), "{error:?}");
}

#[test]
fn content_with_a_right_checksum_and_wrong_counts_is_damaged() {
    let film = film();
    let good = content(&film, b"moov");
    let mut too_many_brands = good.clone();
    too_many_brands[24] = 0xff;
    let mut too_long = good.clone();
    too_long[33] += 1;
    for (name, content) in [
        ("nothing", &b""[..]),
        ("brands", &too_many_brands),
        ("payload", &too_long),
        ("cut off", &good[..good.len() - 1]),
    ] {
        assert_eq!(
            restore(sealed(content), &film).unwrap_err(),
            RecordError::Damaged,
            "{name}"
        );
    }
}

#[test]
fn boxes_that_nobody_reads_are_left_out_and_nothing_else_changes() {
    let film = film();
    let plain = record(&film);
    // A cover of 1 KiB in udta/meta, free space in the track, an unknown box that stays.
    let moov_at = film.windows(4).position(|four| four == b"moov").unwrap() + 4;
    let moov_len = u32::from_be_bytes(film[moov_at - 8..moov_at - 4].try_into().unwrap()) as usize;
    let moov = &film[moov_at..moov_at - 8 + moov_len];
    let mut writer = BoxWriter::new();
    writer.bytes(moov);
    writer.start(FourCc(*b"udta"));
    writer.start(FourCc(*b"meta"));
    writer.zeros(1024);
    writer.end();
    writer.start(FourCc(*b"name"));
    writer.bytes(b"kept");
    writer.end();
    writer.end();
    writer.start(FourCc(*b"free"));
    writer.zeros(512);
    writer.end();
    let without = unread::without_unread(&writer.finish());
    assert_eq!(&without[..moov.len()], moov);
    assert_eq!(&without[moov.len()..], b"\0\0\0\x14udta\0\0\0\x0cnamekept");
    assert!(
        plain.ends_with(moov),
        "a film without such boxes is kept as it is"
    );
}

#[test]
fn payload_that_cannot_be_walked_is_kept_whole() {
    let broken = Bytes::from_static(b"\0\0\0\x08free\xff\xff\xff\xffudta1234");
    assert_eq!(unread::without_unread(&broken), broken);
}

proptest! {
    #[test]
    fn one_changed_byte_never_restores(at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let film = film();
        let mut record = record(&film).to_vec();
        let at = at.index(record.len());
        record[at] ^= flip;
        let error = restore(record, &film).unwrap_err();
        match at {
            0..8 => prop_assert_eq!(error, RecordError::Foreign),
            8..12 => prop_assert!(matches!(error, RecordError::OtherVersion { .. }), "{:?}", error),
            _ => prop_assert_eq!(error, RecordError::Damaged),
        }
    }

    #[test]
    fn cut_off_record_never_restores(keep in any::<prop::sample::Index>()) {
        let film = film();
        let record = record(&film);
        let keep = keep.index(record.len());
        prop_assert!(restore(record.slice(..keep), &film).is_err());
    }

    #[test]
    fn record_with_a_tail_never_restores(tail in prop::collection::vec(any::<u8>(), 1..40)) {
        let film = film();
        let record = [&record(&film)[..], &tail].concat();
        prop_assert_eq!(restore(record, &film).unwrap_err(), RecordError::Damaged);
    }

    #[test]
    fn any_payload_behind_a_right_checksum_is_an_error_or_an_index_inside_the_object(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let film = film();
        let good = record(&film);
        let moov_at = good.windows(4).position(|four| four == b"mvhd").unwrap() - 4;
        let mut moov = good[moov_at..].to_vec();
        for (at, value) in changes {
            let at = at.index(moov.len());
            moov[at] = value;
        }
        match restore(sealed(&content(&film, &moov)), &film) {
            Err(error) => prop_assert!(matches!(error, RecordError::Film(_)), "{:?}", error),
            Ok(index) => {
                for track in index.tracks() {
                    for sample in track.samples.samples(0..track.samples.len().min(1000)) {
                        prop_assert!(sample.offset + u64::from(sample.size) <= film.len() as u64);
                    }
                }
            }
        }
    }
}

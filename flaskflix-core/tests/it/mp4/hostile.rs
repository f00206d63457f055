//! Hostile films: an error or an index, soon, and never a panic.

use std::{
    fs,
    sync::LazyLock,
    time::{Duration, Instant},
};

use flaskflix_core::{
    mp4::{BoxFault, FourCc, Index, Limits, Mp4Error, index_bytes},
    testing::mp4::{TestCodec, TestMovie, TestTrack},
};
use proptest::prelude::*;

/// No film of this size may take longer.
const PATIENCE: Duration = Duration::from_millis(100);

/// Indexes a film within [`PATIENCE`], and holds the index to its promises.
///
/// A machine that does other things may make any one try slow, not all of them.
fn index(film: &[u8]) -> Result<Index, Mp4Error> {
    let mut tries = (0..5).map(|_| {
        let start = working_time();
        let result = index_bytes(film, &Limits::default());
        if let Ok(index) = &result {
            hold_to_promises(index, film.len() as u64);
        }
        (working_time().saturating_sub(start), result)
    });
    let (_, result) = tries
        .find(|(taken, _)| *taken < PATIENCE)
        .expect("every try took longer than 100 ms");
    result
}

/// Time this thread has worked, where the system tells it (Linux); elsewhere the time of the day.
fn working_time() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse().ok())
        .filter(|nanos| *nanos > 0)
        .map_or_else(|| START.elapsed(), Duration::from_nanos)
}

fn hold_to_promises(index: &Index, film_len: u64) {
    for table in index.tracks().iter().map(|track| &track.samples) {
        // A table without sizes of its own may be long: its ends tell enough.
        let len = table.len();
        let (head, tail) = (
            table.samples(0..len.min(1000)),
            table.samples(len.saturating_sub(1000)..len),
        );
        for sample in head.chain(tail) {
            assert!(sample.offset + u64::from(sample.size) <= film_len);
            assert!(sample.decode_time <= table.duration());
        }
        assert!(table.sync_samples().take(1000).all(|sample| sample < len));
        let _ = table.sample_at(u64::MAX);
    }
}

/// A picture track with every kind of table and a sound track.
fn film() -> Vec<u8> {
    let picture = (0..30)
        .map(|n| (40 + n % 7, 512, [1024, 2048, 0][n as usize % 3], n % 10 == 0))
        .collect();
    let sound = vec![(23, 1024, 0, true); 50];
    let mut movie = TestMovie::new(vec![
        TestTrack {
            edit: Some((1024, 0)),
            name: "name".to_owned(),
            ..TestTrack::new(TestCodec::H264, 12_800, picture)
        },
        TestTrack::new(TestCodec::Aac, 48_000, sound),
    ]);
    movie.moov_first = false;
    movie.build().to_vec()
}

/// The film with these bytes written so far behind the first place where `fourcc` stands.
fn with(fourcc: &[u8; 4], behind: usize, bytes: &[u8]) -> Vec<u8> {
    let mut film = film();
    let at = film.windows(4).position(|four| four == fourcc).unwrap() + 4 + behind;
    film[at..at + bytes.len()].copy_from_slice(bytes);
    film
}

fn error_of(film: &[u8]) -> (Option<u32>, [u8; 4], BoxFault) {
    match index(film).unwrap_err() {
        Mp4Error::Box { track, fourcc, fault } => (track, fourcc.0, fault),
        error => panic!("{error}"),
    }
}

#[test]
fn tables_that_claim_too_much_are_refused() {
    for table in [b"stts", b"ctts", b"stss", b"stsc", b"stco"] {
        let (track, fourcc, fault) = error_of(&with(table, 4, &[0xff; 4]));
        assert_eq!((track, &fourcc), (Some(1), table));
        assert!(
            matches!(
                fault,
                BoxFault::TableOverrun {
                    claimed: 0xffff_ffff,
                    ..
                }
            ),
            "{fault}"
        );
    }
    let (_, fourcc, fault) = error_of(&with(b"elst", 4, &[0xff; 4]));
    assert!(matches!(
        (&fourcc, fault),
        (b"elst", BoxFault::TableOverrun { .. })
    ));
}

#[test]
fn a_huge_count_of_samples_of_one_size_is_over_the_limit() {
    // Size 1, 2^32 - 1 times.
    let (_, fourcc, fault) = error_of(&with(b"stsz", 4, b"\0\0\0\x01\xff\xff\xff\xff"));
    assert_eq!(&fourcc, b"stsz");
    let limit = u64::from(Limits::default().max_samples);
    assert_eq!(
        fault,
        BoxFault::OverLimit {
            limit_name: "max_samples",
            limit,
            found: 0xffff_ffff
        }
    );
    // Within the limit, the samples must still lie in the file and be described by the other tables.
    let (_, _, fault) = error_of(&with(b"stsz", 4, b"\0\0\0\x01\0\xff\xff\xff"));
    assert!(
        matches!(
            fault,
            BoxFault::CountMismatch { .. } | BoxFault::OutsideFile { .. }
        ),
        "{fault}"
    );
}

#[test]
fn sample_entries_that_are_not_there_are_refused() {
    // Two entries, one is there.
    let (_, fourcc, fault) = error_of(&with(b"stsd", 4, b"\0\0\0\x02"));
    assert_eq!(
        (&fourcc, fault),
        (b"stsd", BoxFault::TableOverrun { claimed: 2, room: 1 })
    );
    // An entry that reaches to the end of the file.
    let (_, fourcc, fault) = error_of(&with(b"stsd", 8, &[0; 4]));
    let field = "size of an entry";
    assert_eq!(
        (&fourcc, fault),
        (b"stsd", BoxFault::BadField { field, value: 0 })
    );
}

#[test]
fn a_track_without_a_byte_is_refused() {
    let mut film = film();
    let at = film.windows(4).position(|four| four == b"stsz").unwrap() + 4 + 12;
    film[at..at + 4 * 30].fill(0);
    let (_, fourcc, fault) = error_of(&film);
    let field = "size of all samples";
    assert_eq!(
        (&fourcc, fault),
        (b"stsz", BoxFault::BadField { field, value: 0 })
    );
}

#[test]
fn disagreeing_tables_are_refused() {
    // Counts of the first run: 30 samples are there.
    #[rustfmt::skip]
    let table: [(&[u8; 4], usize, &[u8]); 3] = [
        (b"stts", 8,  b"\0\0\0\x05"),
        (b"ctts", 4,  b"\0\0\0\x09"),
        (b"stsc", 12, b"\0\0\0\x02"),
    ];
    for (name, behind, bytes) in table {
        let (track, fourcc, fault) = error_of(&with(name, behind, bytes));
        assert_eq!((track, &fourcc), (Some(1), name));
        assert!(
            matches!(fault, BoxFault::CountMismatch { samples: 30, .. }),
            "{fault}"
        );
    }
}

#[test]
fn time_tables_may_be_one_sample_off() {
    for count in [29, 31] {
        let index = index(&with(b"stts", 8, &[0, 0, 0, count])).unwrap();
        let samples = &index.tracks()[0].samples;
        assert_eq!((samples.len(), samples.duration()), (30, 30 * 512));
        assert_eq!(
            samples.sample(29).map(|sample| sample.decode_time),
            Some(29 * 512)
        );
        assert_eq!(
            (samples.sample_at(29 * 512), samples.sample_at(u64::MAX)),
            (29, 29)
        );
    }
}

#[test]
fn samples_outside_the_file_are_refused() {
    let (track, fourcc, fault) = error_of(&with(b"stco", 8, &[0xff; 4]));
    assert_eq!((track, &fourcc), (Some(1), b"stco"));
    assert!(
        matches!(
            fault,
            BoxFault::OutsideFile {
                chunk: 1,
                offset: 0xffff_ffff,
                ..
            }
        ),
        "{fault}"
    );
}

#[test]
fn a_film_that_lost_its_last_byte_is_refused() {
    // The moov box is in front and whole: only the last chunk tells.
    let track = TestTrack::new(TestCodec::Aac, 48_000, vec![(23, 1024, 0, true); 50]);
    let film = TestMovie::new(vec![track]).build();
    assert!(index(&film).is_ok());
    let (_, fourcc, fault) = error_of(&film[..film.len() - 1]);
    assert_eq!(&fourcc, b"stco");
    assert!(
        matches!(
            fault,
            BoxFault::OutsideFile {
                chunk: 10,
                bytes: 115,
                ..
            }
        ),
        "{fault}"
    );
}

#[test]
fn sync_samples_must_increase_and_exist() {
    let (_, _, fault) = error_of(&with(b"stss", 8, b"\0\0\0\x02\0\0\0\x02"));
    assert_eq!(fault, BoxFault::BadEntry { entry: 1, value: 2 });
    let (_, _, fault) = error_of(&with(b"stss", 16, b"\0\0\0\x1f"));
    assert_eq!(fault, BoxFault::BadEntry { entry: 2, value: 31 });
}

#[test]
fn zero_timescales_are_refused() {
    for name in [b"mvhd", b"mdhd"] {
        let (_, fourcc, fault) = error_of(&with(name, 12, &[0; 4]));
        assert_eq!(&fourcc, name);
        assert_eq!(
            fault,
            BoxFault::BadField {
                field: "timescale",
                value: 0
            }
        );
    }
}

#[test]
fn a_film_that_takes_no_time_is_refused() {
    let (_, fourcc, _) = error_of(&with(b"stts", 12, &[0; 4]));
    assert_eq!(&fourcc, b"stts");
    let (_, _, fault) = error_of(&with(b"stts", 12, &[0xff; 4]));
    assert_eq!(
        fault,
        BoxFault::BadEntry {
            entry: 0,
            value: 0xffff_ffff
        }
    );
}

#[test]
fn box_sizes_must_make_sense() {
    let film = film();
    let moov = film.windows(4).position(|four| four == b"moov").unwrap() - 4;
    for (size, undersized) in [(7, true), (4, true), (0x7fff_ffff, false)] {
        let mut film = film.clone();
        film[moov..moov + 4].copy_from_slice(&u32::to_be_bytes(size));
        let (_, fourcc, fault) = error_of(&film);
        assert_eq!(&fourcc, b"moov");
        assert_eq!(
            matches!(fault, BoxFault::Undersized { .. }),
            undersized,
            "{fault}"
        );
        assert_eq!(matches!(fault, BoxFault::Overrun { .. }), !undersized, "{fault}");
    }
    // A box that ends with the file.
    let mut film = film;
    film[moov..moov + 4].fill(0);
    assert_eq!(index(&film).unwrap().tracks().len(), 2);
}

#[test]
fn a_moov_over_the_limit_is_not_asked_for() {
    let film = film();
    let limits = Limits {
        max_moov_bytes: 100,
        ..Limits::default()
    };
    let error = index_bytes(&film, &limits).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("moov: max_moov_bytes is 100, found "),
        "{error}"
    );
}

#[test]
fn deep_nesting_and_many_boxes_end() {
    // A thousand moov boxes, each inside the one before.
    let nested: Vec<u8> = (1..=1000_u32)
        .rev()
        .flat_map(|depth| [(depth * 8).to_be_bytes(), *b"moov"].concat())
        .collect();
    assert!(matches!(
        index(&nested).unwrap_err(),
        Mp4Error::Box {
            fourcc: FourCc([b'm', b'v', b'h', b'd']),
            ..
        }
    ));
    // A million boxes without anything in them, before and inside the moov.
    let many = b"\0\0\0\x08free".repeat(1_000_000);
    let (_, _, fault) = error_of(&many);
    assert!(
        matches!(
            fault,
            BoxFault::OverLimit {
                limit_name: "max_boxes",
                ..
            }
        ),
        "{fault}"
    );
    let inside = [&8_000_008_u32.to_be_bytes(), &b"moov"[..], &many].concat();
    let (_, _, fault) = error_of(&inside);
    assert!(
        matches!(
            fault,
            BoxFault::OverLimit {
                limit_name: "max_boxes",
                ..
            }
        ),
        "{fault}"
    );
}

#[test]
fn the_depth_limit_holds() {
    let limits = Limits {
        max_depth: 5,
        ..Limits::default()
    };
    let error = index_bytes(&film(), &limits).unwrap_err();
    assert!(error.to_string().ends_with("max_depth is 5, found 6"), "{error}");
}

#[test]
fn many_far_apart_boxes_are_not_probed_for_ever() {
    let mut film = Vec::new();
    for _ in 0..300 {
        film.extend_from_slice(&100_000_u32.to_be_bytes());
        film.extend_from_slice(b"free");
        film.resize(film.len() + 99_992, 0);
    }
    let (_, _, fault) = error_of(&film);
    assert_eq!(
        fault,
        BoxFault::OverLimit {
            limit_name: "max_probes",
            limit: 256,
            found: 257
        }
    );
}

#[test]
fn truncation_at_every_byte_is_an_error() {
    let film = film();
    for len in 0..film.len() {
        assert!(index(&film[..len]).is_err(), "cut at {len}");
    }
    assert!(index(&film).is_ok());
}

#[test]
fn every_byte_may_be_anything() {
    let film = film();
    for at in 0..film.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut film = film.clone();
            film[at] = value;
            let _ = index(&film);
        }
    }
}

proptest! {
    #[test]
    fn flipped_bits_give_an_error_or_an_index(flips in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 1..8)) {
        let mut film = film();
        for (at, bit) in flips {
            let at = at.index(film.len());
            film[at] ^= 1 << bit;
        }
        let _ = index(&film);
    }

    #[test]
    fn noise_gives_an_error(noise in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(index(&noise).is_err());
        let size = u32::try_from(noise.len() + 8).unwrap().to_be_bytes();
        prop_assert!(index(&[&size, &b"moov"[..], &noise].concat()).is_err());
    }
}

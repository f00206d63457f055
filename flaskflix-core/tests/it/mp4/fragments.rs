//! Films in fragments: the same index as that of the progressive film, or an error that says what is wrong.

use flaskflix_core::{
    mp4::{BoxFault, FragmentSummary, Index, Limits, Mp4Error, Sample, index_bytes},
    testing::mp4::{TestBase, TestCodec, TestFragments, TestMovie, TestSample, TestTrack},
};
use proptest::prelude::*;

use super::model::track as any_track;

/// Key frames every ten, B-frames, sizes that differ.
fn picture(samples: usize) -> TestTrack {
    let samples = (0..samples).map(|n| {
        (
            50 + n as u32 % 7,
            512,
            [512, 1536, 0, 0][n % 4],
            n.is_multiple_of(10),
        )
    });
    TestTrack::new(TestCodec::H264, 12_800, samples.collect())
}

fn sound(samples: usize) -> TestTrack {
    TestTrack::new(TestCodec::Aac, 48_000, vec![(23, 1024, 0, true); samples])
}

fn movie() -> TestMovie {
    TestMovie::new(vec![picture(42), sound(70)])
}

fn index(film: &[u8]) -> Result<Index, Mp4Error> {
    index_bytes(film, &Limits::default())
}

fn samples(index: &Index, track: usize) -> Vec<Sample> {
    index.tracks()[track].samples.samples(0..u32::MAX).collect()
}

/// What an index says of samples, without their places, and the bytes at those.
fn content(index: &Index, film: &[u8]) -> Vec<Vec<(Sample, Vec<u8>)>> {
    let with_bytes = |sample: Sample| {
        let at = sample.offset as usize;
        let bytes = film[at..at + sample.size as usize].to_vec();
        (Sample { offset: 0, ..sample }, bytes)
    };
    (0..index.tracks().len())
        .map(|track| samples(index, track).into_iter().map(with_bytes).collect())
        .collect()
}

fn assert_same(movie: &TestMovie, cut: &TestFragments) {
    let (plain, fragmented) = (movie.build(), movie.build_fragmented(cut));
    let (a, b) = (index(&plain).unwrap(), index(&fragmented).unwrap());
    assert_eq!(content(&a, &plain), content(&b, &fragmented), "{cut:?}");
    for (a, b) in a.tracks().iter().zip(b.tracks()) {
        assert_eq!(
            (a.id, a.shift, a.timescale, &a.media),
            (b.id, b.shift, b.timescale, &b.media)
        );
        assert_eq!(
            (&a.codec, &a.header, &a.sample_entries),
            (&b.codec, &b.header, &b.sample_entries)
        );
        assert_eq!((&a.language, &a.name), (&b.language, &b.name));
        let sync = |track: &flaskflix_core::mp4::Track| track.samples.sync_samples().collect::<Vec<_>>();
        assert_eq!(sync(a), sync(b));
    }
}

#[test]
fn fragments_give_the_index_of_the_progressive_film() {
    for base in [TestBase::Fragment, TestBase::Place, TestBase::Previous] {
        for (separate, share, boxes_between) in
            [(false, true, false), (true, false, true), (false, false, true)]
        {
            let cut = TestFragments {
                base,
                separate,
                share,
                boxes_between,
                ..TestFragments::default()
            };
            assert_same(&movie(), &cut);
        }
    }
}

#[test]
fn samples_in_the_moov_box_and_in_fragments_are_one_film() {
    for in_moov in [1, 7, 41, 42, 100] {
        assert_same(
            &movie(),
            &TestFragments {
                in_moov,
                ..TestFragments::default()
            },
        );
    }
}

#[test]
fn fragments_without_decode_times_follow_each_other() {
    assert_same(
        &movie(),
        &TestFragments {
            decode_times: false,
            ..TestFragments::default()
        },
    );
}

#[test]
fn the_summary_counts_fragments() {
    let film = movie().build_fragmented(&TestFragments::default());
    let summary = FragmentSummary {
        count: 14,
        ..FragmentSummary::default()
    };
    assert_eq!(index(&film).unwrap().fragments(), Some(summary));
    assert_eq!(index(&movie().build()).unwrap().fragments(), None);
}

#[test]
fn a_film_that_starts_late_keeps_its_start_to_the_tick() {
    // In a live recording decode times count from whenever.
    let start = 400_000_000 * 48_000 + 1;
    let film = movie().build_fragmented(&TestFragments {
        start,
        ..TestFragments::default()
    });
    let index = index(&film).unwrap();
    for track in index.tracks() {
        assert_eq!(track.shift, start.cast_signed());
        assert_eq!(track.samples.sample(0).map(|sample| sample.decode_time), Some(0));
    }
}

#[test]
fn an_edit_list_and_a_late_start_add_up() {
    #[rustfmt::skip]
    let table = [
        // delay (ms), media time, start: shift
        (None,     Some(512), 0,    -512),
        (None,     Some(512), 100,  -412),
        (None,     Some(512), 512,  0),
        (None,     Some(512), 9999, 9487),
        (Some(10), Some(512), 0,    -384),
        (Some(10), Some(512), 9999, 9615),
        (Some(10), None,      1,    129),
    ];
    for (delay, media_time, start, shift) in table {
        let track = TestTrack {
            delay,
            edit: media_time.map(|time| (time, 77)),
            ..picture(42)
        };
        let cut = TestFragments {
            start,
            ..TestFragments::default()
        };
        let index = index(&TestMovie::new(vec![track]).build_fragmented(&cut)).unwrap();
        let track = &index.tracks()[0];
        assert_eq!(
            (track.shift, track.edit_end),
            (shift, None),
            "{delay:?} {media_time:?} {start}"
        );
        assert_eq!(
            track.samples.len(),
            42,
            "the end of the edit is that of the moov's samples: not one of the film"
        );
    }
}

/// The film with the decode time of the fragment with this number (from 0) moved.
fn moved(number: usize, by: i64) -> Vec<u8> {
    let mut film = TestMovie::new(vec![picture(20)])
        .build_fragmented(&TestFragments::default())
        .to_vec();
    let places: Vec<_> = (0..film.len() - 4)
        .filter(|at| film[*at..].starts_with(b"tfdt"))
        .collect();
    let at = places[number] + 8;
    let time = u64::from_be_bytes(film[at..at + 8].try_into().unwrap()).strict_add_signed(by);
    film[at..at + 8].copy_from_slice(&time.to_be_bytes());
    film
}

#[test]
fn a_gap_lengthens_the_sample_before_it() {
    let index = index(&moved(2, 300)).unwrap();
    let samples = samples(&index, 0);
    assert_eq!((samples[9].duration, samples[10].decode_time), (812, 5420));
    // The fragment behind says the old time: the one in between gives way.
    assert_eq!((samples[14].duration, samples[15].decode_time), (212, 7680));
}

#[test]
fn a_small_overlap_shortens_the_sample_before_it() {
    let index = index(&moved(2, -511)).unwrap();
    let samples = samples(&index, 0);
    assert_eq!((samples[9].duration, samples[10].decode_time), (1, 4609));
}

#[test]
fn a_decode_time_that_goes_backwards_names_fragment_and_times() {
    for by in [-512, -4000] {
        let film = moved(2, by);
        let error = index(&film).unwrap_err();
        let Mp4Error::Fragment {
            number: 3,
            offset,
            fault,
        } = &error
        else {
            panic!("{error}")
        };
        assert_eq!(film[*offset as usize + 4..][..4], *b"moof");
        let fault_of_times = BoxFault::DecodeTime {
            decode_time: 5120_u64.strict_add_signed(by),
            after: 4608,
        };
        assert!(
            matches!(&**fault, Mp4Error::Box { track: Some(1), fault, .. } if *fault == fault_of_times),
            "{error}"
        );
    }
    // A gap that no sample can last.
    let error = index(&moved(3, 1 << 31)).unwrap_err();
    assert!(error.to_string().contains("decode time"), "{error}");
}

#[test]
fn a_film_cut_off_keeps_what_is_whole() {
    let movie = movie();
    let film = movie.build_fragmented(&TestFragments::default());
    let whole = content(&index(&film).unwrap(), &film);
    let moov_end = film.windows(4).position(|four| four == b"moof").unwrap() - 4;
    for len in moov_end..film.len() {
        let cut = match index(&film[..len]) {
            Ok(cut) => cut,
            Err(error) => {
                assert_eq!(error, Mp4Error::NoSamples, "cut at {len}");
                continue;
            }
        };
        for (track, part) in content(&cut, &film[..len]).iter().enumerate() {
            assert_eq!(part[..], whole[track][..part.len()], "cut at {len}");
        }
        let served: u32 = cut.tracks().iter().map(|track| track.samples.len()).sum();
        let summary = cut.fragments().unwrap();
        // All samples of the fragments found are there, or known to be missing.
        let count = summary.count as usize;
        let found = (count * 5).min(42) + (count * 5).min(70);
        assert_eq!((served + summary.samples_cut_off) as usize, found, "cut at {len}");
        assert!(summary.samples_cut_off == 0 || summary.cut_off, "cut at {len}");
    }
}

#[test]
fn only_the_last_fragment_may_lie_outside_the_file() {
    let mut film = TestMovie::new(vec![picture(20)])
        .build_fragmented(&TestFragments::default())
        .to_vec();
    let at = film.windows(4).position(|four| four == b"trun").unwrap();
    film[at + 12..at + 16].copy_from_slice(&0x7fff_0000_u32.to_be_bytes());
    let error = index(&film).unwrap_err();
    let Mp4Error::Fragment { number: 1, fault, .. } = error else {
        panic!("{error}")
    };
    assert!(
        matches!(
            *fault,
            Mp4Error::Box {
                fault: BoxFault::SampleOutsideFile { .. },
                ..
            }
        ),
        "{fault}"
    );
}

#[test]
fn a_track_may_end_before_the_others() {
    let movie = TestMovie::new(vec![picture(12), sound(70), sound(1)]);
    assert_same(&movie, &TestFragments::default());
    assert_same(
        &movie,
        &TestFragments {
            separate: true,
            in_moov: 3,
            ..TestFragments::default()
        },
    );
}

#[test]
fn fragments_of_unknown_tracks_are_skipped() {
    let movie = TestMovie::new(vec![picture(10), sound(10)]);
    for base in [TestBase::Fragment, TestBase::Previous] {
        let mut film = movie
            .build_fragmented(&TestFragments {
                base,
                ..TestFragments::default()
            })
            .to_vec();
        let places: Vec<_> = (0..film.len() - 4)
            .filter(|at| film[*at..].starts_with(b"tfhd"))
            .collect();
        for at in places.iter().step_by(2) {
            film[at + 8..at + 12].copy_from_slice(&9_u32.to_be_bytes());
        }
        let index = index(&film).unwrap();
        assert!(index.tracks()[0].samples.is_empty());
        let (plain, sound) = (movie.build(), &content(&index, &film)[1]);
        assert_eq!(
            sound,
            &content(&super::fragments::index(&plain).unwrap(), &plain)[1]
        );
    }
}

#[test]
fn limits_are_named() {
    let film = movie().build_fragmented(&TestFragments::default());
    #[rustfmt::skip]
    let table: [(&str, Limits); 3] = [
        ("max_fragments is 13, found 14", Limits { max_fragments: 13, ..Limits::default() }),
        ("max_samples is 69, found 70",   Limits { max_samples: 69, ..Limits::default() }),
        ("max_moov_bytes is 1400, found", Limits { max_moov_bytes: 1400, ..Limits::default() }),
    ];
    for (text, limits) in table {
        let error = index_bytes(&film, &limits).unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn a_run_that_claims_more_than_it_has_is_refused() {
    let film = TestMovie::new(vec![picture(20)]).build_fragmented(&TestFragments {
        share: false,
        ..TestFragments::default()
    });
    let at = film.windows(4).position(|four| four == b"trun").unwrap();
    let mut broken = film.to_vec();
    broken[at + 8..at + 12].copy_from_slice(&1000_u32.to_be_bytes());
    let error = index(&broken).unwrap_err().to_string();
    assert!(
        error.ends_with("trun: the table claims 1000 entries and has room for 3"),
        "{error}"
    );
    broken[at + 8..at + 12].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(index(&broken).unwrap_err().to_string().contains("max_samples"));
}

#[test]
fn samples_that_take_no_byte_anywhere_are_refused() {
    // All is said once: sizes of zero would let a few bytes claim millions of samples.
    let mut film = TestMovie::new(vec![sound(10)])
        .build_fragmented(&TestFragments::default())
        .to_vec();
    let at = film.windows(4).position(|four| four == b"tfhd").unwrap();
    assert_eq!(film[at + 16..at + 20], 23_u32.to_be_bytes());
    film[at + 16..at + 20].fill(0);
    let error = index(&film).unwrap_err().to_string();
    assert!(error.ends_with("default_sample_size cannot be 0"), "{error}");
}

#[test]
fn samples_of_unknown_tracks_are_counted_against_the_limit() {
    // A run of 16 bytes may claim millions of samples: somebody has to stop.
    let movie = TestMovie::new(vec![picture(20), sound(20)]);
    let mut film = movie.build_fragmented(&TestFragments::default()).to_vec();
    let places: Vec<_> = (0..film.len() - 4)
        .filter(|at| film[*at..].starts_with(b"tfhd"))
        .collect();
    for at in places.iter().skip(1).step_by(2) {
        film[at + 8..at + 12].copy_from_slice(&9_u32.to_be_bytes());
    }
    let limits = |max_samples| Limits {
        max_samples,
        ..Limits::default()
    };
    assert!(index_bytes(&film, &limits(20)).is_ok());
    let many = TestMovie::new(vec![picture(5), sound(20)]).build_fragmented(&TestFragments::default());
    let mut many = many.to_vec();
    let places: Vec<_> = (0..many.len() - 4)
        .filter(|at| many[*at..].starts_with(b"tfhd"))
        .collect();
    for at in &places[1..] {
        many[at + 8..at + 12].copy_from_slice(&9_u32.to_be_bytes());
    }
    let error = index_bytes(&many, &limits(19)).unwrap_err().to_string();
    assert!(error.contains("max_samples is 19, found 20"), "{error}");
}

#[test]
fn a_three_hour_film_takes_one_small_read_for_each_fragment() {
    use flaskflix_core::{
        Bytes,
        mp4::{Indexer, Step},
    };
    // 500 fragments of two seconds stand for the 5,400 of three hours; each has 400 KB of media.
    let samples: Vec<TestSample> = (0..25_000).map(|n| (8000, 512, 0, n % 50 == 0)).collect();
    let movie = TestMovie::new(vec![
        TestTrack::new(TestCodec::H264, 12_800, samples),
        sound(46_875),
    ]);
    let cut = TestFragments {
        samples: 94,
        samples_per_run: 1000,
        ..TestFragments::default()
    };
    let film = movie.build_fragmented(&cut);
    let mut indexer = Indexer::new(film.len() as u64, Limits::default());
    let (mut reads, mut bytes) = (0_u32, 0);
    let index = loop {
        match indexer.step().unwrap() {
            Step::Done(index) => break index,
            Step::Read(range) => {
                (reads, bytes) = (reads + 1, bytes + range.len());
                indexer.supply(Bytes::copy_from_slice(
                    &film[range.start() as usize..range.end() as usize],
                ));
            }
        }
    };
    let fragments = index.fragments().unwrap().count;
    assert!(reads <= fragments + 5, "{reads} reads for {fragments} fragments");
    assert!(bytes < 3 << 20, "{bytes} bytes of {}", film.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_film_has_one_index_whether_in_fragments_or_not(
        tracks in prop::collection::vec(any_track(), 1..4),
        in_moov in prop_oneof![3 => Just(0_usize), 1 => 1..300_usize],
        per_fragment in 1..60_usize, samples_per_run in 1..20_usize,
        base in prop::sample::select(vec![TestBase::Fragment, TestBase::Place, TestBase::Previous]),
        flags in any::<[bool; 4]>(),
    ) {
        let [separate, share, decode_times, boxes_between] = flags;
        let movie = TestMovie { wide_offsets: separate, ..TestMovie::new(tracks) };
        let cut = TestFragments {
            in_moov, samples: per_fragment, samples_per_run, base, separate, share, decode_times, start: 0, boxes_between,
        };
        assert_same(&movie, &cut);
    }

    #[test]
    fn flipped_bits_give_an_error_or_an_index(flips in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 1..8)) {
        let mut film = TestMovie::new(vec![picture(20), sound(20)]).build_fragmented(&TestFragments::default()).to_vec();
        for (at, bit) in flips {
            let at = at.index(film.len());
            film[at] ^= 1 << bit;
        }
        if let Ok(index) = index(&film) {
            for track in index.tracks() {
                let samples = track.samples.samples(0..100);
                prop_assert!(samples.into_iter().all(|sample| sample.offset + u64::from(sample.size) <= film.len() as u64));
            }
        }
    }
}

//! Every lookup agrees with a plain list of samples.

use flaskflix_core::{
    mp4::{Index, Indexer, Limits, Media, Sample, SampleTable, Step, index_bytes},
    testing::mp4::{TestCodec, TestMovie, TestSample, TestTrack},
};
use proptest::prelude::*;

/// Samples with runs in every column, so that run lengths and strides both matter.
fn samples() -> impl Strategy<Value = Vec<TestSample>> {
    let sample = (
        0_u32..40,
        prop_oneof![4 => Just(512_u32), 2 => 1..600_u32, 1 => Just(0)],
        -3_i32..4,
        any::<bool>(),
    );
    prop::collection::vec((sample, 1_usize..9), 1..400).prop_map(|runs| {
        let mut samples: Vec<_> = runs
            .into_iter()
            .flat_map(|(sample, times)| vec![sample; times])
            .collect();
        // Some sample must have a duration, and some sample bytes: a track without is refused.
        samples[0].1 = 7;
        if samples.iter().all(|sample| sample.0 == 0) {
            samples[0].0 = 1;
        }
        samples
    })
}

pub(super) fn track() -> impl Strategy<Value = TestTrack> {
    let codec = prop::sample::select(vec![TestCodec::H264, TestCodec::Hevc, TestCodec::Aac]);
    (
        codec,
        samples(),
        prop_oneof![Just(0_u32), 1..9_u32],
        any::<bool>(),
    )
        .prop_map(|(codec, samples, samples_per_chunk, run_lengths)| TestTrack {
            samples_per_chunk,
            run_lengths,
            ..TestTrack::new(codec, 12_800, samples)
        })
}

/// The samples as the index should give them, their places read off the fill bytes of the film.
fn expected(track: &TestTrack) -> Vec<Sample> {
    let mut decode_time = 0;
    (0_u32..)
        .zip(&track.samples)
        .map(|(index, &(size, duration, composition_offset, sync))| {
            let offset = 0;
            let sample = Sample {
                index,
                decode_time,
                duration,
                composition_offset,
                size,
                offset,
                // Sound decodes anywhere, whatever the table says.
                sync: sync || track.codec == TestCodec::Aac,
            };
            decode_time += u64::from(duration);
            sample
        })
        .collect()
}

fn check_lookups(table: &SampleTable, samples: &[Sample]) {
    let duration: u64 = samples.iter().map(|sample| u64::from(sample.duration)).sum();
    assert_eq!(
        (table.len() as usize, table.duration()),
        (samples.len(), duration)
    );
    let sync: Vec<_> = samples
        .iter()
        .filter(|sample| sample.sync)
        .map(|sample| sample.index)
        .collect();
    assert_eq!(table.sync_samples().collect::<Vec<_>>(), sync);
    assert_eq!(table.sync_count() as usize, sync.len());
    for sample in samples {
        assert_eq!(table.decode_time(sample.index), sample.decode_time);
        for time in [
            sample.decode_time.saturating_sub(1),
            sample.decode_time,
            sample.decode_time + 3,
        ] {
            let started = samples.partition_point(|sample| sample.decode_time <= time);
            assert_eq!(table.sample_at(time) as usize, started - 1, "at {time}");
        }
        let before = sync
            .partition_point(|index| *index <= sample.index)
            .checked_sub(1);
        assert_eq!(
            table.sync_at_or_before(sample.index),
            before.map(|last| sync[last])
        );
    }
    assert_eq!(table.sample_at(u64::MAX), table.len() - 1);
    assert_eq!(table.decode_time(u32::MAX), duration);
    assert_eq!(table.samples(table.len()..u32::MAX).count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn lookups_agree_with_a_plain_list(
        tracks in prop::collection::vec(track(), 1..4),
        moov_first: bool, wide_offsets: bool, cut in (0_u32..3000, 0_u32..3000),
    ) {
        let movie = TestMovie { tracks, moov_first, wide_offsets };
        let film = movie.build();
        let index = index_bytes(&film, &Limits::default()).unwrap();
        prop_assert_eq!(index.tracks().len(), movie.tracks.len());
        for (number, (track, test)) in (0_u8..).zip(index.tracks().iter().zip(&movie.tracks)) {
            let mut samples = expected(test);
            let walked: Vec<_> = track.samples.samples(0..u32::MAX).collect();
            for (sample, walked) in samples.iter_mut().zip(&walked) {
                // The film's filler tells which sample a byte belongs to.
                let place = usize::try_from(walked.offset).unwrap();
                let fill = u8::try_from((31 * u32::from(number) + sample.index) % 256).unwrap();
                let bytes = &film[place..place + walked.size as usize];
                prop_assert!(bytes.iter().all(|byte| *byte == fill), "sample {}", sample.index);
                sample.offset = walked.offset;
            }
            prop_assert_eq!(&walked, &samples);
            check_lookups(&track.samples, &samples);
            // Starting anywhere gives what walking from the start gives.
            let (start, end) = (cut.0.min(track.samples.len()), cut.1.clamp(cut.0, u32::MAX).min(track.samples.len()));
            let part = &samples[start as usize..end as usize];
            prop_assert_eq!(&track.samples.samples(start..end).collect::<Vec<_>>(), part);
            let bytes = part.iter().map(|sample| u64::from(sample.size)).sum::<u64>();
            prop_assert_eq!(track.samples.bytes_in(start..end), bytes);
        }
    }
}

/// Reads a film through the indexer, noting what it asks for.
fn drive(film: &[u8]) -> (Index, Vec<(u64, u64)>) {
    let mut indexer = Indexer::new(film.len() as u64, Limits::default());
    let mut reads = Vec::new();
    loop {
        match indexer.step().unwrap() {
            Step::Done(index) => return (index, reads),
            Step::Read(range) => {
                reads.push((range.start(), range.end()));
                let start = usize::try_from(range.start()).unwrap();
                let end = usize::try_from(range.end()).unwrap();
                indexer.supply(film[start..end].to_vec().into());
            }
        }
    }
}

#[test]
fn a_film_with_a_small_moov_in_front_takes_one_read() {
    let samples = vec![(100_000, 512, 0, true); 10];
    let film = TestMovie::new(vec![TestTrack::new(TestCodec::H264, 12_800, samples)]).build();
    let (index, reads) = drive(&film);
    assert_eq!(reads, [(0, 65_536)]);
    assert_eq!(index.brands()[0].0, *b"isom");
    assert!(matches!(index.tracks()[0].media, Media::Video(_)));
}

#[test]
fn media_data_is_jumped_over() {
    let samples = vec![(100_000, 512, 0, true); 10];
    let mut movie = TestMovie::new(vec![TestTrack::new(TestCodec::H264, 12_800, samples)]);
    movie.moov_first = false;
    movie.wide_offsets = true;
    let film = movie.build();
    let (_, reads) = drive(&film);
    // ftyp, the long header of mdat, a million bytes of media.
    assert_eq!(reads, [(0, 65_536), (32 + 16 + 1_000_000, film.len() as u64)]);
}

#[test]
fn a_large_moov_is_asked_for_exactly() {
    let samples = vec![(1, 512, 0, true); 40_000];
    let film = TestMovie::new(vec![TestTrack::new(TestCodec::H264, 12_800, samples)]).build();
    let (_, reads) = drive(&film);
    let size = u32::from_be_bytes(film[32..36].try_into().unwrap());
    assert_eq!(reads, [(0, 65_536), (32, 32 + u64::from(size))]);
}

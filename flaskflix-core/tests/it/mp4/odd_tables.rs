//! Tables and boxes as some muxers write them: read as players read them, or refused by name.

use flaskflix_core::{
    mp4::{Index, Limits, Media, Mp4Error, SampleTable, index_bytes},
    testing::mp4::{TestCodec, TestMovie, TestTrack, sound_entry},
};

/// A film of one track with 12 samples of 100 ticks in chunks of 5; `moov` comes last, so that boxes in it may grow.
fn film(codec: TestCodec) -> Vec<u8> {
    let samples = (0..12).map(|n| (10 + n, 100, [100, 300, 0, 0][n as usize % 4], n % 6 == 0));
    film_of(TestTrack {
        edit: Some((100, 900)),
        ..TestTrack::new(codec, 1000, samples.collect())
    })
}

fn film_of(track: TestTrack) -> Vec<u8> {
    TestMovie {
        moov_first: false,
        ..TestMovie::new(vec![track])
    }
    .build()
    .to_vec()
}

/// Changes the payload of the box at a path; the sizes of all around it follow.
fn with(film: &[u8], path: &[&[u8; 4]], change: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let Some((name, rest)) = path.split_first() else {
        return change(film);
    };
    let mut at = 0;
    loop {
        let size = u32::from_be_bytes(film[at..at + 4].try_into().unwrap()) as usize;
        if film[at + 4..at + 8] == **name {
            let inside = with(&film[at + 8..at + size], rest, change);
            let size_now = u32::try_from(inside.len() + 8).unwrap().to_be_bytes();
            return [&film[..at], &size_now, &name[..], &inside, &film[at + size..]].concat();
        }
        at += size;
    }
}

const TRAK: [&[u8; 4]; 2] = [b"moov", b"trak"];

fn with_table(film: &[u8], name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let path = [TRAK[0], TRAK[1], b"mdia", b"minf", b"stbl", name];
    with(film, &path, |_| payload.to_vec())
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn index(film: &[u8]) -> Result<Index, Mp4Error> {
    index_bytes(film, &Limits::default())
}

fn table(film: &[u8]) -> SampleTable {
    index(film).unwrap().tracks()[0].samples.clone()
}

fn sizes(table: &SampleTable) -> Vec<u32> {
    table.samples(0..u32::MAX).map(|sample| sample.size).collect()
}

/// Decode times and composition offsets.
fn times(table: &SampleTable) -> Vec<(u64, i32)> {
    table
        .samples(0..u32::MAX)
        .map(|sample| (sample.decode_time, sample.composition_offset))
        .collect()
}

/// The film without its edit list.
fn untrimmed(codec: TestCodec) -> Vec<u8> {
    with(&film(codec), &TRAK, |trak| {
        let at = trak.windows(4).position(|four| four == b"edts").unwrap();
        let mut trak = trak.to_vec();
        trak[at..at + 4].copy_from_slice(b"free");
        trak
    })
}

#[test]
fn rows_of_no_samples_are_skipped() {
    let film = untrimmed(TestCodec::H264);
    let plain = table(&film);
    let odd = with_table(&film, b"stts", &words(&[0, 4, 0, 7, 12, 100, 0, 9, 0, 9]));
    assert_eq!(times(&table(&odd)), times(&plain));
    assert_eq!(table(&odd).sample_at(450), 4);
    // Twelve offsets, with nothing in between.
    let odd = with_table(&odd, b"ctts", &words(&[0, 4, 0, 9, 6, 50, 0, 8, 6, 60]));
    assert_eq!(times(&table(&odd))[5..7], [(500, 50), (600, 60)]);
}

#[test]
fn tables_of_times_may_describe_samples_that_do_not_exist() {
    let film = untrimmed(TestCodec::H264);
    let plain = table(&film);
    let odd = table(&with_table(&film, b"stts", &words(&[0, 2, 12, 100, 5000, 7])));
    assert_eq!((times(&odd), odd.duration()), (times(&plain), 1200));
    assert_eq!((odd.sample_at(u64::MAX), odd.decode_time(99)), (11, 1200));
    let odd = table(&with_table(&film, b"ctts", &words(&[0, 1, 5000, 40])));
    assert!(times(&odd).iter().all(|(_, offset)| *offset == 40));
}

#[test]
fn tables_of_times_that_forget_samples_are_refused() {
    // What they forget cannot be guessed: only the last sample may lack.
    let film = untrimmed(TestCodec::H264);
    for (name, payload) in [(b"stts", [0, 1, 10, 100]), (b"ctts", [0, 1, 10, 0])] {
        let error = index(&with_table(&film, name, &words(&payload)))
            .unwrap_err()
            .to_string();
        assert!(
            error.ends_with("the table describes 10 samples, the track has 12"),
            "{error}"
        );
        assert!(index(&with_table(&film, name, &words(&[0, 1, 11, 100]))).is_ok());
    }
}

#[test]
fn chunks_that_no_sample_is_in_are_ignored() {
    let film = untrimmed(TestCodec::H264);
    let fewer = words(&[0, 0, 4, 10, 11, 12, 13]);
    let mut odd = with_table(&film, b"stsz", &fewer);
    odd = with_table(&odd, b"stts", &words(&[0, 1, 4, 100]));
    assert_eq!(
        sizes(&table(&with_table(&odd, b"stss", &words(&[0, 1, 1])))),
        [10, 11, 12, 13]
    );
}

#[test]
fn sizes_of_samples_that_are_in_no_chunk_are_refused() {
    let film = untrimmed(TestCodec::H264);
    let error = index(&with_table(&film, b"stco", &words(&[0, 2, 40, 100])))
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("stsc: the table describes 10 samples, the track has 12"),
        "{error}"
    );
}

#[test]
fn runs_of_chunks_that_do_not_exist_are_ignored() {
    let film = untrimmed(TestCodec::H264);
    let plain = sizes(&table(&film));
    let odd = with_table(&film, b"stsc", &words(&[0, 3, 1, 5, 1, 9, 4, 1, 12, 1, 1]));
    assert_eq!(sizes(&table(&odd)), plain);
}

#[test]
fn bytes_behind_a_table_are_ignored() {
    let mut film = untrimmed(TestCodec::H264);
    let plain = table(&film);
    for name in [b"stts", b"ctts", b"stss", b"stsz", b"stsc", b"stco"] {
        let path = [TRAK[0], TRAK[1], b"mdia", b"minf", b"stbl", name];
        film = with(&film, &path, |payload| [payload, b"garbage"].concat());
    }
    let odd = table(&film);
    assert_eq!((times(&odd), sizes(&odd)), (times(&plain), sizes(&plain)));
}

#[test]
fn samples_may_be_empty_and_take_no_time() {
    let samples = vec![
        (0, 0, 0, true),
        (0, 0, 0, false),
        (9, 500, 0, false),
        (0, 0, 0, false),
    ];
    let table = table(&film_of(TestTrack::new(TestCodec::H264, 1000, samples)));
    assert_eq!((sizes(&table), table.duration()), (vec![0, 0, 9, 0], 500));
    let one = super::odd_tables::table(&film_of(TestTrack::new(
        TestCodec::H264,
        1000,
        vec![(7, 1, 0, true)],
    )));
    assert_eq!((sizes(&one), one.sample_at(5), one.sync_count()), (vec![7], 0, 1));
}

#[test]
fn offsets_of_version_0_may_be_negative() {
    let film = untrimmed(TestCodec::H264);
    let odd = table(&with_table(
        &film,
        b"ctts",
        &words(&[0, 2, 6, 20, 6, (-30_i32).cast_unsigned()]),
    ));
    assert_eq!((times(&odd)[0], times(&odd)[11]), ((0, 20), (1100, -30)));
    assert_eq!(odd.smallest_composition_offset(), -30);
}

#[test]
fn sizes_may_have_4_8_or_16_bits() {
    let film = untrimmed(TestCodec::H264);
    let compact = |bits: u32, sizes: &[u8]| {
        let stsz = [&words(&[0, bits, 12])[..], sizes].concat();
        let mut film = with_table(&film, b"stsz", &stsz);
        let at = film.windows(4).position(|four| four == b"stsz").unwrap();
        film[at..at + 4].copy_from_slice(b"stz2");
        film
    };
    let nibbles: Vec<u8> = [0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc].to_vec();
    assert_eq!(
        sizes(&table(&compact(4, &nibbles))),
        (1..=12).collect::<Vec<u32>>()
    );
    let bytes: Vec<u8> = (1..=12).collect();
    assert_eq!(sizes(&table(&compact(8, &bytes))), (1..=12).collect::<Vec<u32>>());
    let halves: Vec<u8> = (1..=12).flat_map(|size| [0, size]).collect();
    assert_eq!(
        sizes(&table(&compact(16, &halves))),
        (1..=12).collect::<Vec<u32>>()
    );
    let error = index(&compact(12, &halves)).unwrap_err().to_string();
    assert!(error.ends_with("stz2: field_size cannot be 12"), "{error}");
}

#[test]
fn places_behind_4_gib_are_found() {
    let samples = vec![(1000, 100, 0, true); 6];
    let track = TestTrack {
        samples_per_chunk: 2,
        ..TestTrack::new(TestCodec::H264, 1000, samples)
    };
    let (head, len) = TestMovie {
        wide_offsets: true,
        ..TestMovie::new(vec![track])
    }
    .header();
    let at = head.windows(4).position(|four| four == b"co64").unwrap() + 12;
    let mut head = head.to_vec();
    head[at..at + 8].copy_from_slice(&(5_u64 << 30).to_be_bytes());
    let mut indexer = flaskflix_core::mp4::Indexer::new((5 << 30) + len, Limits::default());
    let index = loop {
        match indexer.step().unwrap() {
            flaskflix_core::mp4::Step::Done(index) => break index,
            flaskflix_core::mp4::Step::Read(range) => {
                let mut bytes = head.clone();
                bytes.resize(range.end() as usize, 0);
                indexer.supply(bytes[range.start() as usize..].to_vec().into());
            }
        }
    };
    let first = index.tracks()[0].samples.sample(1).unwrap();
    assert_eq!(first.offset, (5 << 30) + 1000);
}

#[test]
fn wide_edit_lists_and_track_headers_are_read() {
    let film = film(TestCodec::H264);
    let plain = index(&film).unwrap().tracks()[0].clone();
    let elst = [TRAK[0], TRAK[1], b"edts", b"elst"];
    // Version 1: duration and media time have 64 bits.
    let wide = with(&film, &elst, |_| {
        words(&[0x0100_0000, 1, 0, 900, 0, 100, 0x0001_0000])
    });
    let tkhd = [TRAK[0], TRAK[1], b"tkhd"];
    let wide = with(&wide, &tkhd, |payload| {
        let [times, rest] = [&payload[4..12], &payload[24..]];
        [
            &[1, 0, 0, 3][..],
            &[0; 8],
            times,
            &payload[12..20],
            &[0; 4],
            &payload[20..24],
            rest,
        ]
        .concat()
    });
    let track = index(&wide).unwrap().tracks()[0].clone();
    assert_eq!(
        (track.shift, track.edit_end, track.samples.len()),
        (-100, Some(1000), plain.samples.len())
    );
    assert_eq!(
        (track.id, track.header, track.enabled),
        (plain.id, plain.header, plain.enabled)
    );
}

#[test]
fn an_extended_language_goes_before_the_packed_one() {
    let film = film(TestCodec::Aac);
    for (tag, language) in [(&b"de-AT\0"[..], "de-AT"), (b"x\"y\0", "und"), (b"\0", "und")] {
        let elng = [
            &u32::try_from(tag.len() + 12).unwrap().to_be_bytes(),
            &b"elng\0\0\0\0"[..],
            tag,
        ]
        .concat();
        let film = with(&film, &[TRAK[0], TRAK[1], b"mdia"], |payload| {
            [payload, &elng].concat()
        });
        assert_eq!(index(&film).unwrap().tracks()[0].language, language);
    }
}

#[test]
fn quicktime_sound_entries_of_versions_1_and_2_are_read() {
    let film = film(TestCodec::Aac);
    let stsd = [TRAK[0], TRAK[1], b"mdia", b"minf", b"stbl", b"stsd"];
    let plain = sound_entry(*b"mp4a", 44_100, &[]);
    let esds = {
        let film = &film;
        let at = film.windows(4).position(|four| four == b"esds").unwrap() - 4;
        let size = u32::from_be_bytes(film[at..at + 4].try_into().unwrap()) as usize;
        film[at..at + size].to_vec()
    };
    let entry = |version: u8, more: &[u8]| {
        let mut fields = plain[8..].to_vec();
        fields[9] = version;
        let size = u32::try_from(8 + fields.len() + more.len())
            .unwrap()
            .to_be_bytes();
        [&words(&[0, 1])[..], &size, b"mp4a", &fields, more].concat()
    };
    // Samples per packet, bytes per packet, per frame, per sample; the configuration lies in `wave`.
    let wave = [
        &u32::try_from(esds.len() + 8).unwrap().to_be_bytes(),
        &b"wave"[..],
        &esds,
    ]
    .concat();
    let version_1 = entry(1, &[&[0; 16][..], &wave].concat());
    // The size of the fields, the rate as a floating point number, channels, and five more fields.
    let fields = [
        &words(&[72])[..],
        &48_000_f64.to_be_bytes(),
        &words(&[6, 0x7f00_0000, 0, 0, 0, 0]),
    ]
    .concat();
    let version_2 = entry(2, &[&fields[..], &esds].concat());
    for version in [version_1, version_2] {
        let index = index(&with(&film, &stsd, |_| version)).unwrap();
        let track = &index.tracks()[0];
        assert_eq!(track.codec.rfc6381.as_deref(), Some("mp4a.40.2"));
        // What the configuration says counts.
        let Media::Audio(audio) = track.media else {
            panic!("a sound track")
        };
        assert_eq!((audio.sample_rate, audio.channels), (48_000, 2));
    }
}

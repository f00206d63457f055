//! Tracks, codecs and edit lists of films made for the test.

use flaskflix_core::{
    mp4::{FourCc, Index, Limits, Media, Mp4Error, ParameterSets, Unsupported, index_bytes},
    testing::mp4::{TestCodec, TestMovie, TestTrack},
};

/// 20 samples of 100 ticks at 1000 ticks per second, the offsets of a stream with B-frames.
fn track(codec: TestCodec) -> TestTrack {
    let samples = (0..20)
        .map(|n| (50 + n, 100, [100, 300, 0, 0][n as usize % 4], n % 10 == 0))
        .collect();
    TestTrack::new(codec, 1000, samples)
}

fn film(codec: TestCodec) -> Vec<u8> {
    TestMovie::new(vec![track(codec)]).build().to_vec()
}

fn index(track: TestTrack) -> Result<Index, Mp4Error> {
    index_bytes(&TestMovie::new(vec![track]).build(), &Limits::default())
}

/// Replaces the only place where these bytes are.
fn replace(film: &mut [u8], from: &[u8], to: &[u8]) {
    let places: Vec<_> = (0..film.len() - from.len())
        .filter(|at| film[*at..].starts_with(from))
        .collect();
    assert_eq!(places.len(), 1, "{from:02x?}");
    film[places[0]..places[0] + to.len()].copy_from_slice(to);
}

#[test]
fn codec_strings_come_from_the_configuration() {
    let table = [
        (TestCodec::H264, "avc1.64001f", ParameterSets::SampleEntry),
        (TestCodec::Hevc, "hvc1.1.6.L93.90", ParameterSets::SampleEntry),
        (TestCodec::Aac, "mp4a.40.2", ParameterSets::NotUsed),
    ];
    for (codec, text, parameter_sets) in table {
        let index = index(track(codec)).unwrap();
        let described = &index.tracks()[0].codec;
        assert_eq!(
            (described.rfc6381.as_deref(), described.parameter_sets),
            (Some(text), parameter_sets)
        );
        assert_eq!(described.unsupported, None);
    }
}

#[test]
fn labels_and_header_are_kept() {
    let track = TestTrack {
        language: *b"deu",
        name: "Kommentar".to_owned(),
        ..track(TestCodec::Aac)
    };
    let index = index(track).unwrap();
    let track = &index.tracks()[0];
    assert_eq!(
        (track.id, track.language.as_str(), track.name.as_str()),
        (1, "deu", "Kommentar")
    );
    assert_eq!(
        (track.header.volume, track.enabled, track.timescale.get()),
        (0x100, true, 1000)
    );
    let Media::Audio(audio) = track.media else {
        panic!("a sound track")
    };
    assert_eq!((audio.channels, audio.sample_rate), (2, 48_000));
    assert_eq!(track.sample_entries[4..8], *b"mp4a");
    let size = u32::from_be_bytes(track.sample_entries[..4].try_into().unwrap());
    assert_eq!(track.sample_entries.len(), size as usize);
}

#[test]
fn what_cannot_be_packaged_says_why() {
    let mut film = film(TestCodec::H264);
    replace(&mut film, b"avc1\0\0", b"encv\0\0");
    let index = index_bytes(&film, &Limits::default()).unwrap();
    let codec = &index.tracks()[0].codec;
    assert_eq!(
        (codec.rfc6381.as_ref(), codec.unsupported.as_ref()),
        (None, Some(&Unsupported::Encrypted))
    );

    replace(&mut film, b"encv\0\0", b"xyz9\0\0");
    let index = index_bytes(&film, &Limits::default()).unwrap();
    let reason = index.tracks()[0].codec.unsupported.clone().unwrap();
    assert_eq!(reason, Unsupported::Codec(FourCc(*b"xyz9")));
    assert_eq!(reason.to_string(), "codec xyz9 is not supported");
    assert_eq!(index.tracks()[0].samples.len(), 20, "what is known is told");
}

#[test]
fn dts_in_an_mp4a_entry_is_not_aac() {
    let mut film = film(TestCodec::Aac);
    replace(&mut film, b"\x04\x11\x40\x15", b"\x04\x11\xa9\x15");
    let index = index_bytes(&film, &Limits::default()).unwrap();
    let reason = index.tracks()[0].codec.unsupported.clone();
    assert_eq!(reason, Some(Unsupported::ObjectType { indication: 0xa9 }));
}

#[test]
fn a_broken_track_of_another_kind_does_not_fail_the_film() {
    let mut film = TestMovie::new(vec![track(TestCodec::H264), track(TestCodec::Aac)])
        .build()
        .to_vec();
    replace(&mut film, b"soun", b"text");
    // A table of times that counts 2^32 - 1 entries: there are two, one for each track. Break the last.
    let stts = (0..film.len())
        .rev()
        .find(|at| film[*at..].starts_with(b"stts"))
        .unwrap();
    film[stts + 8..stts + 12].copy_from_slice(&[0xff; 4]);
    let index = index_bytes(&film, &Limits::default()).unwrap();
    assert_eq!(index.tracks()[1].media, Media::Other(FourCc(*b"text")));
    assert!(index.tracks()[1].samples.is_empty());
    replace(&mut film, b"text", b"soun");
    let error = index_bytes(&film, &Limits::default()).unwrap_err();
    assert!(error.to_string().starts_with("track 2, stts: "), "{error}");
}

#[test]
fn a_media_segment_is_told_that_it_is_one() {
    let segment = b"\0\0\0\x08styp\0\0\0\x08sidx\0\0\0\x08moof";
    let error = index_bytes(segment, &Limits::default()).unwrap_err();
    assert_eq!(error, Mp4Error::FragmentFirst { offset: 16 });
}

#[test]
fn a_film_that_announces_fragments_and_has_none_is_as_its_moov_says() {
    let plain = film(TestCodec::H264);
    let size = u32::from_be_bytes(plain[32..36].try_into().unwrap());
    let mut film = plain[..32].to_vec();
    film.extend_from_slice(&(size + 8).to_be_bytes());
    film.extend_from_slice(b"moov\0\0\0\x08mvex");
    film.extend_from_slice(&plain[40..]);
    let index = index_bytes(&film, &Limits::default()).unwrap();
    assert_eq!(index.tracks()[0].samples.len(), 20);
    assert_eq!(index.fragments().map(|fragments| fragments.count), Some(0));
}

#[test]
fn a_compressed_moov_is_named() {
    let mut film = film(TestCodec::H264);
    replace(&mut film, b"mvhd", b"cmov");
    assert_eq!(
        index_bytes(&film, &Limits::default()).unwrap_err(),
        Mp4Error::CompressedMovie
    );
}

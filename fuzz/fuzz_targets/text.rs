//! Any bytes as a file of subtitles, or as the samples of a track: what is served reads the same again, whole and in segments.
//!
//! Input: a byte that says of which format (`v` WebVTT, `s` SubRip, `x` tx3g, `w` wvtt), and the file; or of a track the sample entry and
//! the samples.
#![no_main]

use std::{sync::Arc, time::Duration};

use flaskflix_core::{
    catalog::SubtitleFile,
    id::AssetKey,
    mp4::{Limits, index_bytes},
    object::Piece,
    package::{Input, Material, PackageOptions, Presentation, StreamPlan, SubtitleInput, TextPart},
    source::ObjectInfo,
    testing::mp4::{TestCodec, TestMovie, TestTrack},
    text::{Cue, Cues, parse_webvtt},
    validator::EntityTag,
};
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};

fuzz_target!(|data: &[u8]| {
    let Some((&format, rest)) = data.split_first() else {
        return;
    };
    match format {
        b'v' => file("film.vtt", rest),
        b's' => file("film.srt", rest),
        b'x' => track(*b"tx3g", &mut Unstructured::new(rest)).unwrap_or_default(),
        b'w' => track(*b"wvtt", &mut Unstructured::new(rest)).unwrap_or_default(),
        _ => {}
    }
});

fn file(name: &str, bytes: &[u8]) {
    let file = SubtitleFile::new(AssetKey::parse(name).unwrap());
    let input = SubtitleInput::parse(file, info(bytes), bytes);
    let Ok(cues) = input.cues.clone() else { return };
    let film = TestMovie::new(vec![picture()]).build();
    let Some(title) = planned(&film, vec![input]) else {
        panic!("the film can be planned without its subtitles, and not with them")
    };
    let stream = text_of(&title).expect("cues that were read are served");
    let whole = served(&title, stream, TextPart::Whole, &film);
    assert_eq!((whole.cues(), whole.header()), (cues.cues(), cues.header()));
    each_segment(&title, stream, &film, |segment, time| {
        assert!(segment.cues().iter().eq(cues.during(time)));
    });
}

/// A track of a few samples, each with bytes of anybody.
fn track(entry: [u8; 4], data: &mut Unstructured<'_>) -> Result<()> {
    let fields_len = data.int_in_range(0..=64)?;
    let fields = data.bytes(fields_len)?;
    let mut samples = Vec::new();
    while !data.is_empty() && samples.len() < 32 {
        let (duration, len) = (data.int_in_range(0..=5000)?, data.int_in_range(0..=300)?);
        samples.push((duration, data.bytes(len.min(data.len()))?));
    }
    let text = TestTrack::text(entry, fields, &samples);
    let film = TestMovie::new(vec![picture(), text]).build();
    let Some(title) = planned(&film, Vec::new()) else {
        return Ok(());
    };
    let Some(stream) = text_of(&title) else {
        return Ok(());
    };
    let whole = served(&title, stream, TextPart::Whole, &film);
    each_segment(&title, stream, &film, |segment, time| {
        for cue in segment.cues() {
            assert!(cue.start() < time.end && cue.end() > time.start, "{cue:?}");
            // A cue of several samples is known as far as the segment's own samples go.
            let within = |all: &Cue| {
                all.payload() == cue.payload() && all.start() <= cue.start() && cue.end() <= all.end()
            };
            assert!(
                whole.cues().iter().any(within),
                "{cue:?} is not in the whole: {whole:?}"
            );
        }
        let found = segment.cues().len();
        assert!(
            found >= whole.during(time.clone()).count(),
            "{found} cues in {time:?}"
        );
    });
    Ok(())
}

fn each_segment(
    title: &Presentation,
    stream: &StreamPlan,
    film: &[u8],
    mut look: impl FnMut(&Cues, std::ops::Range<Duration>),
) {
    let mut start = Duration::ZERO;
    for (number, micros) in (1..).zip(stream.durations()) {
        let end = start + Duration::from_micros(micros);
        look(
            &served(title, stream, TextPart::Segment(number), film),
            start..end,
        );
        start = end;
    }
}

/// What a player reads in a part.
fn served(title: &Presentation, stream: &StreamPlan, part: TextPart, film: &[u8]) -> Cues {
    let read = title.text(stream, part).unwrap();
    let ranges = read.ranges().iter().map(|range| {
        let place = |at: u64| usize::try_from(at).unwrap();
        &film[place(range.start())..place(range.end())]
    });
    let media = ranges.collect::<Vec<_>>().concat();
    let object = read.render(&media);
    let [Piece::Bytes(text)] = object.pieces() else {
        panic!("text is one piece")
    };
    assert_eq!(object.info().len, text.len() as u64);
    let cues = parse_webvtt(text).unwrap();
    assert!(
        cues.skipped().is_none(),
        "{:?} in {:?}",
        cues.skipped(),
        String::from_utf8_lossy(text)
    );
    cues
}

fn text_of(title: &Presentation) -> Option<&StreamPlan> {
    title.streams().iter().find(|stream| stream.is_text())
}

fn planned(film: &[u8], subtitles: Vec<SubtitleInput>) -> Option<Presentation> {
    let input = Input {
        asset: AssetKey::parse("film.mp4").unwrap(),
        info: info(film),
        index: Arc::new(index_bytes(film, &Limits::default()).ok()?),
    };
    let options = PackageOptions::default().target_duration(Duration::from_secs(2));
    Presentation::plan(Material::new(vec![input]).subtitles(subtitles), &options).ok()
}

/// Ten pictures of a second each: the title starts where the film does.
fn picture() -> TestTrack {
    TestTrack::new(TestCodec::H264, 1000, vec![(1, 1000, 0, true); 10])
}

fn info(bytes: &[u8]) -> ObjectInfo {
    ObjectInfo {
        len: bytes.len() as u64,
        etag: EntityTag::of_bytes(bytes),
        last_modified: None,
    }
}

use super::*;
use crate::{
    playlist::{Media, Segment},
    subtitles::Page,
};

const MASTER: &str = "http://h:1/film/master.m3u8";

/// Two segments of 2 s and one of 1.5 s, 80 ms late, and a file of subtitles.
const MPD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT5.5S" minBufferTime="PT1S">
<Period id="0">
<AdaptationSet id="1" contentType="video" mimeType="video/mp4">
<SegmentTemplate timescale="12800" presentationTimeOffset="1024" startNumber="1" initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number$.m4s">
<SegmentTimeline><S t="1024" d="25600" r="1"/><S d="19200"/></SegmentTimeline>
</SegmentTemplate>
<Representation id="v1" bandwidth="8000" codecs="avc1.640028"/>
</AdaptationSet>
<AdaptationSet id="2" contentType="text" mimeType="text/vtt">
<Representation id="t1" bandwidth="8"><BaseURL>t1/subtitles.vtt</BaseURL></Representation>
</AdaptationSet>
</Period>
</MPD>"#;

fn rendition() -> Rendition {
    let segments = [2_000_000, 2_000_000, 1_500_000];
    let segment = |(number, duration_us)| Segment {
        uri: format!("{number}.m4s"),
        duration_us,
        encryption: None,
    };
    Rendition {
        uri: "v1/index.m3u8".to_owned(),
        media: Media {
            target_duration: 2,
            init: Some("init.mp4".to_owned()),
            segments: (1..).zip(segments).map(segment).collect(),
            independent_segments: true,
        },
        init: Vec::new(),
        segments: Vec::new(),
        objections: Vec::new(),
        tracks: Vec::new(),
    }
}

fn cue(text: &str) -> Cue {
    Cue {
        start_us: 0,
        end_us: 1_000_000,
        text: text.to_owned(),
    }
}

/// What is found wrong with a changed description; the init segment of this rendition is empty, so its codec is never known.
fn found(change: impl Fn(&str) -> String) -> Vec<String> {
    let description = Description {
        url: "http://h:1/film/manifest.mpd".to_owned(),
        mpd: dash_mpd_core::parse(&change(MPD)).unwrap(),
        texts: vec![vec![cue("a")]],
    };
    let text = subtitles::Rendition {
        uri: "t1/index.m3u8".to_owned(),
        segments: vec![Page {
            time_us: 0..5_500_000,
            map_us: None,
            cues: vec![cue("a")],
        }],
    };
    let mut faults = description.faults(MASTER, &[rendition()], &[text]);
    faults.retain(|fault| !fault.contains("init segment"));
    faults
}

#[test]
fn the_same_segments_at_the_same_times_have_no_fault() {
    assert_eq!(found(str::to_owned), Vec::<String>::new());
}

#[test]
fn each_difference_is_named() {
    #[rustfmt::skip]
    let table = [
        ("d=\"19200\"", "d=\"19300\"", "segment 3 ends at"),
        ("Offset=\"1024\"", "Offset=\"0\"", "segment 1 ends at"),
        ("r=\"1\"", "r=\"2\"", "no playlist names its segments"),
        ("startNumber=\"1\"", "startNumber=\"0\"", "no playlist names its segments"),
        ("<S d=\"19200\"", "<S t=\"60000\" d=\"19200\"", "a gap before 60000"),
        ("PT5.5S", "PT6S", "it says 6000000 us"),
    ];
    for (from, to, reason) in table {
        let faults = found(|mpd| mpd.replace(from, to));
        assert!(
            faults.iter().any(|fault| fault.contains(reason)),
            "{reason}: {faults:?}"
        );
    }
}

#[test]
fn what_is_not_described_is_told() {
    let mpd = dash_mpd_core::parse(MPD).unwrap();
    let description = Description {
        url: "http://h:1/film/manifest.mpd".to_owned(),
        mpd,
        texts: vec![vec![cue("another")]],
    };
    let other = Rendition {
        uri: "a1/index.m3u8".to_owned(),
        ..rendition()
    };
    let text = subtitles::Rendition {
        uri: "t1/index.m3u8".to_owned(),
        segments: vec![Page {
            time_us: 0..5_500_000,
            map_us: None,
            cues: vec![cue("a")],
        }],
    };
    let faults = description
        .faults(MASTER, &[rendition(), other], &[text])
        .join("; ");
    for reason in [
        "no representation is a1/index.m3u8",
        "a text has other cues",
        "1 texts are not named",
    ] {
        assert!(faults.contains(reason), "{faults}");
    }
}

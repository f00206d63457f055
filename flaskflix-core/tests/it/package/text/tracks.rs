//! Tracks of subtitles.

use flaskflix_core::{
    catalog::SubtitleRole,
    package::{PackageOptions, StreamKind, TextPart, Warning},
    testing::mp4::{TestMovie, TestTrack},
};

use super::{
    super::film::{Packaged, Urls, all_alike, packaged, plan, video},
    stage::{sound, tx3g, wvtt},
};

/// A film of 30 s, cut every 6 s, whose fragments present everything later by some frames.
fn film(text: TestTrack) -> TestMovie {
    TestMovie::new(vec![video(751, 50), sound(1408), text])
}

/// Display flags, justification, background, box, a style without a face, no fonts.
fn tx3g_fields(flags: u32) -> Vec<u8> {
    let mut fields = flags.to_be_bytes().to_vec();
    fields.extend_from_slice(&[0; 14 + 12]);
    fields
}

fn tx3g_track(samples: &[(u32, &str)]) -> TestTrack {
    let samples: Vec<_> = samples
        .iter()
        .map(|(duration, text)| (*duration, tx3g(text)))
        .collect();
    let samples: Vec<_> = samples
        .iter()
        .map(|(duration, text)| (*duration, &text[..]))
        .collect();
    TestTrack {
        handler: Some(*b"sbtl"),
        language: *b"deu",
        ..TestTrack::text(*b"tx3g", &tx3g_fields(0), &samples)
    }
}

fn cues(text: &str) -> Vec<&str> {
    text.split("\n\n")
        .skip(1)
        .filter(|block| !block.is_empty())
        .collect()
}

/// "Each Media Segment containing `WebVTT` MUST start with a X-TIMESTAMP-MAP" (RFC 8216bis section 3.1.4), which says
/// where the fragments present the cues: the lead, in ticks of 1/90000 s.
fn timestamp_map(title: &Packaged) -> String {
    let lead = title.plan.stream("v1").unwrap().lead();
    assert!(lead.as_micros() > 0, "a film whose fragments present later");
    let ticks = lead.ticks() * 90_000 / i64::from(lead.timescale().get());
    format!("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:{ticks}\n\n")
}

#[test]
fn a_cue_stands_in_every_segment_that_it_overlaps_and_in_no_other() {
    let track = tx3g_track(&[
        (1000, ""),
        (2000, "one <1>"),
        (2500, ""),
        (8000, "over two cuts"),
        (4000, ""),
        (500, "four"),
        (12_000, ""),
    ]);
    let title = plan(&[film(track)], &all_alike()).unwrap();
    let stream = title.plan.stream("t1").unwrap();
    assert_eq!((stream.kind(), stream.segment_count()), (StreamKind::Text, 5));
    let durations: Vec<u64> = title.plan.stream("v1").unwrap().durations().collect();
    assert_eq!(stream.durations().collect::<Vec<_>>(), durations);
    let map = timestamp_map(&title);
    let segments = title.text_segments("t1");
    assert!(
        segments.iter().all(|segment| segment.starts_with(&map)),
        "{segments:?}"
    );
    let long = "00:00:05.500 --> 00:00:13.500\nover two cuts";
    let found: Vec<Vec<&str>> = segments.iter().map(|segment| cues(segment)).collect();
    assert_eq!(
        found,
        [
            vec!["00:00:01.000 --> 00:00:03.000\none &lt;1&gt;", long],
            vec![long],
            vec![long, "00:00:17.500 --> 00:00:18.000\nfour"],
            vec![],
            vec![],
        ]
    );
    let (whole, _) = title.text("t1", TextPart::Whole);
    assert!(whole.starts_with("WEBVTT\n\n00:00:01.000"), "no map: {whole}");
    assert_eq!(cues(&whole).len(), 3);
}

#[test]
fn a_segment_reads_its_own_samples_only() {
    let text = "x".repeat(100);
    let samples: Vec<(u32, &str)> = (0..300).map(|_| (100, &text[..])).collect();
    let title = plan(&[film(tx3g_track(&samples))], &all_alike()).unwrap();
    let (_, all) = title.text("t1", TextPart::Whole);
    assert_eq!(all, 300 * 102);
    for number in 1..=5 {
        let (_, read) = title.text("t1", TextPart::Segment(number));
        assert!((60 * 102..=62 * 102).contains(&read), "segment {number}: {read}");
    }
    let stream = title.plan.stream("t1").unwrap();
    // Samples that follow each other in the file are one range: five in a chunk.
    let read = title.plan.text(stream, TextPart::Segment(2)).unwrap();
    assert!(read.ranges().len() <= 62 / 5 + 2, "{}", read.ranges().len());
    for part in [TextPart::Segment(0), TextPart::Segment(6)] {
        assert!(title.plan.text(stream, part).is_none(), "{part:?}");
    }
    assert!(
        title.plan.segment(stream, 1).is_none(),
        "text has no media segments"
    );
    assert!(
        title
            .plan
            .text(title.plan.stream("v1").unwrap(), TextPart::Whole)
            .is_none()
    );
}

#[test]
fn a_cue_that_samples_repeat_comes_out_as_one_in_every_segment() {
    let (one, both) = (wvtt(&["long"]), wvtt(&["long", "short"]));
    let empty = super::stage::boxed(b"vtte", b"");
    let track = TestTrack::text(
        *b"wvtt",
        &super::stage::boxed(b"vttC", b"WEBVTT\n\nSTYLE\n::cue{color:lime}\n"),
        &[
            (4000, &empty),
            (1500, &one),
            (1500, &both),
            (1500, &one),
            (20_000, &empty),
        ],
    );
    let title = plan(&[film(track)], &all_alike()).unwrap();
    let long = "00:00:04.000 --> 00:00:08.500\nlong";
    let style = "STYLE\n::cue{color:lime}";
    let segments = title.text_segments("t1");
    let short = "00:00:05.500 --> 00:00:07.000\nshort";
    assert_eq!(cues(&segments[0]), [style, long, short]);
    assert_eq!(cues(&segments[1]), [style, long, short]);
    assert_eq!(cues(&segments[2]), [style]);
}

#[test]
fn an_edit_list_moves_text_as_it_moves_all_tracks() {
    for (track, want) in [
        (
            TestTrack {
                delay: Some(1500),
                ..tx3g_track(&[(1000, "a"), (1000, "b")])
            },
            "00:00:01.500 --> 00:00:02.500\na",
        ),
        (
            TestTrack {
                edit: Some((400, 0)),
                ..tx3g_track(&[(1000, "a"), (1000, "b")])
            },
            "00:00:00.000 --> 00:00:00.600\na",
        ),
    ] {
        let title = packaged(&[film(track)]);
        assert_eq!(cues(&title.text_segments("t1")[0])[0], want);
    }
}

#[test]
fn the_menu_says_what_the_tracks_say() {
    let plain = || tx3g_track(&[(1000, "x")]);
    let forced = TestTrack {
        sample_entry: TestTrack::text(*b"tx3g", &tx3g_fields(0x8000_0000), &[]).sample_entry,
        ..plain()
    };
    let deaf = TestTrack {
        name: "Deutsch SDH".to_owned(),
        ..plain()
    };
    let title = packaged(&[TestMovie::new(vec![
        video(751, 50),
        plain(),
        plain(),
        forced,
        deaf,
    ])]);
    let list = title.plan.subtitles();
    let list: Vec<_> = list
        .iter()
        .map(|found| {
            let language = found.language.as_deref();
            (
                found.stream.id(),
                &found.name[..],
                language,
                found.role,
                found.default,
            )
        })
        .collect();
    let de = Some("de");
    assert_eq!(
        list,
        [
            ("t1", "Deutsch", de, SubtitleRole::Dialogue, true),
            ("t2", "Deutsch (2)", de, SubtitleRole::Dialogue, false),
            ("t3", "Deutsch (forced)", de, SubtitleRole::Forced, false),
            ("t4", "Deutsch SDH", de, SubtitleRole::HearingImpaired, false),
        ]
    );
    let master = title.plan.multivariant_playlist(&Urls);
    let lines: Vec<&str> = master
        .lines()
        .filter(|line| line.contains("TYPE=SUBTITLES"))
        .collect();
    assert_eq!(
        lines[2],
        "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subs\",NAME=\"Deutsch (forced)\",LANGUAGE=\"de\",DEFAULT=NO,AUTOSELECT=YES,\
         FORCED=YES,URI=\"t3/index.m3u8\""
    );
    assert_eq!(
        lines[3],
        "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subs\",NAME=\"Deutsch SDH\",LANGUAGE=\"de\",DEFAULT=NO,AUTOSELECT=YES,\
         FORCED=NO,CHARACTERISTICS=\"public.accessibility.transcribes-spoken-dialog,\
         public.accessibility.describes-music-and-sound\",URI=\"t4/index.m3u8\""
    );
    assert!(master.contains("SUBTITLES=\"subs\"\nv1/index.m3u8"), "{master}");
}

#[test]
fn text_playlists_are_the_films_without_an_initialisation_section() {
    let title = packaged(&[film(tx3g_track(&[(1000, "x")]))]);
    let text = title.plan.media_playlist(title.plan.stream("t1").unwrap(), &Urls);
    let video = title.plan.media_playlist(title.plan.stream("v1").unwrap(), &Urls);
    let as_video = text.replace(".vtt", ".m4s").replace(
        "#EXT-X-INDEPENDENT-SEGMENTS\n",
        "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"init.mp4\"\n",
    );
    assert_eq!(as_video, video);
}

#[test]
fn renditions_share_their_subtitles() {
    let title = packaged(&[film(tx3g_track(&[(1000, "x")])), film(tx3g_track(&[(1000, "x")]))]);
    let texts = title
        .plan
        .streams()
        .iter()
        .filter(|s| s.kind() == StreamKind::Text);
    assert_eq!(texts.count(), 1);
}

#[test]
fn text_outlasts_the_picture_where_the_sound_does() {
    let text = tx3g_track(&[(39_000, ""), (500, "late")]);
    let title = packaged(&[TestMovie::new(vec![video(751, 50), sound(48 * 40), text])]);
    let (sound, text) = (title.plan.stream("a1").unwrap(), title.plan.stream("t1").unwrap());
    assert_eq!(text.segment_count(), sound.segment_count());
    assert_eq!(
        cues(title.text_segments("t1").last().unwrap()),
        ["00:00:39.000 --> 00:00:39.500\nlate"]
    );
}

#[test]
fn what_cannot_be_shown_is_a_warning_and_the_film_plays() {
    let other = TestTrack {
        handler: Some(*b"subt"),
        ..TestTrack::text(*b"stpp", b"", &[(1000, b"<tt/>")])
    };
    let title = packaged(&[film(other)]);
    let warnings: Vec<String> = title.plan.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["a.mp4: track 3: codec stpp is not supported"]);

    let mut large = tx3g_track(&[(1000, "x")]);
    large.contents = vec![vec![0; (4 << 20) + 1].into()];
    large.samples[0].0 = (4 << 20) + 1;
    let title = packaged(&[film(large)]);
    assert!(
        matches!(
            title.plan.warnings(),
            [Warning::TextTrackTooLarge { track: 3, .. }]
        ),
        "{:?}",
        title.plan.warnings()
    );

    let mut options = PackageOptions::default();
    options.max_streams = 2;
    let title = plan(&[film(tx3g_track(&[(1000, "x")]))], &options).unwrap();
    assert_eq!(title.plan.streams().len(), 2);
    assert!(matches!(
        title.plan.warnings(),
        [Warning::TooManySubtitles { found: 1, limit: 0 }]
    ));
}

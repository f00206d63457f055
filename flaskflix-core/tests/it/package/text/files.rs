//! Files of subtitles beside a film.

use flaskflix_core::{
    catalog::{SubtitleFile, SubtitleRole},
    id::AssetKey,
    package::{StreamKind, SubtitleInput, TextPart},
    source::ObjectInfo,
    testing::mp4::TestMovie,
    validator::EntityTag,
};

use super::{
    super::film::{Packaged, Urls, audio, video, with_subtitles},
    stage::sound,
};

fn file(name: &str, language: &str, text: &str) -> SubtitleInput {
    let info = ObjectInfo {
        len: text.len() as u64,
        etag: EntityTag::of_bytes(text.as_bytes()),
        last_modified: None,
    };
    let file = SubtitleFile::new(AssetKey::parse(name).unwrap()).language(language);
    SubtitleInput::parse(file, info, text.as_bytes())
}

fn title(subtitles: Vec<SubtitleInput>) -> Packaged {
    let film = TestMovie::new(vec![video(751, 50), sound(1408)]).build();
    with_subtitles(&film, subtitles)
}

const SRT: &str = "1\n00:00:05,500 --> 00:00:06,500\n<i>Over</i> a cut\n";
const VTT: &str = "WEBVTT\n\nSTYLE\n::cue{}\n\nname\n00:20.000 --> 00:21.000 line:0\nlate\n";

#[test]
fn files_are_streams_that_nothing_is_read_for() {
    let title = title(vec![file("a.srt", "en", SRT), file("b.vtt", "pt-BR", VTT)]);
    assert!(title.plan.warnings().is_empty());
    let first = title.plan.stream("t1").unwrap();
    assert_eq!((first.kind(), first.segment_count()), (StreamKind::Text, 5));
    assert!(title.plan.input(first).is_none() && title.plan.track(first).is_none());
    let segments = title.text_segments("t1");
    let cue = "00:00:05.500 --> 00:00:06.500\n<i>Over</i> a cut\n\n";
    assert!(
        segments[0].ends_with(cue) && segments[1].ends_with(cue),
        "{segments:?}"
    );
    assert!(!segments[2].contains("-->"));
    assert!(segments.iter().all(|text| text.contains("X-TIMESTAMP-MAP=LOCAL")));
    let (whole, read) = title.text("t2", TextPart::Whole);
    assert_eq!(read, 0);
    assert_eq!(
        whole,
        "WEBVTT\n\nSTYLE\n::cue{}\n\nname\n00:00:20.000 --> 00:00:21.000 line:0\nlate\n\n"
    );
    let list = title.plan.subtitles();
    let names: Vec<_> = list
        .iter()
        .map(|found| (&found.name[..], found.default))
        .collect();
    assert_eq!(names, [("English", false), ("Português (BR)", false)]);
}

/// Priming lets the sound of a film start before its picture, and everything moves by that: so must the text.
#[test]
fn the_times_of_a_file_are_those_of_the_film() {
    let film = TestMovie::new(vec![video(751, 50), audio(1408, b"eng")]).build();
    let title = with_subtitles(&film, vec![file("a.srt", "en", SRT)]);
    let (whole, _) = title.text("t1", TextPart::Whole);
    assert!(whole.contains("00:00:05.521 --> 00:00:06.521\n"), "{whole}");
}

#[test]
fn names_and_roles_come_from_the_file() {
    let mut named = file("a.srt", "en", SRT);
    named.file.name = Some("Director".to_owned());
    named.file.role = SubtitleRole::Forced;
    let mut unknown = file("b.srt", "und", SRT);
    unknown.file.role = SubtitleRole::HearingImpaired;
    let title = title(vec![named, unknown]);
    let master = title.plan.multivariant_playlist(&Urls);
    for line in [
        "NAME=\"Director\",LANGUAGE=\"en\",DEFAULT=NO,AUTOSELECT=YES,FORCED=YES,URI=",
        "NAME=\"Subtitles 2 (SDH)\",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,CHARACTERISTICS=",
    ] {
        assert!(master.contains(line), "{line}: {master}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_a_warning_with_its_line() {
    let broken = file("bad.vtt", "en", "WEBVTT\n\n00:xx --> 00:01.000\nx");
    let partly = file("part.vtt", "en", "WEBVTT\n\n00:00 --> 0:01\nx\n\n0 --> 1\ny\n");
    let missing = SubtitleInput::unreadable(SubtitleFile::new(AssetKey::parse("gone.srt").unwrap()));
    let large = file("large.srt", "en", SRT);
    let large = SubtitleInput::too_large(large.file, large.info.unwrap());
    let title = title(vec![broken, partly, missing, large, file("good.srt", "en", SRT)]);
    let warnings: Vec<String> = title.plan.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "bad.vtt: left out: line 3: the times of the cue cannot be read",
            "part.vtt: 1 cues are left out, the first in line 6: the times of the cue cannot be read",
            "gone.srt: left out: the file cannot be opened",
            "large.srt: left out: line 1: more than 4194304 bytes in the file",
        ]
    );
    let ids: Vec<&str> = title.plan.streams().iter().map(|stream| stream.id()).collect();
    assert_eq!(ids, ["v1", "a1", "t1", "t2"]);
    assert!(title.text_segments("t2")[0].contains("a cut"));
}

#[test]
fn new_subtitles_have_new_tags_and_leave_the_films_alone() {
    let tags = |text: &str| {
        let title = title(vec![file("a.srt", "en", text)]);
        let (film, text) = (title.plan.stream("v1").unwrap(), title.plan.stream("t1").unwrap());
        let of_text = |part| {
            title
                .plan
                .text(text, part)
                .unwrap()
                .render(&[])
                .info()
                .etag
                .clone()
        };
        let film = title.plan.segment(film, 1).unwrap().info().etag.clone();
        (
            film,
            of_text(TextPart::Segment(1)),
            of_text(TextPart::Segment(2)),
            of_text(TextPart::Whole),
        )
    };
    let (one, two) = (tags(SRT), tags(&SRT.replace("Over", "Under")));
    assert_eq!(one, tags(SRT));
    assert_eq!(one.0, two.0);
    let all = [&one.1, &one.2, &one.3, &two.1, &two.2, &two.3];
    for (place, tag) in all.iter().enumerate() {
        assert!(!all[..place].contains(tag), "{all:?}");
    }
}

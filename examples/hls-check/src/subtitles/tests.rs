use super::*;

fn cue(start_ms: i64, end_ms: i64, text: &str) -> Cue {
    Cue {
        start_us: start_ms * 1000,
        end_us: end_ms * 1000,
        text: text.to_owned(),
    }
}

/// Two segments of two seconds whose fragments are 80 ms late, and a cue over the cut.
fn rendition() -> Rendition {
    let page = |from: i64, cues: Vec<Cue>| Page {
        time_us: from..from + 2_000_000,
        map_us: Some(80_000),
        cues,
    };
    let long = cue(1500, 2500, "b");
    Rendition {
        uri: "t.m3u8".to_owned(),
        segments: vec![
            page(0, vec![cue(500, 1000, "a"), long.clone()]),
            page(2_000_000, vec![long, cue(3000, 3500, "c")]),
        ],
    }
}

fn source() -> Source {
    Source {
        label: "film #2".to_owned(),
        cues: vec![
            cue(500, 1000, "a"),
            cue(1500, 2500, "b"),
            cue(3000, 3500, "c"),
            cue(9000, 9500, "behind the end"),
        ],
    }
}

/// The failures of what is served, after some damage to it.
fn found(damage: impl FnOnce(&mut Rendition)) -> String {
    let mut served = rendition();
    damage(&mut served);
    faults(&[served], &[source()], 80_000).join("; ")
}

#[test]
fn what_is_right_has_no_fault() {
    assert_eq!(found(|_| ()), "");
}

#[test]
fn each_damage_is_named() {
    assert!(found(|it| it.segments[1].cues.remove(0).text.clear()).contains("segment 2 lacks"));
    assert!(found(|it| it.segments[0].cues.push(cue(3000, 3500, "c"))).contains("segment 1 holds"));
    assert!(found(|it| it.segments[1].map_us = None).contains("has no X-TIMESTAMP-MAP"));
    assert!(found(|it| it.segments[1].map_us = Some(0)).contains("another X-TIMESTAMP-MAP"));
    assert!(found(|it| it.segments[0].cues[0].text.push('!')).contains("cue 1 is"));
    assert!(found(|it| it.segments[0].cues[0].end_us += 3000).contains("cue 1 is"));
    assert!(found(|it| it.segments[1].cues.truncate(1)).contains("cue 3 is None"));
}

#[test]
fn a_map_that_is_off_moves_all_cues() {
    let off = |it: &mut Rendition| it.segments.iter_mut().for_each(|page| page.map_us = Some(83_000));
    assert!(found(off).contains("cue 1 is"));
}

#[test]
fn sources_and_renditions_are_paired_whatever_their_order() {
    let other = Source {
        label: "other".to_owned(),
        cues: vec![cue(100, 200, "x")],
    };
    let pages = vec![Page {
        time_us: 0..4_000_000,
        map_us: Some(80_000),
        cues: other.cues.clone(),
    }];
    let second = Rendition {
        uri: "u.m3u8".to_owned(),
        segments: pages,
    };
    let (first, sources) = (rendition(), [source(), other]);
    assert!(faults(&[second.clone(), first.clone()], &sources, 80_000).is_empty());
    assert_eq!(
        faults(std::slice::from_ref(&first), &sources, 80_000),
        ["other: no rendition carries these subtitles"]
    );
    assert_eq!(
        faults(&[first, second], &sources[..1], 80_000),
        ["u.m3u8: no source has these subtitles"]
    );
}

#[test]
fn tags_and_escapes_are_not_compared() {
    let text = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:7200\n\nSTYLE\n::cue {}\n\n7\n\
                00:01.000 --> 01:00:02.500 line:0\n<v Anna>One <b>two</b> &amp; &lt;three&gt;\n\u{a0}\nfour\n\n";
    let (map, cues) = parse(text).unwrap();
    assert_eq!(map, Some(80_000));
    assert_eq!(cues, [cue(1000, 3_602_500, "One two & <three>\nfour")]);
    assert!(parse("1\n00:01.000 --> 00:02.000\nx").is_err());
    assert!(parse("WEBVTT\n\n00:01 --> 00:02.000\nx").is_err());
}

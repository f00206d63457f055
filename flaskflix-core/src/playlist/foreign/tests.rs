//! Hostile and honest playlists.

use proptest::prelude::*;

use super::*;

fn read_at(text: &str, place: &str) -> Result<ForeignPlaylist, PlaylistError> {
    let place = ChildPath::parse(place).unwrap();
    ForeignPlaylist::read(text.as_bytes(), &place, &PlaylistLimits::default())
}

fn read(text: &str) -> Result<ForeignPlaylist, PlaylistError> {
    read_at(text, "index.m3u8")
}

/// A media playlist with this line in front of its only segment.
fn with_line(line: &str) -> Result<ForeignPlaylist, PlaylistError> {
    read(&format!(
        "#EXTM3U\n#EXT-X-TARGETDURATION:6\n{line}\n#EXTINF:6.0,\n1.ts\n#EXT-X-ENDLIST\n"
    ))
}

/// A multivariant playlist with this line in front of its only variant.
fn with_master_line(line: &str) -> Result<ForeignPlaylist, PlaylistError> {
    read(&format!(
        "#EXTM3U\n{line}\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n"
    ))
}

fn same_place(playlist: &ForeignPlaylist, place: &str) -> String {
    let place = ChildPath::parse(place).unwrap();
    playlist.rewritten(|child| child.url_from(&place))
}

#[test]
fn every_uri_is_rewritten_and_all_else_is_kept() {
    let text = "#EXTM3U\r\n#EXT-X-VERSION:7\n# a comment, kept  \n#EXT-X-TARGETDURATION:6\n#EXT-X-KEY:METHOD=AES-128,URI=\"./k 1.key\",IV=0x01\n\
        #EXT-X-MAP:URI=\"init.mp4\",BYTERANGE=\"10@0\"\n\n#EXTINF:5.994,a title, with comma\n#EXT-X-BYTERANGE:20@10\na%2eb.m4s\n\
        #EXT-X-UNKNOWN:x=\"y\"\n#EXTINF:6\n#EXT-X-BYTERANGE:30\na.b.m4s\n#EXT-X-ENDLIST";
    let playlist = read_at(text, "v/index.m3u8").unwrap();
    assert_eq!(
        playlist.rewritten(|child| format!("files/{}", child.url())),
        "#EXTM3U\n#EXT-X-VERSION:7\n# a comment, kept\n#EXT-X-TARGETDURATION:6\n\
        #EXT-X-KEY:METHOD=AES-128,URI=\"files/v/k%201.key\",IV=0x01\n\
        #EXT-X-MAP:URI=\"files/v/init.mp4\",BYTERANGE=\"10@0\"\n#EXTINF:5.994,a title, with comma\n#EXT-X-BYTERANGE:20@10\nfiles/v/a.b.m4s\n\
        #EXT-X-UNKNOWN:x=\"y\"\n#EXTINF:6\n#EXT-X-BYTERANGE:30\nfiles/v/a.b.m4s\n#EXT-X-ENDLIST\n"
    );
    let media = playlist.media().unwrap();
    assert!(media.ended && !media.independent);
    assert_eq!(media.target_secs, 6);
    let segments: Vec<_> = media
        .segments
        .iter()
        .map(|segment| {
            (
                segment.micros,
                segment.range.map(|range| (range.start(), range.end())),
                segment.encrypted,
            )
        })
        .collect();
    assert_eq!(
        segments,
        [
            (5_994_000, Some((10, 30)), true),
            (6_000_000, Some((30, 60)), true)
        ]
    );
    assert_eq!(media.segments[0].map.as_ref().unwrap().0.as_str(), "v/init.mp4");
}

#[test]
fn uris_in_attributes_of_multivariant_playlists_are_rewritten() {
    let text = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"A, B\",URI=\"a/i.m3u8\"\n\
        #EXT-X-SESSION-DATA:DATA-ID=\"x\",URI=\"d.json\"\n#EXT-X-SESSION-KEY:METHOD=AES-128,URI=\"k.key\"\n\
        #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"f.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=5,AUDIO=\"a\"\nv/i.m3u8\n";
    let playlist = read(text).unwrap();
    assert_eq!(playlist.media(), None);
    let served = playlist.rewritten(|child| format!("files/{}", child.url()));
    for uri in [
        "URI=\"files/a/i.m3u8\"\n",
        "URI=\"files/d.json\"\n",
        "URI=\"files/k.key\"\n",
        "URI=\"files/f.m3u8\"\n",
        "\nfiles/v/i.m3u8\n",
    ] {
        assert!(served.contains(uri), "{uri} in {served}");
    }
    assert_eq!(playlist.children().count(), 5);
}

#[test]
fn the_multivariant_playlist_of_the_script_is_served() {
    let text = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1920x1080\n1080p.m3u8\n\
        #EXT-X-STREAM-INF:BANDWIDTH=2800000,RESOLUTION=1280x720\n720p.m3u8\n";
    let playlist = read_at(text, "master.m3u8").unwrap();
    assert_eq!(same_place(&playlist, "master.m3u8"), text);
}

#[test]
fn lines_that_lead_out_are_refused_and_named() {
    let leads_out = |name: &str| PlaylistFault::LeadsOut {
        name: name.to_owned(),
    };
    #[rustfmt::skip]
    let table = [
        ("#EXT-X-DEFINE:NAME=\"x\",VALUE=\"http://evil/\"",                       leads_out("EXT-X-DEFINE")),
        ("#EXT-X-DEFINE:QUERYPARAM=\"x\"",                                        leads_out("EXT-X-DEFINE")),
        ("#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-01-01T00:00:00Z\",X-ASSET-URI=\"http://evil/a.m3u8\"", leads_out("X-ASSET-URI")),
        ("#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-01-01T00:00:00Z\",X-ASSET-LIST=\"http://evil/l.json\"", leads_out("X-ASSET-LIST")),
        ("#EXT-X-KEY:METHOD=AES-128,uri=\"http://evil/k\"",                       leads_out("uri")),
        ("#EXT-X-MAGIC:http://evil/1.ts",                                         leads_out("EXT-X-MAGIC")),
        ("#EXT-X-MAGIC:uri=x",                                                    leads_out("EXT-X-MAGIC")),
        ("#EXT-X-KEYID=\"x\",URI=\"d>json\"",                                     leads_out("EXT-X-KEYID")),
        ("#EXT-X-MAP:URI=\"http://evil/i.mp4\"",                                  UriFault::Scheme.into()),
        ("#EXT-X-MAP:URI=\"//evil/i.mp4\"",                                       UriFault::Absolute.into()),
        ("#EXT-X-MAP:URI=\"../i.mp4\"",                                           UriFault::LeadsOut.into()),
        ("#EXT-X-KEY:METHOD=AES-128,URI=\"data:text/plain;base64,AAAA\"",         UriFault::Scheme.into()),
        ("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://x\",KEYFORMAT=\"com.apple\"",  UriFault::Scheme.into()),
        ("#EXT-X-KEY:METHOD=AES-128,URI=\"a.key\",URI=\"b.key\"",                 PlaylistFault::Value { tag: "EXT-X-KEY".to_owned() }),
        ("#EXT-X-KEY:METHOD=AES-128,URI=a.key",                                   PlaylistFault::Value { tag: "EXT-X-KEY".to_owned() }),
        ("#EXT-X-KEY:URI=\"a.key\"",                                              PlaylistFault::Value { tag: "EXT-X-KEY".to_owned() }),
        ("#EXT-X-KEY:METHOD",                                                     PlaylistFault::Value { tag: "EXT-X-KEY".to_owned() }),
        ("#EXT-X-MAP:BYTERANGE=\"1@0\"",                                          PlaylistFault::Value { tag: "EXT-X-MAP".to_owned() }),
        ("#EXT-X-PART:DURATION=1,URI=\"http://evil/p.mp4\"",                      UriFault::Scheme.into()),
        ("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"/p.mp4\"",                          UriFault::Absolute.into()),
        ("#EXT-X-RENDITION-REPORT:URI=\"../../r.m3u8\"",                          UriFault::LeadsOut.into()),
        ("#EXT-X-VERSION:3http://evil/",                                          PlaylistFault::Value { tag: "EXT-X-VERSION".to_owned() }),
        ("#EXT-X-TARGETDURATION:6.5",                                             PlaylistFault::Value { tag: "EXT-X-TARGETDURATION".to_owned() }),
        ("#EXT-X-ENDLIST http://evil",                                            leads_out("EXT-X-ENDLIST")),
        ("#EXT-X-ENDLISThttp:evil",                                               PlaylistFault::Ambiguous),
        ("#EXTINF:-1,radio\nhttp://evil/",                                        PlaylistFault::Value { tag: "EXTINF".to_owned() }),
        ("#EXTINF:1,\nhttp://evil/1.ts",                                          UriFault::Scheme.into()),
        ("#EXTINF:1,\n/etc/passwd.ts",                                            UriFault::Absolute.into()),
        ("#EXTINF:1,\n..\\1.ts",                                                  UriFault::ForbiddenCharacter { character: '\\' }.into()),
        ("#EXTINF:1,\n1.ts\u{0}",                                                 PlaylistFault::ForbiddenCharacter { character: '\0' }),
        ("#comment\rhttp://evil/1.ts",                                            PlaylistFault::ForbiddenCharacter { character: '\r' }),
        ("#comment\u{2028}http://evil/1.ts",                                      PlaylistFault::ForbiddenCharacter { character: '\u{2028}' }),
        ("#comment\u{85}http://evil/1.ts",                                        PlaylistFault::ForbiddenCharacter { character: '\u{85}' }),
        ("#comment\u{b}http://evil/1.ts",                                         PlaylistFault::ForbiddenCharacter { character: '\u{b}' }),
        (" #EXT-X-MAP:URI=\"i.mp4\"",                                             PlaylistFault::LeadingSpace),
        ("\u{a0}1.ts",                                                            PlaylistFault::LeadingSpace),
        ("1.ts",                                                                  PlaylistFault::StrayUri),
        ("#EXTINF:1,",                                                            PlaylistFault::StrayUri),
        ("#EXT-X-BYTERANGE:10",                                                   PlaylistFault::Value { tag: "EXT-X-BYTERANGE".to_owned() }),
        ("#EXT-X-BYTERANGE:18446744073709551615@1",                               PlaylistFault::Value { tag: "EXT-X-BYTERANGE".to_owned() }),
        ("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\"",                     PlaylistFault::Mixed),
    ];
    for (line, fault) in table {
        let error = with_line(line).expect_err(line);
        assert_eq!(error.fault, fault, "{line:?}");
    }
}

#[test]
fn lines_of_multivariant_playlists_that_lead_out_are_refused_too() {
    let leads_out = |name: &str| PlaylistFault::LeadsOut {
        name: name.to_owned(),
    };
    #[rustfmt::skip]
    let table = [
        ("#EXT-X-CONTENT-STEERING:SERVER-URI=\"http://evil/\"",                   leads_out("EXT-X-CONTENT-STEERING")),
        ("#EXT-X-SESSION-DATA:DATA-ID=\"x\",URI=\"http://evil/d.json\"",          UriFault::Scheme.into()),
        ("#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"http://evil/f.m3u8\"",      UriFault::Scheme.into()),
        ("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",URI=\"/a.m3u8\"",     UriFault::Absolute.into()),
        ("#EXT-X-STREAM-INF:RESOLUTION=1x1\nw.m3u8",                              PlaylistFault::Ambiguous),
        ("#EXT-X-TARGETDURATION:6",                                               PlaylistFault::Mixed),
    ];
    for (line, fault) in table {
        let error = with_master_line(line).expect_err(line);
        assert_eq!(error.fault, fault, "{line:?}");
    }
}

#[test]
fn the_error_names_the_line() {
    let error = with_line("#EXT-X-MAP:URI=\"http://evil/i.mp4\"").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 3: its URI has a scheme: only relative URIs are served"
    );
}

#[test]
fn texts_that_are_no_playlist_are_refused() {
    let missing = |missing| PlaylistFault::NotHls { missing };
    for (text, fault) in [
        ("", PlaylistFault::NoHeader),
        (
            "\u{feff}#EXTM3U\n",
            PlaylistFault::ForbiddenCharacter {
                character: '\u{feff}',
            },
        ),
        ("#EXTM3U8\n", PlaylistFault::NoHeader),
        ("#EXTM3U", missing("EXTINF or EXT-X-STREAM-INF")),
        ("#EXTM3U\n1.ts\n", PlaylistFault::StrayUri),
        ("#EXTM3U\n#EXTINF:1,\n1.ts\n", missing("EXT-X-TARGETDURATION")),
        (
            "#EXTM3U\n#EXT-X-TARGETDURATION:6\n",
            missing("segment or variant"),
        ),
        (
            "#EXTM3U\n#EXT-X-SESSION-DATA:DATA-ID=\"x\",VALUE=\"y\"\n",
            missing("segment or variant"),
        ),
    ] {
        assert_eq!(read(text).unwrap_err().fault, fault, "{text:?}");
    }
    let place = ChildPath::parse("i.m3u8").unwrap();
    let error = ForeignPlaylist::read(b"#EXTM3U\n#\xff\n", &place, &PlaylistLimits::default()).unwrap_err();
    assert_eq!((error.line, error.fault), (2, PlaylistFault::NotUtf8));
}

#[test]
fn every_limit_is_exact_and_named() {
    let text = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:1,\n1.ts\n#EXTINF:1,\n22.ts\n";
    let master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n1.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\n2.m3u8\n";
    let place = ChildPath::parse("i.m3u8").unwrap();
    let exact = PlaylistLimits {
        max_bytes: text.len().max(master.len()) as u64,
        max_lines: 6,
        max_line_bytes: 29,
        max_segments: 2,
        max_variants: 2,
    };
    for playlist in [text, master] {
        ForeignPlaylist::read(playlist.as_bytes(), &place, &exact).unwrap();
    }
    #[rustfmt::skip]
    let tight: [(&str, &str, PlaylistLimits); 5] = [
        ("max_bytes", master, PlaylistLimits { max_bytes: exact.max_bytes - 1, ..exact.clone() }),
        ("max_lines", text, PlaylistLimits { max_lines: 5, ..exact.clone() }),
        ("max_line_bytes", master, PlaylistLimits { max_line_bytes: 28, ..exact.clone() }),
        ("max_segments", text, PlaylistLimits { max_segments: 1, ..exact.clone() }),
        ("max_variants", master, PlaylistLimits { max_variants: 1, ..exact.clone() }),
    ];
    for (name, playlist, limits) in tight {
        let error = ForeignPlaylist::read(playlist.as_bytes(), &place, &limits).expect_err(name);
        assert!(
            matches!(&error.fault, PlaylistFault::OverLimit { limit_name, .. } if *limit_name == name),
            "{name}: {error}"
        );
    }
}

#[test]
fn durations_are_exact_to_the_microsecond() {
    for (text, micros) in [
        ("6", 6_000_000),
        ("6.006", 6_006_000),
        ("0.0000019", 1),
        ("999999999.999999", 999_999_999_999_999),
    ] {
        assert_eq!(media_reader::micros(text), Some(micros), "{text}");
    }
    for text in ["", ".5", "5.", "-1", "1e3", "1000000000", "6,0", " 6"] {
        assert_eq!(media_reader::micros(text), None, "{text:?}");
    }
}

/// Lines out of which a playlist can go wrong.
fn lines() -> impl Strategy<Value = String> {
    let uri = prop_oneof![
        "[a-c./%:\\\\?# é]{0,8}(ts|m3u8|mp4|key)?",
        Just("../x.ts".to_owned()),
        Just("a/../b.ts".to_owned()),
        Just("//h/x.ts".to_owned()),
        Just("%2e%2e/x.ts".to_owned()),
    ];
    (0..12_u8, uri, ".{0,6}").prop_map(|(kind, uri, text)| match kind {
        0..=2 => format!("#EXTINF:2.0,{text}\n1.ts"),
        3 => format!("#EXTINF:2.0,\n{uri}"),
        4 => format!("#EXT-X-MAP:URI=\"{uri}\""),
        5 => format!("#EXT-X-KEY:METHOD=AES-128,URI=\"{uri}\",IV={text}"),
        6 => format!("#EXT-X-STREAM-INF:BANDWIDTH=1,NAME=\"{text}\"\n{uri}"),
        7 => format!("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"{text}\",URI=\"{uri}\""),
        8 => format!("#EXT-X-{text}:{uri}"),
        9 => format!("#{text}"),
        10 => text,
        _ => uri,
    })
}

proptest! {
    #[test]
    fn what_comes_out_stays_in_the_folder_and_reads_the_same(
        media in any::<bool>(), place in "(a/){0,2}i\\.m3u8", lines in prop::collection::vec(lines(), 0..6),
    ) {
        let head = if media { "#EXT-X-TARGETDURATION:2\n" } else { "" };
        let text = format!("#EXTM3U\n{head}{}\n", lines.join("\n"));
        let Ok(playlist) = read_at(&text, &place) else { return Ok(()) };
        let served = same_place(&playlist, &place);
        let again = read_at(&served, &place).unwrap();
        prop_assert_eq!(same_place(&again, &place), served);
        prop_assert!(again.children().eq(playlist.children()));
        prop_assert_eq!(again.media(), playlist.media());
    }
}

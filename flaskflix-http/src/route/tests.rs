use flaskflix_core::{
    id::TitleId,
    playlist::{ChildPath, PlaylistUrls as _},
};
use proptest::prelude::*;

use super::*;

fn target(text: &str) -> Option<Target> {
    Route::parse(text).map(|route| route.target().clone())
}

#[test]
fn every_resource_has_one_path() {
    let stream = StreamName::parse("v1").unwrap();
    #[rustfmt::skip]
    let table = [
        ("/stream/m/video", Target::Video),
        ("/stream/m/master.m3u8", Target::Master),
        ("/stream/m/v1/index.m3u8", Target::Playlist { stream: stream.clone() }),
        ("/stream/m/v1/init.mp4", Target::Init { stream: stream.clone() }),
        ("/stream/m/v1/1.m4s", Target::Segment { stream: stream.clone(), number: 1 }),
        ("/stream/m/v1/4294967295.m4s", Target::Segment { stream: stream.clone(), number: u32::MAX }),
        ("/stream/m/v1/iframes.m3u8", Target::KeyFrames { stream: stream.clone() }),
        ("/stream/m/v1/k7.m4s", Target::KeyFrame { stream: stream.clone(), number: 7 }),
        ("/stream/m/v1/7.vtt", Target::TextSegment { stream: stream.clone(), number: 7 }),
        ("/stream/m/v1/subtitles.vtt", Target::Subtitles { stream }),
        ("/stream/m/manifest.mpd", Target::Dash),
        ("/stream/m/chapters.json", Target::ChaptersJson),
        ("/stream/m/chapters.vtt", Target::ChaptersVtt),
        ("/stream/m/key", Target::Key),
        ("/stream/m/files/a.ts", Target::File { path: child("a.ts") }),
        ("/stream/m/files/a/b%20c/index.m3u8", Target::File { path: child("a/b c/index.m3u8") }),
        ("/stream/m/files/files/1.m4s", Target::File { path: child("files/1.m4s") }),
        ("/stream/m/variants/720p/a/b.ts", Target::Variant { height: 720, path: child("a/b.ts") }),
    ];
    for (path, wanted) in table {
        let route = Route::parse(path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!((route.title().as_str(), route.target()), ("m", &wanted), "{path}");
        assert_eq!(route.path(), path);
    }
}

#[test]
fn other_shapes_are_no_route() {
    for path in [
        "",
        "/",
        "/stream",
        "/stream/",
        "/stream//video",
        "/stream/m",
        "/stream/m/",
        "/stream/m/video/",
        "/stream/m//video",
        "//stream/m/video",
        "/stream/m/video;x",
        "/stream/m/Video",
        "/stream/./video",
        "/stream/../video",
        "/stream/%2e%2e/video",
        "/stream/a%2fb/video",
        "/stream/a%2Fb/video",
        "/stream/a%5cb/video",
        "/stream/a%00/video",
        "/stream/a%0a/video",
        "/stream/%zz/video",
        "/stream/%2/video",
        "/stream/%/video",
        "/stream/%ff/video",
        "/stream/m/./video",
        "/stream/m/../m/video",
        "/stream/m/v1/0.m4s",
        "/stream/m/v1/01.m4s",
        "/stream/m/v1/+1.m4s",
        "/stream/m/v1/-1.m4s",
        "/stream/m/v1/.m4s",
        "/stream/m/v1/1.M4S",
        "/stream/m/v1/4294967296.m4s",
        "/stream/m/v1/k0.m4s",
        "/stream/m/v1/k.m4s",
        "/stream/m/v1/kk1.m4s",
        "/stream/m/v1/k1.vtt",
        "/stream/m/v1/0.vtt",
        "/stream/m/v1/.vtt",
        "/stream/m/v1/manifest.mpd",
        "/stream/m/v1/1.m4s/",
        "/stream/m/v 1/1.m4s",
        "/stream/m/%2e%2e/1.m4s",
        "/stream/m/v1/x/1.m4s",
        "/stream/m/t/video",
        "/stream/m/t//video",
        "/stream/m/t/tok",
        "/stream/m/t/tok/t/tok/video",
        "/stream/m/v1/master.m3u8",
        "/stream/m/index.m3u8",
        "/other/m/video",
        "stream/m/video",
    ] {
        assert_eq!(Route::parse(path), None, "{path}");
    }
}

#[test]
fn files_outside_their_folder_are_no_route() {
    for path in [
        "/stream/m/files",
        "/stream/m/files/",
        "/stream/m/files/a",
        "/stream/m/files/a.exe",
        "/stream/m/files//a.ts",
        "/stream/m/files/a.ts/",
        "/stream/m/files/./a.ts",
        "/stream/m/files/../a.ts",
        "/stream/m/files/a/../b.ts",
        "/stream/m/files/%2e%2e/a.ts",
        "/stream/m/files/a%2fb.ts",
        "/stream/m/files/a%5cb.ts",
        "/stream/m/files/a%00.ts",
        "/stream/m/files/a%zz.ts",
        "/stream/m/files/%ff.ts",
        "/stream/m/variants/720p",
        "/stream/m/variants/720p/",
        "/stream/m/variants/720/a.ts",
        "/stream/m/variants/0720p/a.ts",
        "/stream/m/variants/p/a.ts",
        "/stream/m/variants/720p/../a.ts",
    ] {
        assert_eq!(Route::parse(path), None, "{path}");
    }
}

#[test]
fn harmless_escapes_reach_the_same_canonical_value() {
    let plain = Route::parse("/stream/film.mp4/t/tok/video").unwrap();
    for path in [
        "/stream/film%2Emp4/t/tok/video",
        "/stream/film%2emp4/%74/tok/video",
        "/stream/film.mp4/t/t%6Fk/vide%6f",
    ] {
        assert_eq!(Route::parse(path).as_ref(), Some(&plain), "{path}");
    }
    // Decoded once only: this names the title `%2e%2e`, not `..`.
    assert_eq!(
        Route::parse("/stream/%252e%252e/video").unwrap().title().as_str(),
        "%2e%2e"
    );
}

#[test]
fn the_token_is_a_path_segment_and_hidden_in_debug() {
    let route = Route::parse("/stream/m/t/c2VjcmV0/v1/7.m4s").unwrap();
    assert_eq!(route.token(), Some("c2VjcmV0"));
    assert!(!format!("{route:?}").contains("c2VjcmV0"));
    assert_eq!(target("/stream/t/video"), Some(Target::Video));
}

#[test]
fn streams_are_not_named_as_folders_are() {
    for name in ["files", "variants", "t", ""] {
        assert_eq!(StreamName::parse(name), None, "{name}");
    }
}

#[test]
fn relative_urls_resolve_to_routes() {
    let urls = RelativeUrls;
    let playlist = format!("/stream/m/{}", urls.media_playlist("a1"));
    assert!(matches!(target(&playlist), Some(Target::Playlist { stream }) if stream.as_str() == "a1"));
    let init = format!("/stream/m/a1/{}", urls.init());
    assert!(matches!(target(&init), Some(Target::Init { .. })));
    let segment = format!("/stream/m/a1/{}", urls.segment(12));
    assert!(matches!(
        target(&segment),
        Some(Target::Segment { number: 12, .. })
    ));
}

fn child(path: &str) -> ChildPath {
    ChildPath::parse(path).unwrap()
}

fn targets() -> impl Strategy<Value = Target> {
    let stream = "[A-Za-z0-9_-]{1,32}".prop_filter_map("a reserved name", |text| StreamName::parse(&text));
    let path = r"[^/\\\pC]{1,9}(/[^/\\\pC]{1,9}){0,2}\.ts"
        .prop_filter_map("dots", |path| ChildPath::parse(&path).ok());
    (0..15_u8, stream, 1..=u32::MAX, path).prop_map(|(kind, stream, number, path)| match kind {
        5 => Target::File { path },
        6 => Target::Variant { height: number, path },
        0 => Target::Video,
        1 => Target::Master,
        2 => Target::Playlist { stream },
        3 => Target::Init { stream },
        4 => Target::KeyFrames { stream },
        7 => Target::KeyFrame { stream, number },
        8 => Target::TextSegment { stream, number },
        9 => Target::Subtitles { stream },
        10 => Target::Dash,
        11 => Target::ChaptersJson,
        12 => Target::ChaptersVtt,
        13 => Target::Key,
        _ => Target::Segment { stream, number },
    })
}

proptest! {
    #[test]
    fn parse_inverts_path(title in "\\PC{1,60}", token in prop::option::of("\\PC{1,40}"), target in targets()) {
        let Ok(title) = TitleId::parse(&title) else { return Ok(()) };
        let mut route = Route::new(title, target);
        if let Some(token) = token {
            route = route.with_token(token);
        }
        prop_assert_eq!(Route::parse(&route.path()), Some(route));
    }

    #[test]
    fn a_parsed_route_has_one_canonical_path(path in "/stream/([a-z%25./]{0,12}/){0,3}(video|1\\.m4s|t)") {
        if let Some(route) = Route::parse(&path) {
            prop_assert_eq!(Route::parse(&route.path()), Some(route));
        }
    }
}

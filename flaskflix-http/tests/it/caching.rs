//! Headers for caches, encodings and types; gzip of playlists.

use std::io::Read as _;

use flaskflix_http::serve::Server;

use crate::scene::{Scene, film, pattern};

const TARGETS: [&str; 8] = [
    "video",
    "master.m3u8",
    "v1/index.m3u8",
    "a1/index.m3u8",
    "v1/init.mp4",
    "v1/1.m4s",
    "v1/iframes.m3u8",
    "v1/k1.m4s",
];

#[tokio::test]
async fn head_has_the_headers_of_get_on_every_kind_of_url() {
    let scene = Scene::open(&[("f.mp4", &film(1))]).await;
    let missing = ["nothing", "v9/index.m3u8", "v1/999.m4s", "../x"];
    for target in TARGETS.iter().chain(&missing) {
        let url = format!("/stream/f.mp4/{target}");
        for encoding in ["identity", "gzip"] {
            let headers = [("Accept-Encoding", encoding)];
            let get = scene.ask("GET", &url, &headers).await;
            let head = scene.ask("HEAD", &url, &headers).await;
            assert_eq!(
                (head.status, head.stable_headers()),
                (get.status, get.stable_headers()),
                "{url}"
            );
            assert_eq!(
                get.header("content-length").unwrap(),
                get.body.len().to_string(),
                "{url}"
            );
            assert_eq!(get.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(get.header("referrer-policy"), Some("no-referrer"));
        }
    }
}

#[tokio::test]
async fn media_types_are_what_players_expect() {
    let scene = Scene::open(&[
        ("f.mp4", &film(1)),
        ("s.vtt", b"WEBVTT"),
        ("p.html", b"<script>"),
        ("x", b"?"),
    ])
    .await;
    #[rustfmt::skip]
    let table = [
        ("f.mp4/video",         "video/mp4",                     None),
        ("f.mp4/master.m3u8",   "application/vnd.apple.mpegurl", None),
        ("f.mp4/v1/index.m3u8", "application/vnd.apple.mpegurl", None),
        ("f.mp4/v1/init.mp4",   "video/mp4",                     None),
        ("f.mp4/v1/1.m4s",      "video/mp4",                     None),
        ("f.mp4/v1/iframes.m3u8", "application/vnd.apple.mpegurl", None),
        ("f.mp4/manifest.mpd",  "application/dash+xml",          None),
        ("f.mp4/v1/k1.m4s",     "video/mp4",                     None),
        ("s.vtt/video",         "text/vtt; charset=utf-8",       None),
        ("x/video",             "application/octet-stream",      None),
        // An upload that would run on our origin does not.
        ("p.html/video",        "text/html; charset=utf-8",      Some("sandbox; default-src 'none'")),
    ];
    for (target, media_type, policy) in table {
        let reply = scene.get(&format!("/stream/{target}")).await;
        assert_eq!(reply.header("content-type"), Some(media_type), "{target}");
        assert_eq!(reply.header("content-security-policy"), policy, "{target}");
    }
}

#[tokio::test]
async fn playlists_are_compressed_for_those_who_take_it() {
    let scene = Scene::open(&[("f.mp4", &film(1))]).await;
    let url = "/stream/f.mp4/v1/index.m3u8";
    let plain = scene.get(url).await;
    let gzip = scene
        .ask("GET", url, &[("Accept-Encoding", "br, gzip;q=0.8")])
        .await;
    assert_eq!(
        (plain.header("vary"), plain.header("content-encoding")),
        (Some("Accept-Encoding"), None)
    );
    assert_eq!(
        (gzip.header("vary"), gzip.header("content-encoding")),
        (Some("Accept-Encoding"), Some("gzip"))
    );
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&gzip.body[..])
        .read_to_end(&mut text)
        .unwrap();
    assert_eq!(text, plain.body);

    // Another encoding is another representation with an entity tag of its own (RFC 9110 section 8.8.3.3).
    let etag = plain.header("etag").unwrap();
    assert_eq!(
        gzip.header("etag").unwrap(),
        format!("{}-gz\"", etag.trim_end_matches('"'))
    );
    let fresh = [
        ("If-None-Match", gzip.header("etag").unwrap()),
        ("Accept-Encoding", "gzip"),
    ];
    assert_eq!(scene.ask("GET", url, &fresh).await.status, 304);
    let other = [("If-None-Match", etag), ("Accept-Encoding", "gzip")];
    assert_eq!(scene.ask("GET", url, &other).await.status, 200);

    // A range is one of the compressed bytes.
    let part = scene
        .ask("GET", url, &[("Range", "bytes=2-9"), ("Accept-Encoding", "gzip")])
        .await;
    assert_eq!((part.status, &part.body[..]), (206, &gzip.body[2..10]));
    assert_eq!(part.header("content-encoding"), Some("gzip"));
}

#[tokio::test]
async fn media_is_never_compressed_and_does_not_vary() {
    let scene = Scene::open(&[("f.mp4", &film(1)), ("t.txt", &[b'a'; 10_000])]).await;
    for target in [
        "f.mp4/video",
        "f.mp4/v1/init.mp4",
        "f.mp4/v1/1.m4s",
        "t.txt/video",
    ] {
        let reply = scene
            .ask(
                "GET",
                &format!("/stream/{target}"),
                &[("Accept-Encoding", "gzip")],
            )
            .await;
        assert_eq!(
            (reply.header("vary"), reply.header("content-encoding")),
            (None, None),
            "{target}"
        );
    }
}

#[tokio::test]
async fn max_ages_are_settings_of_the_builder() {
    let settings = |builder: flaskflix_http::StreamerBuilder| {
        builder
            .open()
            .playlist_max_age(std::time::Duration::from_secs(3))
            .media_max_age(std::time::Duration::from_secs(31_536_000))
            .immutable_media()
    };
    let scene = Scene::with(&[("f.mp4", &film(1))], settings, Server::new()).await;
    let cached = |reply: crate::client::Reply| reply.header("cache-control").map(str::to_owned);
    assert_eq!(
        cached(scene.get("/stream/f.mp4/master.m3u8").await).unwrap(),
        "public, max-age=3"
    );
    let media = cached(scene.get("/stream/f.mp4/v1/1.m4s").await).unwrap();
    assert_eq!(media, "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn last_modified_is_the_time_of_the_file() {
    let scene = Scene::open(&[("f.bin", &pattern(10))]).await;
    // 1.8e9 - 2e8 seconds after the epoch: see `scene::write`.
    let reply = scene.get("/stream/f.bin/video").await;
    assert_eq!(
        reply.header("last-modified"),
        Some("Sun, 13 Sep 2020 12:26:40 GMT")
    );
}

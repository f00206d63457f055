//! Packaged titles over the socket: playlists lead to segments, plans follow their files.

use std::sync::Arc;

use axum::Router;
use flaskflix_core::{
    Bytes,
    catalog::{Delivery, Title},
    id::{AssetKey, TitleId},
    mp4::{Limits, index_bytes},
};
use flaskflix_http::{Streamer, serve::Server};
use flaskflix_storage::{
    fs::{FolderCatalog, LocalFiles},
    memory::{MemoryCatalog, MemorySource},
};
use tokio::net::TcpListener;
use tower_service::Service as _;

use crate::{
    client::Client,
    scene::{Scene, film, keys, pattern, token, write},
};

/// The lines of a playlist that are URLs.
fn urls(playlist: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(playlist).expect("UTF-8");
    assert!(text.starts_with("#EXTM3U\n"), "{text}");
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn following_the_playlists_gives_every_byte_of_every_sample() {
    let film = film(1);
    let index = index_bytes(&film, &Limits::default()).unwrap();
    let samples: u64 = index.tracks()[0].samples.total_bytes();
    let scene = Scene::guarded(&[("f.mp4", &film)]).await;
    let base = format!("/stream/f.mp4/t/{}", token("f.mp4"));
    let mut client = scene.client().await;
    let master = client.ask("GET", &format!("{base}/master.m3u8"), &[]).await;
    let media_url = urls(&master.body).first().expect("a variant").clone();
    let media = client.ask("GET", &format!("{base}/{media_url}"), &[]).await;
    let folder = media_url.strip_suffix("index.m3u8").expect("a media playlist");
    let text = String::from_utf8(media.body.clone()).unwrap();
    assert!(text.contains("#EXT-X-MAP:URI=\"init.mp4\""), "{text}");
    assert!(
        !text.contains(&token("f.mp4")),
        "playlists are the same for all viewers"
    );
    let init = client.ask("GET", &format!("{base}/{folder}init.mp4"), &[]).await;
    assert_eq!((init.status, &init.body[4..8]), (200, &b"ftyp"[..]));
    let mut media_bytes = 0;
    for url in urls(&media.body) {
        let segment = client.ask("GET", &format!("{base}/{folder}{url}"), &[]).await;
        assert_eq!(segment.status, 200, "{url}");
        let mdat = segment
            .body
            .windows(4)
            .position(|bytes| bytes == b"mdat")
            .expect("an mdat");
        media_bytes += (segment.body.len() - mdat - 4) as u64;
    }
    assert_eq!(media_bytes, samples);
}

#[tokio::test]
async fn a_range_of_a_segment_is_the_slice_of_the_segment() {
    let scene = Scene::open(&[("f.mp4", &film(3))]).await;
    let mut client = scene.client().await;
    for target in [
        "v1/1.m4s",
        "a1/2.m4s",
        "v1/k2.m4s",
        "v1/init.mp4",
        "v1/index.m3u8",
    ] {
        let url = format!("/stream/f.mp4/{target}");
        let whole = client.ask("GET", &url, &[]).await.body;
        let len = whole.len();
        for (start, end) in [(0, 1), (0, len), (len - 1, len), (len / 3, len / 2), (10, 11)] {
            let range = format!("bytes={start}-{}", end - 1);
            let part = client.ask("GET", &url, &[("Range", &range)]).await;
            assert_eq!(
                (part.status, &part.body[..]),
                (206, &whole[start..end]),
                "{target} {range}"
            );
        }
    }
}

#[tokio::test]
async fn video_of_several_renditions_is_the_best_of_them() {
    let files: [(&str, &[u8]); 2] = [("film/low.mp4", &film(1)), ("film/high.mp4", &film(9))];
    let scene = Scene::open(&files).await;
    let reply = scene.get("/stream/film/video").await;
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, Some("video/mp4"))
    );
    assert_eq!(reply.body, film(9));
    let master = scene.get("/stream/film/master.m3u8").await;
    assert_eq!(urls(&master.body), ["v1/index.m3u8", "v2/index.m3u8"]);
}

#[tokio::test]
async fn a_replaced_file_is_planned_anew_at_the_next_request() {
    let scene = Scene::open(&[("f.mp4", &film(1))]).await;
    for first in ["master.m3u8", "v1/index.m3u8", "v1/init.mp4", "v1/1.m4s"] {
        write(scene.folder.path(), "f.mp4", &film(1));
        let url = format!("/stream/f.mp4/{first}");
        let before = scene.get(&url).await;
        let replacement = scene.folder.path().join("new");
        write(scene.folder.path(), "new", &film(7));
        std::fs::rename(replacement, scene.folder.path().join("f.mp4")).unwrap();
        let after = scene.get(&url).await;
        assert_eq!((before.status, after.status), (200, 200), "{first}");
        assert_ne!(before.header("etag"), after.header("etag"), "{first}");
    }
    assert_eq!(scene.get("/stream/f.mp4/video").await.body, film(7));
    std::fs::remove_file(scene.folder.path().join("f.mp4")).unwrap();
    assert_eq!(scene.get("/stream/f.mp4/v1/1.m4s").await.status, 404);
}

#[tokio::test]
async fn a_failed_plan_is_not_remembered() {
    let scene = Scene::open(&[("f.mp4", b"not a film yet")]).await;
    assert_eq!(scene.get("/stream/f.mp4/master.m3u8").await.status, 500);
    write(scene.folder.path(), "f.mp4", &film(1));
    assert_eq!(scene.get("/stream/f.mp4/master.m3u8").await.status, 200);
}

#[tokio::test]
async fn the_router_nests_under_a_prefix() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "f.mp4", &film(1));
    write(folder.path(), "f.bin", &pattern(1000));
    let source = LocalFiles::open(folder.path()).unwrap();
    let catalog = FolderCatalog::new(&source);
    let streamer = Streamer::builder(Arc::new(catalog), Arc::new(source), Arc::new(keys()))
        .open()
        .build()
        .unwrap();
    let app = Router::new()
        .route("/healthz", axum::routing::get(|| async { "ok" }))
        .nest("/media/v1", flaskflix_http::axum::router(streamer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { Server::new().serve(listener, app).await });
    let mut client = Client::connect(address).await;
    assert_eq!(client.ask("GET", "/healthz", &[]).await.body, b"ok");
    let master = client.ask("GET", "/media/v1/stream/f.mp4/master.m3u8", &[]).await;
    assert_eq!(master.status, 200);
    let media = format!("/media/v1/stream/f.mp4/{}", urls(&master.body)[0]);
    let get = client.ask("GET", &media, &[]).await;
    let head = client.ask("HEAD", &media, &[]).await;
    assert_eq!((head.status, head.stable_headers()), (200, get.stable_headers()));
    let part = client
        .ask("GET", "/media/v1/stream/f.bin/video", &[("Range", "bytes=-10")])
        .await;
    assert_eq!((part.status, part.body.len()), (206, 10));
    let fresh = [("If-None-Match", get.header("etag").unwrap())];
    assert_eq!(client.ask("GET", &media, &fresh).await.status, 304);
    assert_eq!(client.ask("GET", "/media/v1/nothing", &[]).await.status, 404);
    server.abort();
}

#[tokio::test]
async fn a_framework_finds_no_length_to_add_to_304_and_204() {
    let source = MemorySource::new();
    let asset = AssetKey::parse("f.bin").unwrap();
    source.put(asset.clone(), Bytes::from_static(b"x"));
    let id = TitleId::parse("f").unwrap();
    let name = "F".to_owned();
    let catalog: MemoryCatalog = [Title::new(id, name, Delivery::File { asset })]
        .into_iter()
        .collect();
    let streamer = Streamer::open_builder(Arc::new(catalog), Arc::new(source))
        .build()
        .unwrap();
    // axum adds the length of every body that knows its own; RFC 9110 section 8.6 forbids it here.
    let mut apps = [
        flaskflix_http::axum::router(streamer.clone()),
        Router::new().route("/stream/{*rest}", axum::routing::any_service(streamer.clone())),
        Router::new().route_service("/stream/{*rest}", streamer),
    ];
    for app in &mut apps {
        for (method, status) in [("GET", 304), ("HEAD", 304), ("OPTIONS", 204)] {
            let request = http::Request::builder()
                .method(method)
                .uri("/stream/f/video")
                .header("If-None-Match", "*");
            let request = request.body(axum::body::Body::empty()).unwrap();
            let response = app.call(request).await.unwrap();
            assert_eq!(response.status(), status, "{method}");
            assert_eq!(response.headers().get("content-length"), None, "{method}");
        }
    }
}

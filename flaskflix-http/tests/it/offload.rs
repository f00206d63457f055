//! What is left to the web server in front, and what is not. A real nginx stands in the tests of `flaskflix-origin`.

use std::sync::Arc;

use flaskflix_core::encrypt::DerivedKeys;
use flaskflix_http::{Offload, StreamerBuilder, serve::Server};

use crate::{
    client::Reply,
    scene::{Scene, film, pattern, token},
};

const ACCEL: &str = "x-accel-redirect";

fn offloading(builder: StreamerBuilder) -> StreamerBuilder {
    builder.offload(Offload::accel_redirect("/internal/").expect("a location"))
}

async fn scene(configure: impl FnOnce(StreamerBuilder) -> StreamerBuilder) -> Scene {
    let (bytes, film) = (pattern(1000), film(1));
    let files: [(&str, &[u8]); 4] = [
        ("a b%.bin", &bytes),
        ("film.mp4", &film),
        ("two/1.mp4", &film),
        ("page.html", b"<script>"),
    ];
    Scene::with(&files, configure, Server::new()).await
}

/// Whether a response names a file for another server, in any way that we know.
fn names_a_file(reply: &Reply) -> bool {
    ["x-accel-redirect", "x-sendfile", "x-lighttpd-send-file"]
        .iter()
        .any(|name| reply.header(name).is_some())
}

#[tokio::test]
async fn a_plain_file_is_named_and_not_sent() {
    let scene = scene(|builder| offloading(builder.open())).await;
    for (url, value, media_type) in [
        (
            "/stream/a%20b%25.bin/video",
            "/internal/a%20b%25.bin",
            "application/octet-stream",
        ),
        ("/stream/film.mp4/video", "/internal/film.mp4", "video/mp4"),
        ("/stream/two/video", "/internal/two/1.mp4", "video/mp4"),
    ] {
        for method in ["GET", "HEAD"] {
            let reply = scene.ask(method, url, &[]).await;
            assert_eq!((reply.status, reply.body.len()), (200, 0), "{method} {url}");
            assert_eq!(reply.header(ACCEL), Some(value));
            assert_eq!(reply.header("content-type"), Some(media_type));
            assert_eq!(reply.header("cache-control"), Some("public, max-age=60"));
            assert_eq!(reply.header("content-length"), Some("0"));
            for name in ["etag", "last-modified", "accept-ranges", "content-range"] {
                assert_eq!(reply.header(name), None, "{name} is the other server's");
            }
        }
    }
}

#[tokio::test]
async fn ranges_and_preconditions_are_left_to_the_server_that_opens_the_file() {
    let scene = scene(|builder| offloading(builder.open())).await;
    for line in [
        ("Range", "bytes=0-9"),
        ("Range", "bytes=9999-"),
        ("If-None-Match", "*"),
        ("If-Match", "\"nginx-1\""),
        ("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ] {
        let reply = scene.ask("GET", "/stream/film.mp4/video", &[line]).await;
        assert_eq!(reply.status, 200, "{line:?}");
        assert_eq!(reply.header(ACCEL), Some("/internal/film.mp4"));
    }
}

#[tokio::test]
async fn who_may_not_watch_learns_no_file() {
    let scene = scene(offloading).await;
    let token = token("film.mp4");
    let named = scene.get(&format!("/stream/film.mp4/t/{token}/video")).await;
    assert_eq!(named.header(ACCEL), Some("/internal/film.mp4"));
    assert_eq!(named.header("cache-control"), Some("private, max-age=60"));
    for (method, url, status) in [
        ("GET", "/stream/film.mp4/video".to_owned(), 401),
        ("GET", format!("/stream/two/t/{token}/video"), 403),
        ("GET", format!("/stream/film.mp4/t/{token}x/video"), 401),
        ("POST", format!("/stream/film.mp4/t/{token}/video"), 405),
        ("OPTIONS", format!("/stream/film.mp4/t/{token}/video"), 204),
    ] {
        let reply = scene.ask(method, &url, &[]).await;
        assert_eq!(reply.status, status, "{method} {url}");
        assert!(!names_a_file(&reply), "{method} {url}");
    }
}

#[tokio::test]
async fn a_file_that_is_gone_is_404_here() {
    let scene = scene(|builder| offloading(builder.open())).await;
    std::fs::remove_file(scene.folder.path().join("film.mp4")).unwrap();
    let reply = scene.get("/stream/film.mp4/video").await;
    assert_eq!(reply.status, 404);
    assert!(!names_a_file(&reply));
}

#[tokio::test]
async fn a_link_out_of_the_folder_is_not_named() {
    let scene = scene(|builder| offloading(builder.open())).await;
    std::os::unix::fs::symlink("/etc/passwd", scene.folder.path().join("out.bin")).unwrap();
    let reply = scene.get("/stream/out.bin/video").await;
    assert_eq!(reply.status, 404);
    assert!(!names_a_file(&reply));
}

#[tokio::test]
async fn everything_that_is_made_here_is_sent_from_here() {
    let scene = scene(|builder| offloading(builder.open())).await;
    for resource in [
        "master.m3u8",
        "manifest.mpd",
        "v1/index.m3u8",
        "v1/init.mp4",
        "v1/1.m4s",
    ] {
        let reply = scene.get(&format!("/stream/film.mp4/{resource}")).await;
        assert_eq!(reply.status, 200, "{resource}");
        assert!(!names_a_file(&reply) && !reply.body.is_empty(), "{resource}");
    }
    // nginx would send it without the policy that keeps it from running.
    let page = scene.get("/stream/page.html/video").await;
    assert!(!names_a_file(&page) && page.body == b"<script>");
    assert!(page.header("content-security-policy").is_some());
}

#[tokio::test]
async fn the_clear_film_of_an_encrypted_title_is_never_named() {
    let keys = || Arc::new(DerivedKeys::new(&[7; 32]).unwrap());
    let refused = scene(|builder| offloading(builder.open()).key_provider(keys())).await;
    let reply = refused.get("/stream/film.mp4/video").await;
    assert_eq!(reply.status, 404);
    assert!(!names_a_file(&reply));
    let allowed = scene(|builder| offloading(builder.open()).key_provider(keys()).clear_video()).await;
    let reply = allowed.get("/stream/film.mp4/video").await;
    assert_eq!((reply.status, reply.body == film(1)), (200, true));
    assert!(!names_a_file(&reply));
}

/// A client cannot switch it on, and cannot choose the file.
#[tokio::test]
async fn headers_of_a_client_change_nothing() {
    let lines = [
        ("X-Accel-Redirect", "/internal/film.mp4"),
        ("X-Accel-Buffering", "no"),
        ("X-Accel-Expires", "1"),
        ("X-Accel-Mapping", "/=/internal/"),
        ("X-Sendfile", "/etc/passwd"),
        ("X-Sendfile-Type", "X-Accel-Redirect"),
    ];
    let plain = scene(StreamerBuilder::open).await;
    let reply = plain.ask("GET", "/stream/a%20b%25.bin/video", &lines).await;
    assert!(!names_a_file(&reply), "off");
    assert_eq!(reply.body, pattern(1000));
    let offloaded = scene(|builder| offloading(builder.open())).await;
    let reply = offloaded.ask("GET", "/stream/a%20b%25.bin/video", &lines).await;
    assert_eq!(reply.header(ACCEL), Some("/internal/a%20b%25.bin"));
    assert_eq!(reply.header("x-sendfile"), None);
}

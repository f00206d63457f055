//! Cross-origin requests over the socket.

use flaskflix_http::{Cors, StreamerBuilder, serve::Server};

use crate::scene::{Scene, film};

const PAGE: &str = "https://www.example.org";

async fn scene(cors: Cors) -> Scene {
    let settings = |builder: StreamerBuilder| builder.cors(cors);
    Scene::with(&[("f.mp4", &film(1))], settings, Server::new()).await
}

#[tokio::test]
async fn without_the_setting_there_is_no_cors() {
    let scene = Scene::open(&[("f.mp4", &film(1))]).await;
    let preflight = [("Origin", PAGE), ("Access-Control-Request-Method", "GET")];
    let options = scene.ask("OPTIONS", "/stream/f.mp4/video", &preflight).await;
    assert_eq!(
        (options.status, options.header("allow")),
        (204, Some("GET, HEAD, OPTIONS"))
    );
    assert_eq!(options.header("content-length"), None);
    let get = scene.ask("GET", "/stream/f.mp4/video", &[("Origin", PAGE)]).await;
    for reply in [options, get] {
        assert!(
            !reply
                .headers
                .iter()
                .any(|(name, _)| name.starts_with("access-control"))
        );
    }
}

#[tokio::test]
async fn any_origin_may_read_and_sees_the_headers_a_player_needs() {
    let scene = scene(Cors::any()).await;
    // A refusal can be read too: else a page cannot tell 401 from a broken line.
    let reply = scene
        .ask("GET", "/stream/f.mp4/master.m3u8", &[("Origin", PAGE)])
        .await;
    assert_eq!(
        (reply.status, reply.header("access-control-allow-origin")),
        (401, Some("*"))
    );
    let exposed = reply.header("access-control-expose-headers").unwrap();
    for name in ["Content-Length", "Content-Range", "ETag"] {
        assert!(exposed.contains(name), "{exposed}");
    }
}

#[tokio::test]
async fn a_preflight_needs_no_token() {
    let scene = scene(Cors::origins([PAGE]).with_credentials()).await;
    let preflight = [
        ("Origin", PAGE),
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "range"),
    ];
    let reply = scene.ask("OPTIONS", "/stream/f.mp4/video", &preflight).await;
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(reply.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(reply.header("access-control-allow-methods"), Some("GET, HEAD"));
    let headers = reply.header("access-control-allow-headers").unwrap();
    assert!(
        headers.contains("Range") && headers.contains("Authorization"),
        "{headers}"
    );
}

#[tokio::test]
async fn another_origin_is_told_nothing_and_caches_are_told_why() {
    let scene = scene(Cors::origins([PAGE])).await;
    for origin in [
        "https://evil.example",
        "https://www.example.org.evil.example",
        "http://www.example.org",
        "null",
    ] {
        let reply = scene
            .ask("GET", "/stream/f.mp4/master.m3u8", &[("Origin", origin)])
            .await;
        assert_eq!(reply.header("access-control-allow-origin"), None, "{origin}");
        assert!(reply.list("vary").contains("Origin"));
    }
    let reply = scene
        .ask("GET", "/stream/f.mp4/master.m3u8", &[("Origin", PAGE)])
        .await;
    assert_eq!(reply.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(reply.header("access-control-allow-credentials"), None);
}

//! Who may read: tokens over the socket (security notes, access 1-4).

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use flaskflix_core::{
    catalog::{Catalog, CatalogError, Title},
    id::TitleId,
    testing::clock::ManualClock,
};
use flaskflix_http::{Streamer, serve::Server};
use flaskflix_storage::memory::MemorySource;
use http_body_util::BodyExt as _;

use crate::scene::{NOW, Scene, film, keys, pattern, token};

const TARGETS: [&str; 6] = [
    "video",
    "master.m3u8",
    "v1/index.m3u8",
    "v1/init.mp4",
    "v1/1.m4s",
    "v9/77.m4s",
];

#[tokio::test]
async fn without_a_token_every_url_is_401_and_tells_nothing_of_the_title() {
    let scene = Scene::guarded(&[("f.mp4", &film(1))]).await;
    let mut client = scene.client().await;
    for target in TARGETS {
        for method in ["GET", "HEAD"] {
            let there = client.ask(method, &format!("/stream/f.mp4/{target}"), &[]).await;
            let absent = client
                .ask(method, &format!("/stream/no-such-film/{target}"), &[])
                .await;
            assert_eq!(there.status, 401, "{method} {target}");
            assert_eq!(there.header("cache-control"), Some("no-store"));
            assert_eq!(there.header("www-authenticate"), Some("Bearer realm=\"stream\""));
            assert_eq!(
                (there.status, there.stable_headers(), there.body),
                (absent.status, absent.stable_headers(), absent.body),
                "{method} {target}"
            );
        }
    }
}

#[tokio::test]
async fn a_token_opens_its_title_in_the_path_the_query_and_the_header() {
    let scene = Scene::guarded(&[("f.bin", &pattern(1000))]).await;
    let good = token("f.bin");
    let bearer = format!("Bearer {good}");
    let in_path = scene.get(&format!("/stream/f.bin/t/{good}/video")).await;
    let in_query = scene.get(&format!("/stream/f.bin/video?token={good}")).await;
    let in_header = scene
        .ask("GET", "/stream/f.bin/video", &[("Authorization", &bearer)])
        .await;
    assert_eq!(in_path.status, 200);
    assert_eq!(in_path.header("cache-control"), Some("private, max-age=60"));
    assert_eq!(in_path.body, pattern(1000));
    assert_eq!(in_query.stable_headers(), in_path.stable_headers());
    assert_eq!(in_header.stable_headers(), in_path.stable_headers());
}

#[tokio::test]
async fn tokens_that_do_not_verify_are_401_all_alike() {
    // So that the longest one is refused as a token, not as a target.
    let server = Server::new().max_target_bytes(64 << 10);
    let scene = Scene::with(&[("f.bin", b"x")], |builder| builder, server).await;
    let good = token("f.bin");
    let other = token("other");
    let flipped = {
        let last = if good.ends_with('A') { "B" } else { "A" };
        format!("{}{last}", &good[..good.len() - 1])
    };
    let long = "A".repeat(60_000);
    let refused = [
        "/stream/f.bin/t/x/video".to_owned(),
        format!("/stream/f.bin/t/{flipped}/video"),
        format!("/stream/f.bin/t/{good}=/video"),
        format!("/stream/f.bin/t/{good}%00/video"),
        format!("/stream/f.bin/video?token={long}"),
        format!("/stream/f.bin/video?token={good}&token={other}"),
        format!("/stream/f.bin/t/{good}/video?token={other}"),
        format!("/stream/f.bin/t/{other}/video?token={good}"),
        "/stream/f.bin/video?token=".to_owned(),
    ];
    let bodies: Vec<_> = {
        let mut bodies = Vec::new();
        for target in &refused {
            let reply = scene.get(target).await;
            assert_eq!(reply.status, 401, "{}", &target[..target.len().min(200)]);
            assert_eq!(
                reply.header("www-authenticate"),
                Some("Bearer realm=\"stream\", error=\"invalid_token\""),
                "{target}"
            );
            bodies.push(reply.body);
        }
        bodies.push(scene.get("/stream/f.bin/video").await.body);
        bodies
    };
    assert!(
        bodies.windows(2).all(|pair| pair[0] == pair[1]),
        "one text for all"
    );
    let text = String::from_utf8(bodies[0].clone()).unwrap();
    assert!(!text.contains(&good) && !text.contains("viewer"), "{text}");
}

#[tokio::test]
async fn a_token_expires_to_the_second() {
    let scene = Scene::guarded(&[("f.bin", b"x")]).await;
    let url = format!("/stream/f.bin/t/{}/video", token("f.bin"));
    scene.clock.advance(Duration::from_secs(3599));
    assert_eq!(scene.get(&url).await.status, 200);
    scene.clock.advance(Duration::from_secs(1));
    assert_eq!(scene.get(&url).await.status, 401);
}

#[tokio::test]
async fn a_token_of_another_title_is_403_whether_the_titles_exist_or_not() {
    let scene = Scene::guarded(&[("f.bin", b"x"), ("g.bin", b"y")]).await;
    let there = scene
        .get(&format!("/stream/g.bin/t/{}/video", token("f.bin")))
        .await;
    let absent = scene.get(&format!("/stream/no/t/{}/video", token("f.bin"))).await;
    assert_eq!((there.status, &there.body), (403, &absent.body));
    assert_eq!(there.header("cache-control"), Some("no-store"));
    assert_eq!(absent.status, 403);
    // Its own title, which does not exist: only now does the answer speak of the catalogue.
    assert_eq!(
        scene
            .get(&format!("/stream/no/t/{}/video", token("no")))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn no_spelling_of_a_path_reaches_another_title_than_the_one_authorised() {
    let scene = Scene::guarded(&[("f.bin", b"mine"), ("g.bin", b"secret")]).await;
    let mine = token("f.bin");
    let tails = [
        "f.bin/../g.bin",
        "f.bin%2f..%2fg.bin",
        "f.bin/%2e%2e/g.bin",
        "f.bin%5c..%5cg.bin",
        "f.bin%00/../g.bin",
        "f.bin//../g.bin",
        "f.bin;x/../g.bin",
        "./g.bin",
        "%2e/g.bin",
        "g.bin",
        "g%2Ebin",
        "%67.bin",
        "G.bin",
        "f.bin%252f..%252fg.bin",
    ];
    for tail in tails {
        for method in ["GET", "HEAD", "OPTIONS"] {
            let target = format!("/stream/{tail}/t/{mine}/video");
            let reply = scene.ask(method, &target, &[]).await;
            let expected = if method == "OPTIONS" {
                &[204, 404][..]
            } else {
                &[401, 403, 404]
            };
            assert!(
                expected.contains(&reply.status),
                "{method} {target}: {}",
                reply.status
            );
            assert_ne!(reply.body, b"secret", "{method} {target}");
        }
    }
}

#[tokio::test]
async fn an_open_server_ignores_tokens() {
    let scene = Scene::open(&[("f.bin", b"x")]).await;
    for target in ["video", "t/nonsense/video", "video?token=a&token=b"] {
        let reply = scene.get(&format!("/stream/f.bin/{target}")).await;
        assert_eq!(
            (reply.status, reply.header("cache-control")),
            (200, Some("public, max-age=60")),
            "{target}"
        );
    }
}

/// A catalogue that must not be asked.
#[derive(Debug)]
struct Sealed;

#[async_trait]
impl Catalog for Sealed {
    async fn title(&self, id: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
        panic!("{id} was looked up before its token was checked");
    }
}

#[tokio::test]
async fn the_catalogue_is_not_asked_before_the_token_is_checked() {
    let streamer = Streamer::builder(Arc::new(Sealed), Arc::new(MemorySource::new()), Arc::new(keys()))
        .clock(Arc::new(ManualClock::at(NOW)))
        .build()
        .unwrap();
    for uri in [
        "/stream/f/video".to_owned(),
        "/stream/f/t/x/video".to_owned(),
        format!("/stream/f/t/{}/video", token("g")),
    ] {
        let request = http::Request::get(uri).body(()).unwrap();
        let response = streamer.handle(request).await;
        assert!(matches!(response.status().as_u16(), 401 | 403));
        response.into_body().collect().await.unwrap();
    }
}

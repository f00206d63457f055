//! Refusals: problem documents, methods, and what cannot be packaged.

use std::sync::Arc;

use async_trait::async_trait;
use flaskflix_core::{
    catalog::{Catalog, CatalogError, Delivery, Title},
    id::{AssetKey, TitleId},
    source::{ByteSource, SourceError, SourceObject},
};
use flaskflix_http::Streamer;
use flaskflix_storage::memory::{MemoryCatalog, MemorySource};
use http_body_util::BodyExt as _;

use crate::scene::{Scene, film, pattern};

fn detail(body: &[u8], status: u16) -> String {
    let problem: serde_json::Value = serde_json::from_slice(body).expect("JSON");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], "about:blank");
    // RFC 9457 section 4.2.1: with about:blank the title is the status phrase.
    assert_eq!(
        problem["title"],
        http::StatusCode::from_u16(status)
            .unwrap()
            .canonical_reason()
            .unwrap()
    );
    problem["detail"].as_str().expect("a detail").to_owned()
}

/// A target, the headers sent, the status, and what the detail says.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    u16,
    &'static str,
);

#[tokio::test]
async fn refusals_are_problem_documents_that_are_not_cached() {
    let mut torn = film(1);
    torn.truncate(300);
    let files: [(&str, &[u8]); 3] = [("f.mp4", &film(1)), ("f.bin", &pattern(9)), ("torn.mp4", &torn)];
    let scene = Scene::open(&files).await;
    #[rustfmt::skip]
    let table: &[Case] = &[
        ("/",                            &[],                          404, "no resource has this URL"),
        ("/stream/f.mp4",                &[],                          404, "no resource has this URL"),
        ("/stream/none/video",           &[],                          404, "no such title"),
        ("/stream/f.bin/master.m3u8",    &[],                          404, "without playlists"),
        ("/stream/f.mp4/v9/index.m3u8",  &[],                          404, "no such stream"),
        ("/stream/f.mp4/v9/1.m4s",       &[],                          404, "no such stream"),
        ("/stream/f.mp4/v1/999.m4s",     &[],                          404, "no such segment"),
        ("/stream/f.mp4/v1/k999.m4s",    &[],                          404, "no such segment"),
        ("/stream/f.mp4/a1/iframes.m3u8", &[],                         404, "no such stream"),
        ("/stream/f.bin/video",          &[("If-Match", "\"x\"")],     412, "version"),
        ("/stream/f.bin/video",          &[("Range", "bytes=9-")],     416, "9 bytes"),
        ("/stream/torn.mp4/master.m3u8", &[],                          500, "cannot be packaged: "),
    ];
    for &(target, headers, status, text) in table {
        let reply = scene.ask("GET", target, headers).await;
        assert_eq!(reply.status, status, "{target}");
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json"),
            "{target}"
        );
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{target}");
        let detail = detail(&reply.body, status);
        assert!(detail.contains(text), "{target}: {detail}");
        assert!(
            !detail.contains(scene.folder.path().to_str().unwrap()),
            "no path of the machine: {detail}"
        );
    }
    // What cannot be packaged can still be had as it is.
    assert_eq!(scene.get("/stream/torn.mp4/video").await.body, torn);
}

#[tokio::test]
async fn other_methods_are_405_with_allow() {
    let scene = Scene::guarded(&[("f.bin", b"x")]).await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"] {
        let reply = scene
            .ask(method, "/stream/f.bin/video", &[("Content-Length", "0")])
            .await;
        assert_eq!(
            (reply.status, reply.header("allow")),
            (405, Some("GET, HEAD, OPTIONS")),
            "{method}"
        );
        // What is no URL is none for every method.
        assert_eq!(
            scene
                .ask(method, "/stream/f.bin/video/", &[("Content-Length", "0")])
                .await
                .status,
            404
        );
    }
}

/// A store that fails in one way.
#[derive(Debug)]
struct Failing(Fault);

type Fault = fn() -> SourceError;

#[async_trait]
impl ByteSource for Failing {
    async fn open(&self, _: &AssetKey) -> Result<Arc<dyn SourceObject>, SourceError> {
        Err(self.0())
    }
}

#[async_trait]
impl Catalog for Failing {
    async fn title(&self, _: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
        Err(CatalogError::new(self.0()))
    }
}

async fn refusal(catalog: Arc<dyn Catalog>, source: Arc<dyn ByteSource>) -> (u16, Option<String>, String) {
    let streamer = Streamer::open_builder(catalog, source).build().unwrap();
    let response = streamer
        .handle(http::Request::get("/stream/f/video").body(()).unwrap())
        .await;
    let status = response.status().as_u16();
    let retry = response
        .headers()
        .get("retry-after")
        .map(|value| value.to_str().unwrap().to_owned());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, retry, detail(&body, status))
}

#[tokio::test]
async fn a_failing_store_is_a_status_and_no_secret() {
    let catalog: MemoryCatalog = [Title::new(
        TitleId::parse("f").unwrap(),
        "F",
        Delivery::File {
            asset: AssetKey::parse("f").unwrap(),
        },
    )]
    .into_iter()
    .collect();
    let catalog = Arc::new(catalog);
    let io = || SourceError::Io(std::io::Error::other("s3://key:secret@bucket"));
    #[rustfmt::skip]
    let table: [(Fault, u16, Option<&str>); 4] = [
        (|| SourceError::NotFound, 404, None),
        (|| SourceError::Busy,     503, Some("1")),
        (|| SourceError::Changed,  503, Some("1")),
        (io,                       500, None),
    ];
    for (error, status, retry) in table {
        let (got, after, detail) = refusal(catalog.clone(), Arc::new(Failing(error))).await;
        assert_eq!((got, after.as_deref()), (status, retry), "{:?}", error());
        assert!(!detail.contains("secret"), "{detail}");
    }
    let (status, retry, detail) = refusal(Arc::new(Failing(io)), Arc::new(MemorySource::new())).await;
    assert_eq!((status, retry.as_deref()), (503, Some("1")));
    assert!(!detail.contains("secret"), "{detail}");
}

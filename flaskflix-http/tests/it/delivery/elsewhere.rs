//! Titles on other hosts: viewers are sent there, with an address of the embedder's signer.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use flaskflix_core::{
    access::{AccessError, UrlSigner},
    catalog::{ExternalUrl, MovieColumns},
    id::ViewerId,
    time::UnixTime,
};

use super::stage::{Stage, hls};
use crate::scene::{NOW, token};

const PLAYLIST: &str = "https://cdn.example/film/master.m3u8?a=1";
const FILE: &str = "https://cdn.example/film.mp4";

fn mp4() -> MovieColumns<'static> {
    MovieColumns {
        video_url: Some(FILE),
        ..MovieColumns::default()
    }
}

/// What a signer was asked: for whom, until when.
type Asked = Arc<Mutex<Vec<(Option<ViewerId>, UnixTime)>>>;

/// A signer that remembers what it was asked.
#[derive(Debug, Default)]
struct Signer {
    asked: Asked,
}

#[async_trait]
impl UrlSigner for Signer {
    async fn sign(
        &self,
        url: &ExternalUrl,
        viewer: Option<&ViewerId>,
        expires: UnixTime,
    ) -> Result<ExternalUrl, AccessError> {
        self.asked.lock().unwrap().push((viewer.cloned(), expires));
        ExternalUrl::parse(&format!("{url}?signed")).map_err(AccessError::new)
    }
}

/// A signer that fails at once, or never answers.
#[derive(Debug)]
struct Away {
    hangs: bool,
}

#[async_trait]
impl UrlSigner for Away {
    async fn sign(
        &self,
        _: &ExternalUrl,
        _: Option<&ViewerId>,
        _: UnixTime,
    ) -> Result<ExternalUrl, AccessError> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        Err(AccessError::new("the key service says: secret-4711"))
    }
}

#[tokio::test]
async fn viewers_are_sent_to_the_address_as_it_is_by_default() {
    for (columns, target, other, url) in [
        (hls(PLAYLIST), "master.m3u8", "video", PLAYLIST),
        (mp4(), "video", "master.m3u8", FILE),
    ] {
        let stage = Stage::open(columns, &[]).await;
        for method in ["GET", "HEAD"] {
            let reply = stage
                .scene
                .ask(method, &format!("/stream/m/{target}"), &[("Range", "bytes=0-1")])
                .await;
            assert_eq!(
                (reply.status, reply.header("location")),
                (307, Some(url)),
                "{method}"
            );
            assert_eq!(reply.header("cache-control"), Some("no-store"));
            assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
            assert_eq!(reply.header("content-length"), Some("0"));
            assert_eq!(reply.header("etag"), None);
        }
        for missing in [
            other,
            "files/a.ts",
            "variants/720p/a.ts",
            "v1/index.m3u8",
            "v1/1.m4s",
        ] {
            assert_eq!(stage.status(missing).await, 404, "{missing}");
        }
        let reply = stage.scene.get(&format!("/stream/m/{other}")).await;
        let text = String::from_utf8(reply.body).unwrap();
        assert!(
            text.contains(&format!("on another host: ask for its {target}")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_signer_learns_who_watches_until_when() {
    let asked = Asked::default();
    let signer = Signer {
        asked: Arc::clone(&asked),
    };
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::over(folder, mp4(), |builder| builder.url_signer(Arc::new(signer))).await;
    assert_eq!(stage.status("video").await, 401);
    assert_eq!(
        asked.lock().unwrap().len(),
        0,
        "nobody is asked before the token is checked"
    );
    let reply = stage
        .scene
        .get(&format!("/stream/m/t/{}/video", token("m")))
        .await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (307, Some("https://cdn.example/film.mp4?signed"))
    );
    let viewer = ViewerId::parse("viewer-4711").unwrap();
    let expires = NOW.saturating_add(Duration::from_secs(3600));
    assert_eq!(*asked.lock().unwrap(), [(Some(viewer), expires)]);
}

#[tokio::test]
async fn an_open_streamer_names_no_viewer() {
    let asked = Asked::default();
    let signer = Signer {
        asked: Arc::clone(&asked),
    };
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::over(folder, mp4(), |builder| {
        builder.open().url_signer(Arc::new(signer))
    })
    .await;
    assert_eq!(stage.status("video").await, 307);
    let expires = NOW.saturating_add(Duration::from_secs(4 * 3600));
    assert_eq!(*asked.lock().unwrap(), [(None, expires)]);
}

#[tokio::test]
async fn a_signer_that_fails_or_hangs_is_a_503_and_no_secret() {
    for hangs in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::over(folder, mp4(), |builder| {
            builder
                .open()
                .url_signer(Arc::new(Away { hangs }))
                .url_signer_timeout(Duration::from_millis(20))
        })
        .await;
        let reply = stage.scene.get("/stream/m/video").await;
        assert_eq!(
            (reply.status, reply.header("retry-after")),
            (503, Some("1")),
            "hangs: {hangs}"
        );
        assert_eq!(reply.header("location"), None);
        assert!(!String::from_utf8(reply.body).unwrap().contains("4711"));
    }
}

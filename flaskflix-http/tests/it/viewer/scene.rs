//! A catalogue, a store and the service over them, asked without a socket.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use flaskflix_core::{
    catalog::{Delivery, ExternalUrl, StreamKind, Title},
    id::{AssetKey, TitleId, ViewerId},
    progress::{Change, Cursor, ProgressError, ProgressStore, Rules, WatchProgress},
    testing::clock::ManualClock,
    time::UnixMillis,
    token::Verifier,
};
use flaskflix_http::{
    Streamer, StreamerBuilder, Vod,
    viewer::{Viewer, ViewerApi, ViewerApiBuilder},
};
use flaskflix_storage::memory::{MemoryCatalog, MemoryProgress, MemorySource};
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

use crate::scene::{NOW, keys};

/// A service over titles `1` (MP4, packaged), `2` (a file) and `film one` (elsewhere), with keys of the common scene.
pub(crate) struct Api {
    pub(crate) vod: Vod,
    pub(crate) store: Arc<Store>,
    pub(crate) catalog: Arc<MemoryCatalog>,
    pub(crate) clock: Arc<ManualClock>,
}

/// A response that was read to its end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Api {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(configure: impl FnOnce(ViewerApiBuilder) -> ViewerApiBuilder) -> Self {
        Self::verified_by(Verifier::new(), configure)
    }

    /// One whose streamer verifies tokens so.
    pub(crate) fn verified_by(
        verifier: Verifier,
        configure: impl FnOnce(ViewerApiBuilder) -> ViewerApiBuilder,
    ) -> Self {
        Self::built(|builder| builder.verifier(verifier), configure)
    }

    /// One with settings of both its halves.
    pub(crate) fn built(
        streaming: impl FnOnce(StreamerBuilder) -> StreamerBuilder,
        configure: impl FnOnce(ViewerApiBuilder) -> ViewerApiBuilder,
    ) -> Self {
        let source = MemorySource::new();
        source.put(asset("two.webm"), Bytes::from_static(b"not really a film"));
        let catalog = Arc::new(titles().into_iter().collect::<MemoryCatalog>());
        let store = Arc::new(Store::default());
        let clock = Arc::new(ManualClock::at(NOW));
        let signer = Arc::new(keys());
        let streamer = Streamer::builder(catalog.clone(), Arc::new(source), signer.clone());
        let streamer = streaming(streamer.clock(clock.clone()))
            .build()
            .expect("a valid setting");
        let builder = ViewerApi::builder(catalog.clone(), store.clone(), signer).clock(clock.clone());
        let api = configure(builder).build().expect("a valid setting");
        Self {
            vod: Vod::new(streamer, api),
            store,
            catalog,
            clock,
        }
    }

    /// A request that the application has put a viewer's name on.
    pub(crate) async fn ask(&self, viewer: &str, method: &str, target: &str, body: &str) -> Said {
        let mut request = request(method, target, body);
        request.extensions_mut().insert(named(viewer));
        self.send(request).await
    }

    pub(crate) async fn get(&self, viewer: &str, target: &str) -> Said {
        self.ask(viewer, "GET", target, "").await
    }

    /// A request of nobody.
    pub(crate) async fn anonymous(&self, method: &str, target: &str, body: &str) -> Said {
        self.send(request(method, target, body)).await
    }

    pub(crate) async fn send<B>(&self, request: Request<B>) -> Said
    where
        B: http_body::Body + Send + 'static,
    {
        let response = self.vod.handle(request).await;
        let (head, body) = response.into_parts();
        Said {
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.collect().await.expect("a whole body").to_bytes(),
        }
    }

    /// A stream token of this viewer for this title.
    pub(crate) async fn token(&self, viewer: &str, title: &str) -> String {
        let minted = self.get(viewer, &format!("/stream/{title}/token")).await;
        minted.json()["token"].as_str().expect("a token").to_owned()
    }

    pub(crate) fn advance(&self, secs: u64) {
        self.clock.advance(Duration::from_secs(secs));
    }
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("ASCII"))
    }

    /// The `detail` of a problem document, after checking all else in it.
    pub(crate) fn detail(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        assert_eq!(problem["type"], "about:blank");
        problem["detail"].as_str().expect("a detail").to_owned()
    }
}

pub(crate) fn request(method: &str, target: &str, body: &str) -> Request<Full<Bytes>> {
    Request::builder()
        .method(Method::from_bytes(method.as_bytes()).expect("a method"))
        .uri(target)
        .body(Full::from(body.to_owned()))
        .expect("a request")
}

pub(crate) fn named(viewer: &str) -> Viewer {
    Viewer(ViewerId::parse(viewer).expect("a viewer"))
}

pub(crate) fn id(title: &str) -> TitleId {
    TitleId::parse(title).expect("a title")
}

fn asset(key: &str) -> AssetKey {
    AssetKey::parse(key).expect("a key")
}

/// A packaged title, as most are.
pub(crate) fn film(title: &str) -> Title {
    Title::new(id(title), "Movie Title", Delivery::packaged([asset("one.mp4")]))
}

fn titles() -> [Title; 3] {
    let file = Delivery::File {
        asset: asset("two.webm"),
    };
    let elsewhere = Delivery::External {
        url: ExternalUrl::parse("https://cdn.example/film.mp4?a=1").expect("a URL"),
        kind: StreamKind::Mp4,
    };
    let mut first = film("1");
    first.poster = Some("url".to_owned());
    first.duration = Some(Duration::from_secs(7200));
    [
        first,
        Title::new(id("2"), "A file", file),
        Title::new(id("film one"), "Elsewhere", elsewhere),
    ]
}

/// A store in memory that can be told to fail.
#[derive(Debug)]
pub(crate) struct Store {
    inner: MemoryProgress,
    pub(crate) fault: Mutex<Option<fn() -> ProgressError>>,
    /// How often the row was read.
    pub(crate) row_reads: AtomicU32,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            inner: MemoryProgress::new(Rules::default()),
            fault: Mutex::default(),
            row_reads: AtomicU32::default(),
        }
    }
}

impl Store {
    fn fault(&self) -> Result<(), ProgressError> {
        self.fault.lock().unwrap().map_or(Ok(()), |fault| Err(fault()))
    }
}

#[async_trait]
impl ProgressStore for Store {
    fn rules(&self) -> &Rules {
        self.inner.rules()
    }

    async fn change(
        &self,
        viewer: &ViewerId,
        title: &TitleId,
        change: Change,
        now: UnixMillis,
    ) -> Result<Option<WatchProgress>, ProgressError> {
        self.fault()?;
        self.inner.change(viewer, title, change, now).await
    }

    async fn entries(
        &self,
        viewer: &ViewerId,
        titles: &[TitleId],
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        self.fault()?;
        self.inner.entries(viewer, titles).await
    }

    async fn continue_watching(
        &self,
        viewer: &ViewerId,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        self.fault()?;
        self.row_reads.fetch_add(1, Ordering::Relaxed);
        self.inner.continue_watching(viewer, after, limit).await
    }

    async fn forget(&self, viewer: &ViewerId) -> Result<u64, ProgressError> {
        self.fault()?;
        self.inner.forget(viewer).await
    }
}

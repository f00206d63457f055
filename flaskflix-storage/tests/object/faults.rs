//! Whatever the store does, a read finishes with the right bytes or fails within its time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use flaskflix_core::{
    Bytes,
    range::ByteRange,
    source::{SourceError, SourceObject},
};
use flaskflix_storage::object::ObjectOptions;
use futures_util::{StreamExt as _, future::join_all};

use super::{
    bucket::{Bucket, film, path, read},
    moto::moto,
    proxy::{Fault, Proxy},
    s3s_server::S3sServer,
};

const LEN: usize = 700_001;
const END: u64 = LEN as u64;

/// A film behind a proxy.
struct Scene {
    film: Bytes,
    bucket: Bucket,
    proxy: Proxy,
    _server: S3sServer,
}

impl Scene {
    /// With little patience, so that the tests need little too.
    async fn new() -> Self {
        let options = ObjectOptions::default()
            .patience(Duration::from_secs(2))
            .idle_timeout(Duration::from_millis(500));
        Self::with(options).await
    }

    async fn with(options: ObjectOptions) -> Self {
        let server = S3sServer::start().await;
        let proxy = Proxy::before(server.endpoint()).await;
        let bucket = Bucket::new(server.endpoint(), proxy.endpoint(), options).await;
        let film = film(1, LEN);
        bucket.put("film.mp4", film.clone()).await;
        Self {
            film,
            bucket,
            proxy,
            _server: server,
        }
    }

    async fn open(&self) -> Arc<dyn SourceObject> {
        self.bucket.open("film.mp4").await.unwrap()
    }

    /// The whole film comes, whatever happens to its requests.
    async fn survives(&self, faults: impl IntoIterator<Item = Fault>) -> Duration {
        let object = self.open().await;
        self.proxy.on_get(faults);
        let begun = Instant::now();
        let (bytes, error) = read(&object, 0, END).await;
        assert!(error.is_none(), "{error:?} after {} bytes", bytes.len());
        assert!(bytes == self.film, "every byte is right");
        begun.elapsed()
    }

    /// The film ends with an error, after a part of it that is right.
    async fn fails(&self, faults: impl IntoIterator<Item = Fault>) -> (SourceError, Duration) {
        let object = self.open().await;
        self.proxy.on_get(faults);
        let begun = Instant::now();
        let (bytes, error) = read(&object, 0, END).await;
        assert!(self.film.starts_with(&bytes), "what came is right");
        (error.expect("an error"), begun.elapsed())
    }
}

fn always(fault: fn() -> Fault) -> impl Iterator<Item = Fault> {
    std::iter::repeat_with(fault).take(200)
}

#[tokio::test]
async fn passing_faults_are_passed() {
    let scene = Scene::new().await;
    scene.survives([Fault::Status(500), Fault::Status(502)]).await;
    scene.survives([Fault::CutAfter(0)]).await;
    scene.survives([Fault::Hang]).await;
    scene
        .survives([Fault::Status(503), Fault::Status(429), Fault::CutAfter(5000)])
        .await;
    assert_eq!(
        scene.proxy.conditional_count(),
        scene.proxy.take_ranges().len(),
        "each says If-Match"
    );
}

#[tokio::test]
async fn a_body_that_breaks_goes_on_from_the_byte_that_was_reached() {
    let scene = Scene::new().await;
    scene
        .survives([
            Fault::CutAfter(100_000),
            Fault::CutAfter(200_000),
            Fault::HangAfter(50_000),
        ])
        .await;
    let starts = scene.proxy.take_ranges();
    assert_eq!(starts[0], "bytes=0-700000");
    assert_eq!(starts.len(), 4, "{starts:?}");
    let reached = |range: &str| {
        range["bytes=".len()..]
            .split('-')
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    // What was still on its way when the connection broke may be lost and asked for again.
    assert!((1..=100_000).contains(&reached(&starts[1])), "{starts:?}");
    assert!(
        (reached(&starts[1])..=300_000).contains(&reached(&starts[2])),
        "{starts:?}"
    );
    assert!(
        (reached(&starts[2])..=350_000).contains(&reached(&starts[3])),
        "{starts:?}"
    );
    assert!(
        starts.iter().all(|range| range.ends_with("-700000")),
        "{starts:?}"
    );
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let scene = Scene::new().await;
    let time = scene.survives([Fault::RetryAfter("1")]).await;
    assert!(time >= Duration::from_secs(1), "{time:?}");
}

#[tokio::test]
async fn a_store_that_is_busy_for_longer_than_the_patience_is_busy_at_once() {
    let scene = Scene::new().await;
    let (error, time) = scene.fails([Fault::RetryAfter("60")]).await;
    assert!(matches!(error, SourceError::Busy), "{error:?}");
    assert!(time < Duration::from_secs(1), "{time:?}");
    scene.proxy.on_head([Fault::RetryAfter("60")]);
    let opened = scene.bucket.open("film.mp4").await;
    assert!(matches!(opened, Err(SourceError::Busy)), "{opened:?}");
    let (error, _) = scene.fails(always(|| Fault::Status(503))).await;
    assert!(matches!(error, SourceError::Busy), "{error:?}");
}

#[tokio::test]
async fn what_does_not_pass_fails_within_the_patience() {
    let faults: [fn() -> Fault; 4] = [
        || Fault::Status(500),
        || Fault::Hang,
        || Fault::CutAfter(0),
        || Fault::HangAfter(0),
    ];
    join_all(faults.map(async |fault| {
        let scene = Scene::new().await;
        let (error, time) = scene.fails(always(fault)).await;
        assert!(matches!(error, SourceError::Io(_)), "{error:?}");
        assert!(time < Duration::from_secs(3), "{time:?}");
        scene.proxy.on_head(always(fault));
        let begun = Instant::now();
        let opened = scene.bucket.open("film.mp4").await;
        // A HEAD has no body to cut.
        if opened.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        }
    }))
    .await;
}

#[tokio::test]
async fn refusals_are_not_tried_again() {
    let scene = Scene::new().await;
    scene.open().await;
    scene.proxy.take_ranges();
    let (error, _) = scene.fails([Fault::Status(403)]).await;
    assert!(matches!(error, SourceError::Io(_)), "{error:?}");
    assert_eq!(scene.proxy.take_ranges().len(), 1);
}

#[tokio::test]
async fn slow_is_not_dead() {
    let scene = Scene::new().await;
    let slow = Fault::Slow(70_000, Duration::from_millis(50));
    scene.survives([slow]).await;
    assert_eq!(scene.proxy.take_ranges().len(), 1, "in one request");
}

#[tokio::test]
async fn a_drip_ends_within_the_patience() {
    let scene = Scene::new().await;
    // 1000 bytes a second: each comes well within the idle time.
    let (error, time) = scene
        .fails(always(|| Fault::Slow(100, Duration::from_millis(100))))
        .await;
    assert!(matches!(error, SourceError::Io(_)), "{error:?}");
    assert!(time < Duration::from_secs(4), "{time:?}");
}

#[tokio::test]
async fn another_version_in_the_middle_is_changed() {
    let scene = Scene::new().await;
    changes_in_the_middle(&scene.bucket, &scene.proxy).await;
}

#[tokio::test]
async fn another_version_in_the_middle_is_changed_on_moto() {
    let Some(server) = moto() else { return };
    let proxy = Proxy::before(server.endpoint()).await;
    let bucket = Bucket::new(server.endpoint(), proxy.endpoint(), ObjectOptions::default()).await;
    changes_in_the_middle(&bucket, &proxy).await;
}

/// The connection breaks, and when the read comes back there is another film.
async fn changes_in_the_middle(bucket: &Bucket, proxy: &Proxy) {
    use object_store::ObjectStoreExt as _;
    let (old, new) = (film(1, LEN), film(2, LEN));
    bucket.put("film.mp4", old.clone()).await;
    let object = bucket.open("film.mp4").await.unwrap();
    let store = Arc::clone(&bucket.store);
    let replaced = new.clone();
    let replace = async move {
        store.put(&path("film.mp4"), replaced.into()).await.unwrap();
    };
    proxy.on_get([Fault::CutAfter(300_000), Fault::Meanwhile(Box::pin(replace))]);
    let (bytes, error) = read(&object, 0, END).await;
    assert!(matches!(error, Some(SourceError::Changed)), "{error:?}");
    assert!(
        bytes.len() < LEN && old.starts_with(&bytes),
        "not a byte of the new film"
    );
    let object = bucket.open("film.mp4").await.unwrap();
    let (bytes, error) = read(&object, 0, END).await;
    assert!(
        error.is_none() && bytes == new,
        "the next open sees it: {error:?}"
    );
}

#[tokio::test]
async fn a_paused_reader_holds_little() {
    let scene = Scene::with(ObjectOptions::default()).await;
    let len = 1 << 30;
    scene.proxy.on_head([Fault::Object(len)]);
    let object = scene.open().await;
    let range = ByteRange::new(0, len).unwrap();
    scene.proxy.on_get([Fault::Zeros(len)]);
    let mut stream = Arc::clone(&object).read(vec![range]);
    let mut read = 0;
    for pause in 0..3 {
        // Some of it, the more the later; then nothing until the proxy gets nothing more rid of.
        while read < pause * (64 << 20) + 1 {
            read += stream.next().await.unwrap().unwrap().len() as u64;
        }
        let deadline = Instant::now() + Duration::from_secs(20);
        let mut sent = (scene.proxy.sent_bytes(), Instant::now());
        while sent.1.elapsed() < Duration::from_millis(200) {
            assert!(Instant::now() < deadline, "it sends on and on");
            tokio::task::yield_now().await;
            if scene.proxy.sent_bytes() != sent.0 {
                sent = (scene.proxy.sent_bytes(), Instant::now());
            }
        }
        // Most of it lies in the kernel's buffers of the two sockets.
        let ahead = sent.0 - read;
        assert!(ahead < 16 << 20, "{ahead} bytes are on their way to nobody");
    }
}

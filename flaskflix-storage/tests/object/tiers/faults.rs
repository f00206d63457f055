//! Whatever the store does beneath the tiers, a read finishes with the right bytes or fails within its time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use flaskflix_core::{Bytes, source::SourceError};
use flaskflix_storage::object::ObjectOptions;
use futures_util::future;
use object_store::ObjectStoreExt as _;

use super::{END, LEN, Stack, Tiered};
use crate::{
    bucket::{film, path, read},
    moto::moto,
    proxy::{Fault, Proxy},
    s3s_server::S3sServer,
};

const PATIENCE: Duration = Duration::from_secs(2);

/// A bucket behind a proxy, with tiers over it.
struct Scene {
    film: Bytes,
    proxy: Proxy,
    tiered: Tiered,
    _server: Option<S3sServer>,
}

impl Scene {
    /// With little patience, so that the tests need little too.
    async fn new(stack: Stack) -> Self {
        let server = S3sServer::start().await;
        let scene = Self::over(stack, server.endpoint()).await;
        Self {
            _server: Some(server),
            ..scene
        }
    }

    async fn over(stack: Stack, endpoint: &str) -> Self {
        let proxy = Proxy::before(endpoint).await;
        let options = ObjectOptions::default()
            .patience(PATIENCE)
            .idle_timeout(Duration::from_millis(500));
        let tiered = Tiered::new(stack, endpoint, proxy.endpoint(), options).await;
        let film = film(1, LEN);
        tiered.bucket.put("film.mp4", film.clone()).await;
        Self {
            film,
            proxy,
            tiered,
            _server: None,
        }
    }

    /// The whole film comes, twice: from the store, and from what the tiers kept of it.
    async fn survives(&self, faults: impl IntoIterator<Item = Fault>) {
        self.proxy.on_get(faults);
        for turn in 0..2 {
            let (bytes, error) = self.tiered.film("film.mp4").await;
            assert!(
                error.is_none(),
                "{:?}, turn {turn}: {error:?} after {}",
                self.tiered,
                bytes.len()
            );
            assert!(bytes == self.film, "{:?}, turn {turn}", self.tiered);
        }
    }

    /// The film ends with an error, after a part of it that is right; and comes when the store has healed.
    async fn fails(&self, fault: fn() -> Fault) -> SourceError {
        let object = self.tiered.open("film.mp4").await.unwrap();
        self.proxy.on_get(std::iter::repeat_with(fault).take(1000));
        let begun = Instant::now();
        let (bytes, error) = read(&object, 0, END).await;
        // A block that another read, or the one before, has sent for in vain is asked for once more.
        assert!(
            begun.elapsed() < 2 * PATIENCE + Duration::from_secs(1),
            "{:?}",
            begun.elapsed()
        );
        assert!(self.film.starts_with(&bytes), "what came is right");
        self.proxy.heal();
        let (bytes, healed) = read(&object, 0, END).await;
        assert!(
            healed.is_none() && bytes == self.film,
            "{:?}: {healed:?}",
            self.tiered
        );
        error.expect("an error")
    }
}

#[tokio::test]
async fn passing_faults_are_passed_beneath_every_stack() {
    let faults: [fn() -> Vec<Fault>; 6] = [
        || vec![Fault::Status(500), Fault::Status(502), Fault::Status(500)],
        || vec![Fault::RetryAfter("1")],
        || vec![Fault::Status(503), Fault::Status(429)],
        || vec![Fault::Hang],
        || {
            vec![
                Fault::CutAfter(0),
                Fault::CutAfter(20_000),
                Fault::CutAfter(60_000),
            ]
        },
        || {
            vec![
                Fault::HangAfter(30_000),
                Fault::Slow(9_000, Duration::from_millis(20)),
            ]
        },
    ];
    let combinations = Stack::ALL
        .iter()
        .flat_map(|stack| faults.iter().map(move |faults| (*stack, faults)));
    future::join_all(combinations.map(async |(stack, faults)| {
        Scene::new(stack).await.survives(faults()).await;
    }))
    .await;
}

#[tokio::test]
async fn what_does_not_pass_fails_within_its_time_beneath_every_stack() {
    let faults: [fn() -> Fault; 4] = [
        || Fault::Status(500),
        || Fault::Hang,
        || Fault::CutAfter(0),
        || Fault::HangAfter(0),
    ];
    let combinations = Stack::ALL
        .iter()
        .flat_map(|stack| faults.iter().map(move |fault| (*stack, *fault)));
    future::join_all(combinations.map(async |(stack, fault)| {
        let error = Scene::new(stack).await.fails(fault).await;
        assert!(matches!(error, SourceError::Io(_)), "{stack:?}: {error:?}");
    }))
    .await;
    future::join_all(Stack::ALL.map(async |stack| {
        let error = Scene::new(stack).await.fails(|| Fault::RetryAfter("60")).await;
        assert!(matches!(error, SourceError::Busy), "{stack:?}: {error:?}");
    }))
    .await;
}

#[tokio::test]
async fn another_version_in_the_middle_never_mixes_beneath_every_stack() {
    // Not over s3s-fs: its `put` shows the new bytes under the old entity tag for a moment, which nobody can tell who reads side by
    // side with it, as tiers do.
    let Some(moto) = moto() else { return };
    for stack in Stack::ALL {
        changes_in_the_middle(Scene::over(stack, moto.endpoint()).await).await;
    }
}

/// The connection breaks in the middle of the second block, and when the read comes back there is another film.
async fn changes_in_the_middle(scene: Scene) {
    let (tiered, proxy) = (&scene.tiered, &scene.proxy);
    let new = film(2, LEN);
    let store = Arc::clone(&tiered.bucket.store);
    let replaced = new.clone();
    let replace = async move {
        store.put(&path("film.mp4"), replaced.into()).await.unwrap();
    };
    let pass = || Fault::Slow(usize::MAX, Duration::ZERO);
    proxy.on_get([
        pass(),
        Fault::CutAfter(30_000),
        pass(),
        pass(),
        Fault::Meanwhile(Box::pin(replace)),
    ]);
    let (bytes, error) = tiered.film("film.mp4").await;
    assert!(
        matches!(error, Some(SourceError::Changed)),
        "{tiered:?}: {error:?}"
    );
    assert!(
        bytes.len() < LEN && scene.film.starts_with(&bytes),
        "{tiered:?}: not a byte of the new film"
    );
    for _ in 0..2 {
        let (bytes, error) = tiered.film("film.mp4").await;
        assert!(error.is_none() && bytes == new, "{tiered:?}: {error:?}");
    }
}

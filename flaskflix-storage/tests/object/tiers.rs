//! Tiers over an object store: the contract, titles that move, films that are replaced, stores that fail, and a film larger than memory.

mod faults;
mod sparse;

use std::{
    fmt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use flaskflix_core::{
    Bytes,
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, SourceError, SourceObject},
    testing,
};
use flaskflix_storage::{
    object::ObjectOptions,
    tiers::{TierOptions, TieredSource},
};
use futures_util::{StreamExt as _, future};
use tempfile::TempDir;

use super::{
    bucket::{Bucket, film, read},
    moto::moto,
    s3s_server::S3sServer,
};

/// Small blocks: many of them in little data.
const BLOCK: u64 = 64 << 10;
/// Eleven blocks, the last of them small.
const LEN: usize = 700_001;
const END: u64 = LEN as u64;

/// One way to stack the tiers.
#[derive(Debug, Clone, Copy)]
enum Stack {
    Hot,
    Warm,
    Both,
}

impl Stack {
    const ALL: [Self; 3] = [Self::Hot, Self::Warm, Self::Both];

    fn options(self, folder: &Path) -> TierOptions {
        let options = TierOptions::default().block_bytes(BLOCK);
        let (memory, disk) = (64 * BLOCK, 64 << 20);
        match self {
            Self::Hot => options.memory_bytes(memory),
            Self::Warm => options.disk(folder, disk),
            Self::Both => options.memory_bytes(memory).disk(folder, disk),
        }
    }
}

/// A bucket with tiers over it.
struct Tiered {
    bucket: Bucket,
    source: TieredSource,
    stack: Stack,
    _cache: TempDir,
}

impl Tiered {
    /// Over the server at `direct`, by way of `endpoint`.
    async fn new(stack: Stack, direct: &str, endpoint: &str, options: ObjectOptions) -> Self {
        let bucket = Bucket::new(direct, endpoint, options).await;
        let cache = tempfile::tempdir().unwrap();
        let cold = Arc::clone(&bucket.source) as Arc<dyn ByteSource>;
        Self {
            source: TieredSource::new(cold, &stack.options(cache.path())).unwrap(),
            bucket,
            stack,
            _cache: cache,
        }
    }

    async fn open(&self, name: &str) -> Result<Arc<dyn SourceObject>, SourceError> {
        self.source.open(&key(name)).await
    }

    /// The film as it can be read now.
    async fn film(&self, name: &str) -> (Vec<u8>, Option<SourceError>) {
        match self.open(name).await {
            Ok(object) => read(&object, 0, object.info().len).await,
            Err(error) => (Vec::new(), Some(error)),
        }
    }
}

impl fmt::Debug for Tiered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stats = self.source.stats();
        f.debug_tuple("Tiered").field(&self.stack).field(&stats).finish()
    }
}

#[async_trait]
impl testing::source::Fixture for Tiered {
    fn source(&self) -> Arc<dyn ByteSource> {
        Arc::new(self.source.clone())
    }

    async fn put(&self, key: &AssetKey, bytes: Bytes) {
        self.bucket.put(key.as_str(), bytes).await;
    }

    async fn remove(&self, key: &AssetKey) {
        testing::source::Fixture::remove(&self.bucket, key).await;
    }
}

fn key(name: &str) -> AssetKey {
    AssetKey::parse(name).unwrap()
}

/// Every stack over every server that is here.
async fn everywhere(s3s: &S3sServer) -> Vec<Tiered> {
    let mut all = Vec::new();
    let endpoints = [Some(s3s.endpoint()), moto().map(|moto| moto.endpoint())];
    for endpoint in endpoints.into_iter().flatten() {
        for stack in Stack::ALL {
            all.push(Tiered::new(stack, endpoint, endpoint, ObjectOptions::default()).await);
        }
    }
    all
}

#[tokio::test]
async fn every_stack_keeps_the_contract_over_both_servers() {
    let s3s = S3sServer::start().await;
    for tiered in everywhere(&s3s).await {
        testing::source::conformance(&tiered).await;
        let stats = tiered.source.stats();
        assert!(
            stats.fetched_blocks > 0 && stats.hot_blocks + stats.warm_blocks > 0,
            "the tiers are used: {tiered:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_notice_nothing_of_a_title_that_moves() {
    let s3s = S3sServer::start().await;
    for tiered in everywhere(&s3s).await {
        let want = film(1, LEN);
        tiered.bucket.put("film.mp4", want.clone()).await;
        let done = Arc::new(AtomicBool::new(false));
        let mover = tokio::spawn({
            let (source, done) = (tiered.source.clone(), Arc::clone(&done));
            async move {
                let mut moves = 0;
                while !done.load(Ordering::SeqCst) {
                    source.evict(&key("film.mp4")).await.unwrap();
                    source.promote(&key("film.mp4")).await.unwrap();
                    moves += 1;
                }
                moves
            }
        });
        let streams = future::join_all((0..8).map(|_| async {
            for _ in 0..2 {
                let (bytes, error) = tiered.film("film.mp4").await;
                assert!(error.is_none() && bytes == want, "{tiered:?}: {error:?}");
            }
        }));
        streams.await;
        done.store(true, Ordering::SeqCst);
        assert!(mover.await.unwrap() > 0, "it was moved about");
    }
}

#[tokio::test]
async fn a_film_that_is_replaced_ends_the_streams_of_the_old_one() {
    let s3s = S3sServer::start().await;
    for tiered in everywhere(&s3s).await {
        let (old, new) = (film(1, LEN), film(2, LEN));
        tiered.bucket.put("film.mp4", old.clone()).await;
        let object = tiered.open("film.mp4").await.unwrap();
        let mut stream = Arc::clone(&object).read(ranges(0, END));
        let mut bytes = stream.next().await.unwrap().unwrap().to_vec();
        tiered.bucket.put("film.mp4", new.clone()).await;
        let error = loop {
            match stream.next().await.expect("not the whole of the old film") {
                Ok(chunk) => bytes.extend_from_slice(&chunk),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, SourceError::Changed), "{tiered:?}: {error:?}");
        assert!(old.starts_with(&bytes), "{tiered:?}: not a byte of the new film");
        for _ in 0..2 {
            let (bytes, error) = tiered.film("film.mp4").await;
            assert!(error.is_none() && bytes == new, "{tiered:?}: {error:?}");
        }
        // What is in the tiers of the old version is still it, and the rest does not come.
        let (bytes, error) = read(&object, 0, END).await;
        assert!(matches!(error, Some(SourceError::Changed)), "{error:?}");
        assert!(old.starts_with(&bytes), "{tiered:?}");
    }
}

#[tokio::test]
async fn a_film_in_the_tiers_is_played_to_its_end_when_it_is_replaced() {
    let s3s = S3sServer::start().await;
    for tiered in everywhere(&s3s).await {
        let (old, new) = (film(1, LEN), film(2, LEN));
        tiered.bucket.put("film.mp4", old.clone()).await;
        let object = tiered.open("film.mp4").await.unwrap();
        assert_eq!(tiered.source.promote(&key("film.mp4")).await.unwrap(), END);
        tiered.bucket.put("film.mp4", new.clone()).await;
        let (bytes, error) = read(&object, 0, END).await;
        assert!(error.is_none() && bytes == old, "{tiered:?}: {error:?}");
        let (bytes, error) = tiered.film("film.mp4").await;
        assert!(error.is_none() && bytes == new, "{tiered:?}: {error:?}");
    }
}

fn ranges(start: u64, end: u64) -> Vec<ByteRange> {
    ByteRange::new(start, end).into_iter().collect()
}

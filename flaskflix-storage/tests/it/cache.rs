//! The index cache reads every version once, within its bound.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use flaskflix_core::{
    Bytes,
    id::AssetKey,
    mp4::{BoxWriter, FourCc, Index, Limits},
    package::{DirectIndex, IndexError, IndexStore},
    source::{ByteSource, SourceError, SourceObject},
};
use flaskflix_storage::{cache::IndexCache, memory::MemorySource};
use futures_util::{
    future::{join_all, poll_immediate},
    pin_mut,
};
use tokio::sync::Semaphore;

const MIB: u64 = 1 << 20;

/// Reads when the test lets it, and fails when the test says so.
#[derive(Debug)]
struct Inner {
    permits: Semaphore,
    calls: AtomicUsize,
    failure: Mutex<Option<SourceError>>,
}

impl Inner {
    fn with_permits(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            permits: Semaphore::new(permits),
            calls: AtomicUsize::new(0),
            failure: Mutex::default(),
        })
    }

    fn open() -> Arc<Self> {
        Self::with_permits(1_000)
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl IndexStore for Inner {
    async fn index(&self, object: &Arc<dyn SourceObject>) -> Result<Arc<Index>, IndexError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.permits.acquire().await.unwrap().forget();
        if let Some(error) = self.failure.lock().unwrap().take() {
            return Err(error.into());
        }
        DirectIndex::new(Limits::default()).index(object).await
    }
}

/// Stores a film whose index weighs a little more than `weight` bytes.
async fn film(source: &MemorySource, name: &str, weight: u64) -> Arc<dyn SourceObject> {
    let key = AssetKey::parse(name).unwrap();
    source.put(key.clone(), film_bytes(name, usize::try_from(weight).unwrap()));
    source.open(&key).await.unwrap()
}

#[tokio::test]
async fn one_reads_for_all_who_wait() {
    let inner = Inner::with_permits(0);
    let cache = IndexCache::new(MIB, Arc::<Inner>::clone(&inner));
    let object = film(&MemorySource::new(), "a", 0).await;
    let all = join_all((0..16).map(|_| cache.index(&object)));
    pin_mut!(all);
    assert!(poll_immediate(&mut all).await.is_none());
    assert_eq!(inner.calls(), 1);
    inner.permits.add_permits(1);
    let indexes: Vec<_> = all.await.into_iter().map(Result::unwrap).collect();
    assert!(indexes.iter().all(|index| Arc::ptr_eq(index, &indexes[0])));
    assert_eq!(
        (inner.calls(), cache.stats().misses, cache.stats().loads),
        (1, 16, 1)
    );

    cache.index(&object).await.unwrap();
    assert_eq!((inner.calls(), cache.stats().hits), (1, 1));
}

#[tokio::test]
async fn reader_that_goes_away_is_replaced_by_one_who_waits() {
    let inner = Inner::with_permits(0);
    let cache = IndexCache::new(MIB, Arc::<Inner>::clone(&inner));
    let object = film(&MemorySource::new(), "a", 0).await;
    let mut first = Box::pin(cache.index(&object));
    assert!(poll_immediate(&mut first).await.is_none());
    let second = cache.index(&object);
    pin_mut!(second);
    assert!(poll_immediate(&mut second).await.is_none());
    drop(first);
    inner.permits.add_permits(1);
    second.await.unwrap();
    assert_eq!(inner.calls(), 2);
}

#[tokio::test]
async fn bytes_are_the_key_and_names_are_not() {
    let inner = Inner::open();
    let cache = IndexCache::new(MIB, Arc::<Inner>::clone(&inner));
    let source = MemorySource::new();
    let (one, other) = (AssetKey::parse("one").unwrap(), AssetKey::parse("other").unwrap());
    source.put(one.clone(), film_bytes("same", 0));
    source.put(other.clone(), film_bytes("same", 0));
    cache.index(&source.open(&one).await.unwrap()).await.unwrap();
    cache.index(&source.open(&other).await.unwrap()).await.unwrap();
    assert_eq!(inner.calls(), 1, "the same bytes under two names");
    source.put(one.clone(), film_bytes("anew", 0));
    cache.index(&source.open(&one).await.unwrap()).await.unwrap();
    assert_eq!(inner.calls(), 2, "other bytes of the same length under one name");
}

#[tokio::test]
async fn failure_is_told_to_all_who_wait_and_not_remembered() {
    let inner = Inner::with_permits(0);
    *inner.failure.lock().unwrap() = Some(SourceError::Busy);
    let cache = IndexCache::new(MIB, Arc::<Inner>::clone(&inner));
    let object = film(&MemorySource::new(), "a", 0).await;
    let all = join_all((0..4).map(|_| cache.index(&object)));
    pin_mut!(all);
    assert!(poll_immediate(&mut all).await.is_none());
    inner.permits.add_permits(10);
    for answer in all.await {
        let Err(IndexError::Source(cause)) = answer else {
            panic!("{answer:?}")
        };
        assert!(matches!(*cause, SourceError::Busy));
    }
    assert_eq!(inner.calls(), 1);
    cache.index(&object).await.unwrap();
    assert_eq!(inner.calls(), 2);
}

#[tokio::test]
async fn indexes_together_stay_within_the_bound() {
    const BOUND: u64 = 5 * MIB;
    let cache = IndexCache::new(BOUND, Inner::open());
    let source = MemorySource::new();
    for i in 0..20 {
        cache
            .index(&film(&source, &format!("film{i}"), MIB).await)
            .await
            .unwrap();
    }
    let (last, deadline) = (
        film(&source, "film19", MIB).await,
        Instant::now() + Duration::from_secs(10),
    );
    // The cache tidies up while it is used.
    while cache.stats().weight_bytes > BOUND || cache.stats().entries == 0 {
        assert!(Instant::now() < deadline, "{:?}", cache.stats());
        cache.index(&last).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert!(cache.stats().entries <= 4, "{:?}", cache.stats());
}

#[tokio::test]
async fn index_larger_than_the_bound_is_handed_out() {
    let cache = IndexCache::new(1_000, Inner::open());
    let object = film(&MemorySource::new(), "a", MIB).await;
    assert!(cache.index(&object).await.unwrap().memory_bytes() > MIB);
}

/// The smallest film there is: one text track with one sample. `name` makes its bytes its own; `weight` is the
/// size of a `free` box inside `moov`.
fn film_bytes(name: &str, weight: usize) -> Bytes {
    let mut w = BoxWriter::new();
    w.start(FourCc(*b"moov"));
    w.full(FourCc(*b"mvhd"), 0, 0);
    w.zeros(8);
    w.u32(1_000);
    w.zeros(84);
    w.end();
    w.start(FourCc(*b"trak"));
    w.full(FourCc(*b"tkhd"), 0, 1);
    w.zeros(8);
    w.u32(1);
    w.zeros(68);
    w.end();
    w.start(FourCc(*b"mdia"));
    w.full(FourCc(*b"mdhd"), 0, 0);
    w.zeros(8);
    w.u32(1_000);
    w.zeros(8);
    w.end();
    w.full(FourCc(*b"hdlr"), 0, 0);
    w.zeros(4);
    w.bytes(b"text");
    w.zeros(13);
    w.end();
    w.start(FourCc(*b"minf"));
    w.start(FourCc(*b"stbl"));
    sample_tables(&mut w);
    for _ in ["stbl", "minf", "mdia", "trak"] {
        w.end();
    }
    w.start(FourCc(*b"free"));
    w.bytes(name.as_bytes());
    w.zeros(weight);
    w.end();
    w.end();
    w.finish()
}

/// One sample of one byte, the first of the file.
fn sample_tables(w: &mut BoxWriter) {
    w.full(FourCc(*b"stsd"), 0, 0);
    w.u32(1);
    w.start(FourCc(*b"text"));
    w.zeros(6);
    w.u16(1);
    w.end();
    w.end();
    for (fourcc, fields) in [
        (*b"stts", &[1, 1, 1][..]),
        (*b"stsc", &[1, 1, 1, 1]),
        (*b"stsz", &[1, 1]),
        (*b"stco", &[1, 0]),
    ] {
        w.full(FourCc(fourcc), 0, 0);
        for field in fields {
            w.u32(*field);
        }
        w.end();
    }
}

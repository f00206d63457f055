//! A cold source that counts, waits and fails as it is told.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use flaskflix_core::{
    Bytes,
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, ByteStream, ObjectInfo, SourceError, SourceObject},
};
use flaskflix_storage::memory::MemorySource;
use futures_util::{StreamExt, stream};
use tokio::sync::Semaphore;

/// Objects in memory, behind a door.
#[derive(Debug, Clone, Default)]
pub(super) struct Cold {
    pub(super) objects: Arc<MemorySource>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    reads: AtomicU64,
    bytes: AtomicU64,
    door: Mutex<Option<Arc<Semaphore>>>,
    failures: AtomicU64,
    /// How many bytes too many (or too few) a read yields.
    surplus: Mutex<i64>,
}

impl Cold {
    pub(super) fn with(name: &str, bytes: Bytes) -> Self {
        let cold = Self::default();
        cold.put(name, bytes);
        cold
    }

    pub(super) fn put(&self, name: &str, bytes: Bytes) {
        self.objects.put(super::key(name), bytes);
    }

    /// Reads that were made so far.
    pub(super) fn reads(&self) -> u64 {
        self.state.reads.load(Ordering::SeqCst)
    }

    /// Bytes that were asked for so far.
    pub(super) fn bytes(&self) -> u64 {
        self.state.bytes.load(Ordering::SeqCst)
    }

    /// From now on each chunk of 16 KiB needs a permit of this semaphore.
    pub(super) fn close(&self) -> Arc<Semaphore> {
        let door = Arc::new(Semaphore::new(0));
        *self.state.door.lock().unwrap() = Some(Arc::clone(&door));
        door
    }

    /// The next reads fail.
    pub(super) fn fail(&self, reads: u64) {
        self.state.failures.store(reads, Ordering::SeqCst);
    }

    /// From now on every read yields so many bytes more than asked for, or less.
    pub(super) fn lie(&self, surplus: i64) {
        *self.state.surplus.lock().unwrap() = surplus;
    }
}

#[async_trait]
impl ByteSource for Cold {
    async fn open(&self, key: &AssetKey) -> Result<Arc<dyn SourceObject>, SourceError> {
        Ok(Arc::new(ColdObject {
            inner: self.objects.open(key).await?,
            state: Arc::clone(&self.state),
        }))
    }
}

#[derive(Debug)]
struct ColdObject {
    inner: Arc<dyn SourceObject>,
    state: Arc<State>,
}

impl SourceObject for ColdObject {
    fn info(&self) -> &ObjectInfo {
        self.inner.info()
    }

    fn read(self: Arc<Self>, ranges: Vec<ByteRange>) -> ByteStream {
        let asked: u64 = ranges.iter().map(|range| range.len()).sum();
        self.state.reads.fetch_add(1, Ordering::SeqCst);
        self.state.bytes.fetch_add(asked, Ordering::SeqCst);
        let failures = &self.state.failures;
        let fails = failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        let surplus = *self.state.surplus.lock().unwrap();
        let door = self.state.door.lock().unwrap().clone();
        let whole = Arc::clone(&self.inner).read(ranges);
        let chunks = whole.flat_map(|chunk| {
            let chunk = chunk.unwrap();
            let cuts: Vec<_> = (0..chunk.len())
                .step_by(16 << 10)
                .map(|start| chunk.slice(start..chunk.len().min(start + (16 << 10))))
                .collect();
            stream::iter(cuts)
        });
        let lie = match surplus {
            1.. => Some(Bytes::from(vec![0; usize::try_from(surplus).unwrap()])),
            _ => None,
        };
        let chunks = chunks.chain(stream::iter(lie));
        let chunks = chunks.skip(usize::from(surplus < 0));
        chunks
            .then(move |chunk| {
                let door = door.clone();
                async move {
                    if let Some(door) = door {
                        door.acquire().await.unwrap().forget();
                    }
                    if fails.is_ok() {
                        return Err(SourceError::Io(std::io::Error::other("told to fail")));
                    }
                    Ok(chunk)
                }
            })
            .boxed()
    }
}

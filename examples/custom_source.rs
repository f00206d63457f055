//! A byte source of your own, and the conformance suite over it: `cargo run -p flaskflix-examples --example custom_source`.
//!
//! The source keeps objects in memory as a list of blocks, as a database or a block store would, and reads block by block.
//! What the suite asks for is the `# Contract` of `ByteSource` and `SourceObject`.

use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use async_trait::async_trait;
use bytes::Bytes;
use flaskflix_core::{
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, ByteStream, ObjectInfo, SourceError, SourceObject},
    testing::source::{Fixture, conformance},
    validator::EntityTag,
};
use futures_core::Stream;

const BLOCK_BYTES: u64 = 4096;

/// Objects cut into blocks of 4 KiB.
#[derive(Debug, Default)]
struct BlockStore {
    objects: Mutex<HashMap<AssetKey, Arc<BlockObject>>>,
    versions: AtomicU64,
}

/// One version of one object. It never changes, so bytes of two versions cannot mix.
#[derive(Debug)]
struct BlockObject {
    info: ObjectInfo,
    blocks: Vec<Bytes>,
}

impl BlockStore {
    fn objects(&self) -> MutexGuard<'_, HashMap<AssetKey, Arc<BlockObject>>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, key: AssetKey, bytes: &Bytes) {
        let version = self.versions.fetch_add(1, Ordering::Relaxed);
        let info = ObjectInfo {
            len: bytes.len() as u64,
            etag: EntityTag::from_identity(&version.to_be_bytes()),
            last_modified: None,
        };
        let blocks = bytes.chunks(4096).map(Bytes::copy_from_slice).collect();
        self.objects().insert(key, Arc::new(BlockObject { info, blocks }));
    }
}

#[async_trait]
impl ByteSource for BlockStore {
    async fn open(&self, key: &AssetKey) -> Result<Arc<dyn SourceObject>, SourceError> {
        let object = self.objects().get(key).cloned().ok_or(SourceError::NotFound)?;
        Ok(object)
    }
}

impl SourceObject for BlockObject {
    fn info(&self) -> &ObjectInfo {
        &self.info
    }

    fn read(self: Arc<Self>, ranges: Vec<ByteRange>) -> ByteStream {
        Box::pin(Blocks {
            object: self,
            ranges: ranges.into(),
        })
    }
}

/// Yields the part of one block at a time.
struct Blocks {
    object: Arc<BlockObject>,
    ranges: VecDeque<ByteRange>,
}

impl Blocks {
    fn next_chunk(&mut self) -> Option<Result<Bytes, SourceError>> {
        let range = self.ranges.pop_front()?;
        let len = self.object.info.len;
        if range.end() > len {
            self.ranges.clear();
            return Some(Err(SourceError::OutOfBounds { range, len }));
        }
        let (block, skip) = (range.start() / BLOCK_BYTES, range.start() % BLOCK_BYTES);
        let take = range.len().min(BLOCK_BYTES.saturating_sub(skip));
        if let Some(rest) = ByteRange::new(range.start().saturating_add(take), range.end()) {
            self.ranges.push_front(rest);
        }
        let part = || {
            let block = self.object.blocks.get(usize::try_from(block).ok()?)?;
            let start = usize::try_from(skip).ok()?;
            Some(block.slice(start..start.checked_add(usize::try_from(take).ok()?)?))
        };
        Some(part().ok_or(SourceError::Changed))
    }
}

impl Stream for Blocks {
    type Item = Result<Bytes, SourceError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.next_chunk())
    }
}

/// What the suite needs beside the source: a way to change what is stored.
struct Suite(Arc<BlockStore>);

#[async_trait]
impl Fixture for Suite {
    fn source(&self) -> Arc<dyn ByteSource> {
        Arc::<BlockStore>::clone(&self.0)
    }

    async fn put(&self, key: &AssetKey, bytes: Bytes) {
        self.0.put(key.clone(), &bytes);
    }

    async fn remove(&self, key: &AssetKey) {
        self.0.objects().remove(key);
    }
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "a program that tells its result")]
async fn main() {
    conformance(&Suite(Arc::new(BlockStore::default()))).await;
    println!("the block store keeps the contract of ByteSource");
}

#[tokio::test]
async fn the_block_store_keeps_the_contract() {
    conformance(&Suite(Arc::new(BlockStore::default()))).await;
}

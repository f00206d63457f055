//! Every stack of tiers keeps the contract of every source, over every source.

use std::{fs, sync::Arc};

use async_trait::async_trait;
use flaskflix_core::{Bytes, id::AssetKey, source::ByteSource, testing};
use flaskflix_storage::{
    fs::LocalFiles,
    memory::MemorySource,
    tiers::{TierOptions, TieredSource},
};
use tempfile::TempDir;

use super::{BLOCK, Tiers};

struct OverMemory {
    below: Arc<MemorySource>,
    source: TieredSource,
}

struct OverFiles {
    dir: TempDir,
    source: TieredSource,
}

impl OverMemory {
    fn new(options: &TierOptions) -> Self {
        let below = Arc::new(MemorySource::new());
        Self {
            source: TieredSource::new(Arc::clone(&below) as Arc<dyn ByteSource>, options).unwrap(),
            below,
        }
    }
}

#[async_trait]
impl testing::source::Fixture for OverMemory {
    fn source(&self) -> Arc<dyn ByteSource> {
        Arc::new(self.source.clone())
    }

    async fn put(&self, key: &AssetKey, bytes: Bytes) {
        self.below.put(key.clone(), bytes);
    }

    async fn remove(&self, key: &AssetKey) {
        self.below.remove(key);
    }
}

#[async_trait]
impl testing::source::Fixture for OverFiles {
    fn source(&self) -> Arc<dyn ByteSource> {
        Arc::new(self.source.clone())
    }

    async fn put(&self, key: &AssetKey, bytes: Bytes) {
        let path = self.dir.path().join(key.as_str());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let beside = path.with_extension("new");
        fs::write(&beside, bytes).unwrap();
        fs::rename(beside, path).unwrap();
    }

    async fn remove(&self, key: &AssetKey) {
        fs::remove_file(self.dir.path().join(key.as_str())).unwrap();
    }
}

#[tokio::test]
async fn every_stack_over_memory_keeps_the_contract() {
    for tiers in Tiers::ALL {
        let cache = tempfile::tempdir().unwrap();
        testing::source::conformance(&OverMemory::new(&tiers.options(cache.path()))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stack_over_files_keeps_the_contract() {
    for tiers in Tiers::ALL {
        let (dir, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let files = Arc::new(LocalFiles::open(dir.path()).unwrap());
        let source = TieredSource::new(files, &tiers.options(cache.path())).unwrap();
        testing::source::conformance(&OverFiles { dir, source }).await;
    }
}

#[tokio::test]
async fn the_contract_is_kept_with_hardly_any_room() {
    for tiers in Tiers::ALL {
        let cache = tempfile::tempdir().unwrap();
        // One block on its way, two in memory, three on the disk.
        let mut options = tiers.options(cache.path()).max_fill_bytes(0);
        if matches!(tiers, Tiers::Memory | Tiers::Both) {
            options = options.memory_bytes(2 * BLOCK);
        }
        if matches!(tiers, Tiers::Disk | Tiers::Both) {
            options = options.disk(cache.path(), 3 * (BLOCK + 4096));
        }
        let fixture = OverMemory::new(&options);
        testing::source::conformance(&fixture).await;
        let stats = fixture.source.stats();
        assert!(stats.passed_by > 0, "that way is tried, too: {stats:?}");
    }
}

#[tokio::test]
async fn the_contract_is_kept_with_blocks_larger_than_the_objects() {
    let options = TierOptions::default().memory_bytes(64 << 20).block_bytes(4 << 20);
    testing::source::conformance(&OverMemory::new(&options)).await;
}

#[test]
fn without_a_runtime_reads_go_to_the_source_below() {
    use futures_util::FutureExt as _;

    let cache = tempfile::tempdir().unwrap();
    let fixture = OverMemory::new(&Tiers::Both.options(cache.path()));
    assert!(testing::source::conformance(&fixture).now_or_never().is_some());
}

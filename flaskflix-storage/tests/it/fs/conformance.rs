//! Local files keep the contract of every source, whatever the size of their buffers.

use std::{fs, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use flaskflix_core::{Bytes, id::AssetKey, source::ByteSource, testing};
use flaskflix_storage::fs::{LocalFiles, ReadOptions};
use tempfile::TempDir;

struct Folder {
    path: TempDir,
    files: LocalFiles,
}

impl Folder {
    fn new(options: ReadOptions) -> Self {
        let path = tempfile::tempdir().unwrap();
        let files = LocalFiles::open_with(path.path(), options).unwrap();
        Self { path, files }
    }

    fn path_of(&self, key: &AssetKey) -> PathBuf {
        self.path.path().join(key.as_str())
    }
}

#[async_trait]
impl testing::source::Fixture for Folder {
    fn source(&self) -> Arc<dyn ByteSource> {
        Arc::new(self.files.clone())
    }

    async fn put(&self, key: &AssetKey, bytes: Bytes) {
        let path = self.path_of(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let beside = path.with_extension("new");
        fs::write(&beside, bytes).unwrap();
        fs::rename(beside, path).unwrap();
    }

    async fn remove(&self, key: &AssetKey) {
        fs::remove_file(self.path_of(key)).unwrap();
    }
}

#[tokio::test]
async fn local_files_keep_the_contract() {
    let folder = Folder::new(ReadOptions::default());
    testing::source::conformance(&folder).await;
    assert_eq!(folder.files.stats().buffered_bytes, 0, "every buffer came home");
}

#[tokio::test]
async fn local_files_keep_the_contract_with_the_pool_exhausted() {
    let folder = Folder::new(ReadOptions::default().max_buffered_bytes(0));
    testing::source::conformance(&folder).await;
}

#[tokio::test]
async fn local_files_keep_the_contract_with_small_chunks_and_no_idle_buffers() {
    let folder = Folder::new(
        ReadOptions::default()
            .chunk_bytes(0)
            .idle_buffer_bytes(0)
            .read_ahead_bytes(0),
    );
    testing::source::conformance(&folder).await;
}

#[test]
fn local_files_keep_the_contract_without_a_runtime() {
    let folder = Folder::new(ReadOptions::default());
    futures_util::future::FutureExt::now_or_never(testing::source::conformance(&folder))
        .expect("nothing is left to wait for when the calling thread does the waiting");
}

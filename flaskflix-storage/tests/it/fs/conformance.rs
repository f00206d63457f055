//! Local files keep the contract of every source, whatever the size of their buffers.

use std::{fs, sync::Arc};

use async_trait::async_trait;
use flaskflix_core::{Bytes, id::AssetKey, source::ByteSource, testing};
use flaskflix_storage::fs::ReadOptions;
use futures_util::FutureExt;

use super::Folder;

#[async_trait]
impl testing::source::Fixture for Folder {
    fn source(&self) -> Arc<dyn ByteSource> {
        Arc::new(self.files.clone())
    }

    async fn put(&self, key: &AssetKey, bytes: Bytes) {
        let beside = self.write(&format!("{key}.new"), bytes);
        fs::rename(beside, self.path(key.as_str())).unwrap();
    }

    async fn remove(&self, key: &AssetKey) {
        fs::remove_file(self.path(key.as_str())).unwrap();
    }
}

#[tokio::test]
async fn local_files_keep_the_contract() {
    let folder = Folder::new();
    testing::source::conformance(&folder).await;
    assert_eq!(folder.files.stats().buffered_bytes, 0, "every buffer came home");
}

#[tokio::test]
async fn local_files_keep_the_contract_with_the_pool_exhausted() {
    let folder = Folder::with(ReadOptions::default().max_buffered_bytes(0));
    testing::source::conformance(&folder).await;
}

#[tokio::test]
async fn local_files_keep_the_contract_with_small_chunks_and_no_idle_buffers() {
    let options = ReadOptions::default()
        .chunk_bytes(0)
        .idle_buffer_bytes(0)
        .read_ahead_bytes(0);
    testing::source::conformance(&Folder::with(options)).await;
}

#[test]
fn local_files_keep_the_contract_without_a_runtime() {
    let conformance = testing::source::conformance(&Folder::new()).now_or_never();
    assert!(conformance.is_some(), "the calling thread does the waiting");
}

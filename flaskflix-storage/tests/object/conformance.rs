//! The contract of every source, on every store.

use std::sync::Arc;

use flaskflix_core::testing;
use flaskflix_storage::object::{ObjectOptions, ObjectStoreSource};
use object_store::memory::InMemory;

use super::{bucket::Bucket, moto::moto, s3s_server::S3sServer};

#[tokio::test]
async fn memory_keeps_the_contract() {
    for prefix in ["", "a/prefix"] {
        let store = Arc::new(InMemory::new());
        let source = ObjectStoreSource::new(
            Arc::clone(&store) as Arc<dyn object_store::ObjectStore>,
            prefix,
            ObjectOptions::default(),
        );
        testing::source::conformance(&InStore {
            store,
            prefix,
            source: Arc::new(source.unwrap()),
        })
        .await;
    }
}

#[tokio::test]
async fn memory_keeps_the_contract_when_no_two_ranges_share_a_request() {
    let store = Arc::new(InMemory::new());
    let source = ObjectStoreSource::new(
        Arc::clone(&store) as Arc<dyn object_store::ObjectStore>,
        "",
        ObjectOptions::default().coalesce_gap_bytes(0),
    );
    testing::source::conformance(&InStore {
        store,
        prefix: "",
        source: Arc::new(source.unwrap()),
    })
    .await;
}

#[tokio::test]
async fn s3s_keeps_the_contract() {
    let server = S3sServer::start().await;
    let bucket = Bucket::new(server.endpoint(), server.endpoint(), ObjectOptions::default()).await;
    testing::source::conformance(&bucket).await;
}

#[tokio::test]
async fn moto_keeps_the_contract() {
    let Some(server) = moto() else { return };
    let bucket = Bucket::new(server.endpoint(), server.endpoint(), ObjectOptions::default()).await;
    testing::source::conformance(&bucket).await;
}

struct InStore {
    store: Arc<InMemory>,
    prefix: &'static str,
    source: Arc<ObjectStoreSource>,
}

impl InStore {
    fn path(&self, key: &flaskflix_core::id::AssetKey) -> object_store::path::Path {
        object_store::path::Path::parse(format!("{}/{key}", self.prefix).trim_start_matches('/')).unwrap()
    }
}

#[async_trait::async_trait]
impl testing::source::Fixture for InStore {
    fn source(&self) -> Arc<dyn flaskflix_core::source::ByteSource> {
        Arc::clone(&self.source) as Arc<dyn flaskflix_core::source::ByteSource>
    }

    async fn put(&self, key: &flaskflix_core::id::AssetKey, bytes: flaskflix_core::Bytes) {
        use object_store::ObjectStoreExt as _;
        self.store.put(&self.path(key), bytes.into()).await.unwrap();
    }

    async fn remove(&self, key: &flaskflix_core::id::AssetKey) {
        use object_store::ObjectStoreExt as _;
        self.store.delete(&self.path(key)).await.unwrap();
    }
}

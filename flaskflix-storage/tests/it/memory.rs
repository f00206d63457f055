//! Sources and catalogues in memory keep the contracts.

use std::sync::Arc;

use async_trait::async_trait;
use flaskflix_core::{
    Bytes,
    catalog::{Catalog, Delivery, Title},
    id::{AssetKey, TitleId},
    source::ByteSource,
    testing,
    time::UnixTime,
};
use flaskflix_storage::memory::{MemoryCatalog, MemorySource};

struct Memory(Arc<MemorySource>);

#[async_trait]
impl testing::source::Fixture for Memory {
    fn source(&self) -> Arc<dyn ByteSource> {
        Arc::<MemorySource>::clone(&self.0)
    }

    async fn put(&self, key: &AssetKey, bytes: Bytes) {
        self.0.put(key.clone(), bytes);
    }

    async fn remove(&self, key: &AssetKey) {
        self.0.remove(key);
    }
}

#[tokio::test]
async fn memory_source_keeps_the_contract() {
    testing::source::conformance(&Memory(Arc::new(MemorySource::new()))).await;
}

#[tokio::test]
async fn memory_source_tells_the_modification_time_it_was_given() {
    let source = MemorySource::new();
    let key = AssetKey::parse("a").unwrap();
    source.put_modified(key.clone(), Bytes::new(), UnixTime::from_secs(7));
    assert_eq!(
        source.open(&key).await.unwrap().info().last_modified,
        Some(UnixTime::from_secs(7))
    );
    source.put(key.clone(), Bytes::new());
    assert_eq!(source.open(&key).await.unwrap().info().last_modified, None);
}

#[tokio::test]
async fn memory_catalog_keeps_the_contract() {
    let title = |id: &str, delivery| Title::new(TitleId::parse(id).unwrap(), id, delivery);
    let asset = AssetKey::parse("films/a.mp4").unwrap();
    let titles = [
        title("A film", Delivery::packaged([asset.clone()])),
        title("notes.pdf", Delivery::File { asset }),
    ];
    let catalog: MemoryCatalog = titles.iter().cloned().collect();
    testing::catalog::conformance(&catalog, &titles).await;

    assert!(catalog.remove(&titles[0].id));
    assert!(!catalog.remove(&titles[0].id));
    assert!(catalog.title(&titles[0].id).await.unwrap().is_none());
    testing::catalog::conformance(&catalog, &titles[1..]).await;
}

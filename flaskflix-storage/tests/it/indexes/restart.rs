//! A second start plans titles without reading their films.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use flaskflix_core::{
    id::AssetKey,
    package::{IndexRecords, IndexStore, Input, PackageOptions, Presentation, StreamPlan},
    range::ByteRange,
    source::{ByteSource, ByteStream, ObjectInfo, SourceError, SourceObject},
};
use flaskflix_storage::{
    cache::IndexCache,
    fs::{IndexFolder, LocalFiles},
};

use super::{film_bytes, stored};

/// Counts the bytes that are asked of a source.
#[derive(Debug)]
struct Counting {
    inner: LocalFiles,
    bytes: Arc<AtomicU64>,
}

#[derive(Debug)]
struct CountingObject {
    inner: Arc<dyn SourceObject>,
    bytes: Arc<AtomicU64>,
}

#[async_trait]
impl ByteSource for Counting {
    async fn open(&self, key: &AssetKey) -> Result<Arc<dyn SourceObject>, SourceError> {
        Ok(Arc::new(CountingObject {
            inner: self.inner.open(key).await?,
            bytes: Arc::clone(&self.bytes),
        }))
    }
}

impl SourceObject for CountingObject {
    fn info(&self) -> &ObjectInfo {
        self.inner.info()
    }

    fn read(self: Arc<Self>, ranges: Vec<ByteRange>) -> ByteStream {
        let asked = ranges.iter().map(|range| range.len()).sum();
        self.bytes.fetch_add(asked, Ordering::SeqCst);
        Arc::clone(&self.inner).read(ranges)
    }
}

/// What a start of the program gets of a film: its plan's tag and segments, and how many bytes of the film were read.
async fn start(films: &Path, records: Arc<dyn IndexRecords>) -> (String, u32, u64) {
    let bytes = Arc::new(AtomicU64::new(0));
    let source = Counting {
        inner: LocalFiles::open(films).unwrap(),
        bytes: Arc::clone(&bytes),
    };
    let indexes = IndexCache::new(1 << 20, Arc::new(stored(records)));
    let asset = AssetKey::parse("film.mp4").unwrap();
    let object = source.open(&asset).await.unwrap();
    let input = Input {
        asset,
        info: object.info().clone(),
        index: indexes.index(&object).await.unwrap(),
    };
    let plan = Presentation::plan(vec![input], &PackageOptions::default()).unwrap();
    let segments = plan.streams().iter().map(StreamPlan::segment_count).sum();
    (plan.etag().to_string(), segments, bytes.load(Ordering::SeqCst))
}

/// Starts, starts again, changes the film, starts again.
pub(super) async fn second_start_reads_nothing<R>(open: impl Fn() -> R)
where
    R: Future<Output = Arc<dyn IndexRecords>>,
{
    let films = tempfile::tempdir().unwrap();
    let film = films.path().join("film.mp4");
    fs::write(&film, film_bytes(500)).unwrap();

    let (tag, segments, read) = start(films.path(), open().await).await;
    assert!(read > 0, "the first start reads the film");
    assert_eq!(
        start(films.path(), open().await).await,
        (tag.clone(), segments, 0),
        "the second start"
    );

    // In the same place, as editors write it.
    fs::write(films.path().join("new"), film_bytes(5_000)).unwrap();
    fs::rename(films.path().join("new"), &film).unwrap();
    let (newer, more_segments, read) = start(films.path(), open().await).await;
    assert!(
        newer != tag && more_segments > segments && read > 0,
        "a changed film is read anew"
    );
    assert_eq!(start(films.path(), open().await).await, (newer, more_segments, 0));
}

#[tokio::test]
async fn second_start_over_a_folder_reads_nothing_of_the_film() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("indexes");
    second_start_reads_nothing(|| async {
        Arc::new(IndexFolder::open(&path).unwrap()) as Arc<dyn IndexRecords>
    })
    .await;
}

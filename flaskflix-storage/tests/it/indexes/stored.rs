//! What a store of records may do wrong, and that no viewer hears of it.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use flaskflix_core::{
    Bytes,
    id::AssetKey,
    mp4::RecordKey,
    package::{IndexError, IndexRecords, IndexStore, RecordsError},
    source::{ByteSource, SourceObject},
};
use flaskflix_storage::memory::{MemoryIndexes, MemorySource};

use super::{film_bytes, frames_of, stored};

/// Does what the test says, and counts.
#[derive(Debug, Default)]
struct Records {
    kept: MemoryIndexes,
    fails: Mutex<bool>,
    puts: AtomicUsize,
}

impl Records {
    fn outcome(&self) -> Result<(), RecordsError> {
        if *self.fails.lock().unwrap() {
            return Err(RecordsError::new(io::Error::other("the disk is away")));
        }
        Ok(())
    }

    fn puts(&self) -> usize {
        self.puts.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl IndexRecords for Records {
    async fn get(&self, key: &RecordKey) -> Result<Option<Bytes>, RecordsError> {
        self.outcome()?;
        self.kept.get(key).await
    }

    async fn put(&self, key: &RecordKey, record: Bytes) -> Result<(), RecordsError> {
        self.puts.fetch_add(1, Ordering::SeqCst);
        self.outcome()?;
        self.kept.put(key, record).await
    }
}

async fn object(bytes: Bytes) -> Arc<dyn SourceObject> {
    let source = MemorySource::new();
    let key = AssetKey::parse("film.mp4").unwrap();
    source.put(key.clone(), bytes);
    source.open(&key).await.unwrap()
}

#[tokio::test]
async fn first_read_is_recorded_and_the_second_restored() {
    let records = Arc::new(Records::default());
    let indexes = stored(Arc::<Records>::clone(&records));
    let object = object(film_bytes(100)).await;
    for _ in 0..3 {
        let index = indexes.index(&object).await.unwrap();
        assert_eq!(index.tracks()[0].samples.len(), 100);
    }
    assert_eq!(records.puts(), 1);
}

#[tokio::test]
async fn damaged_record_is_replaced_by_a_good_one() {
    let records = Arc::new(Records::default());
    let indexes = stored(Arc::<Records>::clone(&records));
    let object = object(film_bytes(100)).await;
    let key = RecordKey::of(object.info());
    indexes.index(&object).await.unwrap();
    let good = records.kept.get(&key).await.unwrap().unwrap();
    let mut flipped = good.to_vec();
    flipped[100] ^= 1;
    let older = [&good[..8], &[0; 4], &good[12..]].concat();
    #[rustfmt::skip]
    let cases = [
        ("flipped",   Bytes::from(flipped)),
        ("truncated", good.slice(..good.len() / 2)),
        ("empty",     Bytes::new()),
        ("foreign",   Bytes::from_static(b"<html>")),
        ("older",     Bytes::from(older)),
    ];
    for (name, bad) in cases {
        records.kept.put(&key, bad).await.unwrap();
        let index = indexes.index(&object).await.unwrap();
        assert_eq!(index.tracks()[0].samples.len(), 100, "{name}");
        assert_eq!(records.kept.get(&key).await.unwrap().unwrap(), good, "{name}");
    }
}

#[tokio::test]
async fn record_of_another_film_is_not_taken() {
    let records = Arc::new(Records::default());
    let indexes = stored(Arc::<Records>::clone(&records));
    let (one, other) = (object(film_bytes(100)).await, object(film_bytes(50)).await);
    indexes.index(&other).await.unwrap();
    let stolen = records
        .kept
        .get(&RecordKey::of(other.info()))
        .await
        .unwrap()
        .unwrap();
    records
        .kept
        .put(&RecordKey::of(one.info()), stolen)
        .await
        .unwrap();
    assert_eq!(indexes.index(&one).await.unwrap().tracks()[0].samples.len(), 100);
    let kept = records
        .kept
        .get(&RecordKey::of(one.info()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(frames_of(kept, one.info()), 100, "and it was replaced");
}

#[tokio::test]
async fn failing_records_never_fail_a_viewer() {
    let records = Arc::new(Records::default());
    let indexes = stored(Arc::<Records>::clone(&records));
    let object = object(film_bytes(100)).await;
    *records.fails.lock().unwrap() = true;
    for _ in 0..2 {
        assert_eq!(
            indexes.index(&object).await.unwrap().tracks()[0].samples.len(),
            100
        );
    }
    assert_eq!(records.puts(), 2, "every read is tried to be kept");
    *records.fails.lock().unwrap() = false;
    indexes.index(&object).await.unwrap();
    assert_eq!(records.kept.len(), 1, "it recovers");
}

#[tokio::test]
async fn file_that_is_no_film_leaves_no_record() {
    let records = Arc::new(Records::default());
    let indexes = stored(Arc::<Records>::clone(&records));
    let object = object(Bytes::from_static(b"\0\0\0\x08free")).await;
    let error = indexes.index(&object).await.unwrap_err();
    assert!(matches!(error, IndexError::Mp4(_)), "{error:?}");
    assert_eq!(records.puts(), 0);
}

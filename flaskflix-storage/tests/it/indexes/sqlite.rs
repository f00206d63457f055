//! Records in a database.

use std::{path::PathBuf, sync::Arc};

use flaskflix_core::{package::IndexRecords, testing::index_records::conformance};
use flaskflix_storage::sql::{SqliteDatabase, SqliteOptions};
use tempfile::TempDir;

use super::record;

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("flaskflix.db")
    }

    async fn open(&self) -> SqliteDatabase {
        SqliteDatabase::open(self.path(), SqliteOptions::default())
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn database_keeps_the_contract() {
    let place = Place::new();
    conformance(&place.open().await.indexes(64 << 20)).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn second_start_over_a_database_reads_nothing_of_the_film() {
    let place = Place::new();
    super::restart::second_start_reads_nothing(|| async {
        Arc::new(place.open().await.indexes(64 << 20)) as Arc<dyn IndexRecords>
    })
    .await;
}

#[tokio::test]
async fn records_that_were_not_asked_for_the_longest_go_first() {
    let place = Place::new();
    let database = place.open().await;
    let records = database.indexes(10_000);
    for (name, days) in [("asked for", 30), ("oldest", 20), ("old", 10)] {
        let (key, bytes) = record(name, 3_000);
        records.put(&key, bytes).await.unwrap();
        sqlx::query("UPDATE flaskflix_index_records SET used_at = unixepoch() - ? * 86400 WHERE key = ?")
            .bind(days)
            .bind(key.to_string())
            .execute(database.writer())
            .await
            .unwrap();
    }
    assert!(records.get(&record("asked for", 0).0).await.unwrap().is_some());
    let (key, bytes) = record("new", 3_000);
    records.put(&key, bytes).await.unwrap();
    let mut left = Vec::new();
    for name in ["asked for", "oldest", "old", "new"] {
        if records.get(&record(name, 0).0).await.unwrap().is_some() {
            left.push(name);
        }
    }
    assert_eq!(left, ["asked for", "old", "new"]);
    assert_eq!(records.bytes().await.unwrap(), 9_000);
}

#[tokio::test]
async fn record_larger_than_the_bound_is_not_kept_and_takes_nobodys_place() {
    let place = Place::new();
    let records = place.open().await.indexes(1_000);
    let (small, bytes) = record("small", 900);
    records.put(&small, bytes).await.unwrap();
    let (large, bytes) = record("large", 1_001);
    records.put(&large, bytes).await.unwrap();
    assert_eq!(records.get(&large).await.unwrap(), None);
    assert!(records.get(&small).await.unwrap().is_some());
    // The one that was just written stays, whatever the clock says.
    let (newer, bytes) = record("newer", 1_000);
    records.put(&newer, bytes).await.unwrap();
    assert!(records.get(&newer).await.unwrap().is_some());
    assert_eq!(records.get(&small).await.unwrap(), None);
}

#[tokio::test]
async fn closed_database_is_an_error_and_no_panic() {
    let place = Place::new();
    let database = place.open().await;
    let records = database.indexes(1_000);
    database.close().await;
    let (key, bytes) = record("a", 10);
    assert!(records.get(&key).await.is_err());
    assert!(records.put(&key, bytes).await.is_err());
}

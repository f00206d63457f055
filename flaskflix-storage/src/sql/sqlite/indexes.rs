//! Records of indexes in a database.

use async_trait::async_trait;
use flaskflix_core::{
    Bytes,
    mp4::RecordKey,
    package::{IndexRecords, RecordsError},
};
use sqlx::{Connection, SqliteConnection, SqlitePool};

use crate::{metrics::db_query, sql::SqlError};

/// The records of indexes of a [`SqliteDatabase`](super::SqliteDatabase), cheap to clone.
///
/// For applications that have a database and no folder to write to. Where there is a folder,
/// `flaskflix_storage::fs::IndexFolder` is the better place: a record has megabytes, which the database writes twice (log and
/// file) and flushes, and everything else that writes waits meanwhile.
///
/// The records together have a bound; those that were not asked for the longest go first. The database file does not shrink; the
/// room is used again.
///
/// # Cost
/// Reading is one query on a connection that reads, and once a day for each record a small write. Writing is one transaction.
#[derive(Debug, Clone)]
pub struct SqliteIndexes {
    writer: SqlitePool,
    reader: SqlitePool,
    max_bytes: u64,
}

impl SqliteIndexes {
    pub(super) const fn new(writer: SqlitePool, reader: SqlitePool, max_bytes: u64) -> Self {
        Self {
            writer,
            reader,
            max_bytes,
        }
    }

    /// Bytes of all records.
    ///
    /// # Errors
    /// [`SqlError`] when the database cannot tell.
    pub async fn bytes(&self) -> Result<u64, SqlError> {
        db_query("index_record_bytes");
        Ok(sum(&mut *self.reader.acquire().await?).await?)
    }

    async fn read(&self, key: &str) -> Result<Option<Bytes>, SqlError> {
        db_query("index_record_read");
        let found: Option<(i64, bool, Vec<u8>)> = sqlx::query_as(
            "SELECT id, used_at < unixepoch() - 86400, record FROM flaskflix_index_records WHERE key = ?",
        )
        .bind(key)
        .fetch_optional(&self.reader)
        .await?;
        let Some((id, not_today, record)) = found else {
            return Ok(None);
        };
        if not_today {
            db_query("index_record_used");
            let used = "UPDATE flaskflix_index_records SET used_at = unixepoch() WHERE id = ?";
            if let Err(error) = sqlx::query(used).bind(id).execute(&self.writer).await {
                // The record is good; it may only be removed sooner than it should.
                tracing::debug!(%error, "the use of an index record cannot be noted");
            }
        }
        Ok(Some(record.into()))
    }

    async fn write(&self, key: &str, record: &[u8]) -> Result<(), SqlError> {
        let bytes = u64::try_from(record.len()).unwrap_or(u64::MAX);
        if bytes > self.max_bytes {
            return Ok(());
        }
        db_query("index_record_write");
        let mut connection = self.writer.acquire().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(
            "INSERT INTO flaskflix_index_records (key, bytes, used_at, record) VALUES (?1, ?2, unixepoch(), ?3)
             ON CONFLICT (key) DO UPDATE SET bytes = ?2, used_at = unixepoch(), record = ?3",
        )
        .bind(key)
        .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
        .bind(record)
        .execute(&mut *transaction)
        .await?;
        if sum(&mut transaction).await? > self.max_bytes {
            make_room(&mut transaction, key, self.max_bytes).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

#[async_trait]
impl IndexRecords for SqliteIndexes {
    async fn get(&self, key: &RecordKey) -> Result<Option<Bytes>, RecordsError> {
        self.read(&key.to_string()).await.map_err(RecordsError::new)
    }

    async fn put(&self, key: &RecordKey, record: Bytes) -> Result<(), RecordsError> {
        self.write(&key.to_string(), &record)
            .await
            .map_err(RecordsError::new)
    }
}

async fn sum(connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    let bytes: i64 = sqlx::query_scalar("SELECT coalesce(sum(bytes), 0) FROM flaskflix_index_records")
        .fetch_one(connection)
        .await?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// Keeps the newest records that fit, this one before all others.
async fn make_room(connection: &mut SqliteConnection, key: &str, max_bytes: u64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM flaskflix_index_records WHERE id IN (
             SELECT id FROM (
                 SELECT id, sum(bytes) OVER (ORDER BY key = ?1 DESC, used_at DESC, id DESC) AS upto
                 FROM flaskflix_index_records
             ) WHERE upto > ?2
         )",
    )
    .bind(key)
    .bind(i64::try_from(max_bytes).unwrap_or(i64::MAX))
    .execute(connection)
    .await?;
    Ok(())
}

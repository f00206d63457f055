//! Records of indexes in a database.

use async_trait::async_trait;
use flaskflix_core::{
    Bytes,
    mp4::RecordKey,
    package::{IndexRecords, RecordsError},
};
use sqlx::PgConnection;

use super::link::Link;
use crate::sql::SqlError;

/// The records of indexes of a [`PostgresDatabase`](crate::sql::PostgresDatabase), cheap to clone: what one node has read of a
/// film, no other one has to read again.
///
/// The records together have a bound; those that were not asked for the longest go first. Nodes that write at the same time may
/// pass it by a record each until the next one is written.
///
/// # Cost
/// Reading is one query, and once a day for each record a small write. Writing is one transaction, in which a record of
/// megabytes goes to the server's log and to its table.
#[derive(Debug, Clone)]
pub struct PostgresIndexes {
    link: Link,
    max_bytes: u64,
}

impl PostgresIndexes {
    pub(super) const fn new(link: Link, max_bytes: u64) -> Self {
        Self { link, max_bytes }
    }

    /// Bytes of all records.
    ///
    /// # Errors
    /// [`SqlError`] when the database cannot tell.
    pub async fn bytes(&self) -> Result<u64, SqlError> {
        let read = async {
            let mut session = self.link.read("index_record_bytes").await?;
            let bytes = sum(&mut session, &self.link).await?;
            session.end().await?;
            Ok(bytes)
        };
        self.link.bounded(read).await
    }

    async fn read(&self, key: &str) -> Result<Option<Bytes>, SqlError> {
        let mut session = self.link.read("index_record_read").await?;
        let found: Option<(i64, bool, Vec<u8>)> = sqlx::query_as(
            "SELECT id, used_at < extract(epoch FROM now())::BIGINT - 86400, record \
             FROM flaskflix_index_records WHERE key = $1",
        )
        .bind(key)
        .persistent(session.prepares())
        .fetch_optional(&mut *session)
        .await
        .map_err(SqlError::of_server)?;
        session.end().await?;
        let Some((id, not_today, record)) = found else {
            return Ok(None);
        };
        if not_today && let Err(error) = self.used(id).await {
            // The record is good; it may only be removed sooner than it should.
            tracing::debug!(%error, "the use of an index record cannot be noted");
        }
        Ok(Some(record.into()))
    }

    async fn used(&self, id: i64) -> Result<(), SqlError> {
        let mut session = self.link.begin("index_record_used").await?;
        sqlx::query(
            "UPDATE flaskflix_index_records SET used_at = extract(epoch FROM now())::BIGINT WHERE id = $1",
        )
        .bind(id)
        .persistent(session.prepares())
        .execute(&mut *session)
        .await
        .map_err(SqlError::of_server)?;
        session.end().await
    }

    async fn write(&self, key: &str, record: &[u8]) -> Result<(), SqlError> {
        let bytes = u64::try_from(record.len()).unwrap_or(u64::MAX);
        if bytes > self.max_bytes {
            return Ok(());
        }
        let mut session = self.link.begin("index_record_write").await?;
        sqlx::query(
            "INSERT INTO flaskflix_index_records (key, bytes, used_at, record) \
             VALUES ($1, $2, extract(epoch FROM now())::BIGINT, $3) \
             ON CONFLICT (key) DO UPDATE SET bytes = excluded.bytes, used_at = excluded.used_at, record = excluded.record",
        )
        .bind(key)
        .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
        .bind(record)
        .persistent(session.prepares())
        .execute(&mut *session)
        .await
        .map_err(SqlError::of_server)?;
        if sum(&mut session, &self.link).await? > self.max_bytes {
            make_room(&mut session, &self.link, key, self.max_bytes).await?;
        }
        session.end().await
    }
}

#[async_trait]
impl IndexRecords for PostgresIndexes {
    async fn get(&self, key: &RecordKey) -> Result<Option<Bytes>, RecordsError> {
        self.link
            .bounded(self.read(&key.to_string()))
            .await
            .map_err(RecordsError::new)
    }

    async fn put(&self, key: &RecordKey, record: Bytes) -> Result<(), RecordsError> {
        self.link
            .bounded(self.write(&key.to_string(), &record))
            .await
            .map_err(RecordsError::new)
    }
}

async fn sum(connection: &mut PgConnection, link: &Link) -> Result<u64, SqlError> {
    let bytes: i64 =
        sqlx::query_scalar("SELECT coalesce(sum(bytes), 0)::BIGINT FROM flaskflix_index_records")
            .persistent(link.prepares())
            .fetch_one(connection)
            .await
            .map_err(SqlError::of_server)?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// Keeps the newest records that fit, this one before all others.
async fn make_room(
    connection: &mut PgConnection,
    link: &Link,
    key: &str,
    max_bytes: u64,
) -> Result<(), SqlError> {
    sqlx::query(
        "DELETE FROM flaskflix_index_records WHERE id IN ( \
             SELECT id FROM ( \
                 SELECT id, sum(bytes) OVER (ORDER BY key = $1 DESC, used_at DESC, id DESC) AS upto \
                 FROM flaskflix_index_records \
             ) AS kept WHERE upto > $2 \
         )",
    )
    .bind(key)
    .bind(i64::try_from(max_bytes).unwrap_or(i64::MAX))
    .persistent(link.prepares())
    .execute(connection)
    .await
    .map_err(SqlError::of_server)?;
    Ok(())
}

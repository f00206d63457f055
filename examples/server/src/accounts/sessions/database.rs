//! Sessions in the database.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use flaskflix_core::time::{Clock, UnixMillis};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::{
    database::{Database, Statement},
    web::USER_KEY,
};

/// Keeps sessions in the table `sessions`, under a hash of their id, until they expire by our own clock.
///
/// A session that was ended is never written again: a request that was under way when its user logged out cannot bring it
/// back.
#[derive(Clone)]
pub(crate) struct DatabaseSessions {
    database: Database,
    clock: Arc<dyn Clock>,
    ttl: Duration,
}

impl DatabaseSessions {
    pub(super) const fn new(database: Database, clock: Arc<dyn Clock>, ttl: Duration) -> Self {
        Self { database, clock, ttl }
    }

    /// Deletes what has expired. For a task that calls it now and then: expired sessions are refused without it.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn delete_expired(&self) -> std::result::Result<u64, sqlx::Error> {
        let expired = Statement::new("DELETE FROM sessions WHERE expires_at <= $1").bind(self.now());
        self.database.execute(expired).await
    }

    fn now(&self) -> i64 {
        to_column(self.clock.now_millis())
    }

    fn expiry(&self) -> i64 {
        let ttl = i64::try_from(self.ttl.as_millis()).unwrap_or(i64::MAX);
        self.now().saturating_add(ttl)
    }
}

#[async_trait]
impl SessionStore for DatabaseSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            let session = Statement::new(
                "INSERT INTO sessions (id_hash, user_id, data, expires_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (id_hash) DO NOTHING",
            )
            .bind(hash(&record.id))
            .bind(user(record))
            .bind(encode(record)?)
            .bind(self.expiry());
            if self.database.execute(session).await.map_err(backend)? == 1 {
                return Ok(());
            }
            // 128 random bits that somebody has already: never seen, and yet not a reason to share a session.
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let session =
            Statement::new("UPDATE sessions SET user_id = $2, data = $3, expires_at = $4 WHERE id_hash = $1")
                .bind(hash(&record.id))
                .bind(user(record))
                .bind(encode(record)?)
                .bind(self.expiry());
        self.database.execute(session).await.map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let session =
            Statement::new("SELECT data, expires_at FROM sessions WHERE id_hash = $1 AND expires_at > $2")
                .bind(hash(id))
                .bind(self.now());
        let row: Option<(String, i64)> = self.database.optional(session).await.map_err(backend)?;
        row.map(|(data, expires_at)| {
            Ok(Record {
                id: *id,
                data: serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?,
                expiry_date: OffsetDateTime::from_unix_timestamp(expires_at / 1000)
                    .unwrap_or(OffsetDateTime::UNIX_EPOCH),
            })
        })
        .transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let session = Statement::new("DELETE FROM sessions WHERE id_hash = $1").bind(hash(id));
        self.database.execute(session).await.map_err(backend)?;
        Ok(())
    }
}

impl fmt::Debug for DatabaseSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseSessions")
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}

/// What stands in the table for an id.
fn hash(id: &Id) -> Vec<u8> {
    Sha256::digest(id.0.to_le_bytes()).to_vec()
}

/// Whose session it is, in a column of its own: so that all sessions of a user can be ended.
fn user(record: &Record) -> Option<i64> {
    record.data.get(USER_KEY).and_then(serde_json::Value::as_i64)
}

fn encode(record: &Record) -> Result<String> {
    serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

fn backend(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}

fn to_column(moment: UnixMillis) -> i64 {
    i64::try_from(moment.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use flaskflix_core::{testing::clock::ManualClock, time::UnixTime};

    use super::*;
    use crate::{data_folder::DataFolder, settings::Settings};

    const TTL: Duration = Duration::from_secs(100);

    async fn sessions() -> (tempfile::TempDir, Arc<ManualClock>, DatabaseSessions) {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let database = Database::open(&Settings::default(), &data).await.unwrap();
        let clock = Arc::new(ManualClock::at(UnixTime::from_secs(1_000)));
        let sessions = DatabaseSessions::new(database, Arc::clone(&clock) as Arc<dyn Clock>, TTL);
        (folder, clock, sessions)
    }

    fn record() -> Record {
        Record {
            id: Id::default(),
            data: [("seen".to_owned(), 7.into())].into(),
            expiry_date: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[tokio::test]
    async fn an_ended_session_cannot_be_saved_back_to_life() {
        let (_folder, _clock, sessions) = sessions().await;
        let mut record = record();
        sessions.create(&mut record).await.unwrap();
        assert_eq!(
            sessions.load(&record.id).await.unwrap().unwrap().data,
            record.data
        );
        sessions.delete(&record.id).await.unwrap();
        // A request that began before the log-out ends after it.
        sessions.save(&record).await.unwrap();
        assert_eq!(sessions.load(&record.id).await.unwrap(), None);
    }

    #[tokio::test]
    async fn two_sessions_never_share_an_id() {
        let (_folder, _clock, sessions) = sessions().await;
        let mut first = record();
        sessions.create(&mut first).await.unwrap();
        let mut second = Record {
            id: first.id,
            ..record()
        };
        sessions.create(&mut second).await.unwrap();
        assert_ne!(first.id, second.id);
    }

    #[tokio::test]
    async fn expired_sessions_are_refused_and_then_deleted() {
        let (_folder, clock, sessions) = sessions().await;
        let mut old = record();
        sessions.create(&mut old).await.unwrap();
        clock.advance(TTL / 2);
        let mut young = record();
        sessions.create(&mut young).await.unwrap();
        clock.advance(TTL / 2);
        assert_eq!(sessions.load(&old.id).await.unwrap(), None);
        assert_eq!(sessions.delete_expired().await.unwrap(), 1);
        assert!(sessions.load(&young.id).await.unwrap().is_some());
    }
}

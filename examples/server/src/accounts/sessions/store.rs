//! Where sessions are kept.

use std::sync::Arc;

use async_trait::async_trait;
use flaskflix_core::time::Clock;
use flaskflix_storage::redis::Redis;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};

use super::{database::DatabaseSessions, redis::RedisSessions};
use crate::{
    app::StartError,
    database::Database,
    settings::{SessionPlace, Settings},
};

/// The sessions of the server, in the place that the setting `sessions` names.
#[derive(Debug, Clone)]
pub(crate) enum Sessions {
    Database(DatabaseSessions),
    Redis(RedisSessions),
}

impl Sessions {
    /// As the settings say.
    ///
    /// # Errors
    /// [`StartError`] when they are to be in Redis and there is none.
    pub(crate) fn open(
        settings: &Settings,
        database: &Database,
        redis: Option<&Redis>,
        clock: &Arc<dyn Clock>,
    ) -> std::result::Result<Self, StartError> {
        let ttl = settings.session_ttl;
        match (settings.sessions, redis) {
            (SessionPlace::Database, _) => {
                let sessions = DatabaseSessions::new(database.clone(), Arc::clone(clock), ttl);
                Ok(Self::Database(sessions))
            }
            (SessionPlace::Redis, Some(redis)) => Ok(Self::Redis(RedisSessions::new(redis, ttl))),
            (SessionPlace::Redis, None) => {
                Err(StartError::new("keep sessions in Redis", "redis_url is not set"))
            }
        }
    }

    /// Deletes what has expired. For a task that calls it now and then: expired sessions are refused without it, and Redis
    /// drops them by itself.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn delete_expired(&self) -> std::result::Result<u64, sqlx::Error> {
        match self {
            Self::Database(sessions) => sessions.delete_expired().await,
            Self::Redis(_) => Ok(0),
        }
    }

    fn store(&self) -> &dyn SessionStore {
        match self {
            Self::Database(sessions) => sessions,
            Self::Redis(sessions) => sessions,
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.store().create(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.store().save(record).await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.store().load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.store().delete(id).await
    }
}

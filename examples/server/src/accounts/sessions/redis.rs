//! Sessions in Redis.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use flaskflix_core::ErrorChain;
use flaskflix_storage::redis::{Redis, RedisError, RedisValues};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

/// Keeps sessions in Redis until they expire by its clock: nodes whose clocks differ agree on who is logged in.
///
/// While Redis is away nobody is known: that is an error, never a session that is not there, which would log everybody out.
#[derive(Debug, Clone)]
pub(crate) struct RedisSessions {
    values: RedisValues,
    ttl: Duration,
}

impl RedisSessions {
    pub(super) fn new(redis: &Redis, ttl: Duration) -> Self {
        Self {
            values: RedisValues::new(redis, "session"),
            ttl,
        }
    }
}

#[async_trait]
impl SessionStore for RedisSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let data = encode(record)?;
        while !self
            .values
            .insert(&name(&record.id), &data, self.ttl)
            .await
            .map_err(away)?
        {
            // 128 random bits that somebody has already: never seen, and yet not a reason to share a session.
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let data = encode(record)?;
        let replaced = self.values.replace(&name(&record.id), &data, self.ttl).await;
        replaced.map(|_| ()).map_err(away)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.values.get(&name(id)).await.map_err(away)?;
        found
            .map(|data| {
                let data: HashMap<_, _> =
                    serde_json::from_slice(&data).map_err(|error| Error::Decode(error.to_string()))?;
                Ok(Record {
                    id: *id,
                    data,
                    // Redis has judged it, and saving sets it anew: nobody reads this one.
                    expiry_date: OffsetDateTime::UNIX_EPOCH,
                })
            })
            .transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.values.remove(&name(id)).await.map(|_| ()).map_err(away)
    }
}

/// What stands in the key for an id.
fn name(id: &Id) -> String {
    let hash = Sha256::digest(id.0.to_le_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn encode(record: &Record) -> Result<Vec<u8>> {
    serde_json::to_vec(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

fn away(error: RedisError) -> Error {
    Error::Backend(ErrorChain(&error).to_string())
}

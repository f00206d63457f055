//! A connection of one's own that goes on being made when nobody waits for it any more.

use sqlx::PgConnection;
use tokio::{task::JoinHandle, time::timeout};

use super::link::Link;
use crate::sql::SqlError;

type Made = Result<PgConnection, SqlError>;

/// The making of a connection, if one is being made. Given up when dropped.
#[derive(Debug)]
pub(super) struct Making(Option<JoinHandle<Made>>);

impl Making {
    /// Begins at once.
    pub(super) fn begin(link: &Link) -> Self {
        Self(Some(begin(link)))
    }

    /// Waits for the connection, as long as anybody waits for one. Who comes again waits for the same one. Says whether it was
    /// there already: nobody knows then whether it still is what it was.
    ///
    /// # Cancellation
    /// The connection goes on being made.
    pub(super) async fn connection(&mut self, link: &Link) -> Result<(PgConnection, bool), SqlError> {
        if let Some(made) = self.0.take_if(|making| making.is_finished())
            && let Ok(Ok(connection)) = made.await
        {
            return Ok((connection, true));
        }
        let making = self.0.get_or_insert_with(|| begin(link));
        let made = timeout(link.connect_timeout(), making)
            .await
            .map_err(|_| SqlError::away("no connection within the time limit"))?;
        self.0 = None;
        // A task that was cancelled: the runtime ends.
        made.unwrap_or(Err(SqlError::Closed))
            .map(|connection| (connection, false))
    }
}

fn begin(link: &Link) -> JoinHandle<Made> {
    let link = link.clone();
    tokio::spawn(async move { link.connect_slowly().await })
}

impl Drop for Making {
    fn drop(&mut self) {
        if let Some(making) = &self.0 {
            making.abort();
        }
    }
}

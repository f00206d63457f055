//! The port to the progress of viewers.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, Cursor, ProgressError, ProgressStore, Rules, WatchProgress},
    time::UnixMillis,
};
use metrics::counter;
use sqlx::SqlitePool;
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

use super::{
    batch::{Outcome, Request},
    table::{self, EntryRow},
    writer::{Job, Writer},
};
use crate::sql::{SqlError, SqliteOptions};

/// The progress of viewers in a [`SqliteDatabase`](crate::sql::SqliteDatabase), cheap to clone.
#[derive(Debug, Clone)]
pub struct SqliteProgress {
    rules: Arc<Rules>,
    reader: SqlitePool,
    jobs: mpsc::Sender<Job>,
    retry_after: Duration,
}

impl SqliteProgress {
    /// Starts the task that writes.
    pub(in crate::sql) fn start(
        rules: Rules,
        writer: SqlitePool,
        reader: SqlitePool,
        options: &SqliteOptions,
        closing: watch::Receiver<bool>,
    ) -> (Self, JoinHandle<()>) {
        let rules = Arc::new(rules);
        let (sender, jobs) = mpsc::channel(options.queue_changes);
        let task = Writer {
            rules: Arc::clone(&rules),
            pool: writer,
            jobs,
            closing,
            batch_changes: options.batch_changes,
            batch_wait: options.batch_wait,
            retry_after: options.retry_after,
        };
        let progress = Self {
            rules,
            reader,
            jobs: sender,
            retry_after: options.retry_after,
        };
        (progress, tokio::spawn(task.run()))
    }

    /// Puts a request into the queue and waits until it is fulfilled.
    async fn ask(&self, request: Request) -> Result<Outcome, ProgressError> {
        let (answer, answered) = oneshot::channel();
        self.jobs
            .try_send(Job { request, answer })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => {
                    counter!("flaskflix_progress_changes_total", "outcome" => "busy").increment(1);
                    ProgressError::Busy {
                        retry_after: self.retry_after,
                    }
                }
                mpsc::error::TrySendError::Closed(_) => ProgressError::unavailable(SqlError::Closed),
            })?;
        answered
            .await
            .unwrap_or_else(|_| Err(ProgressError::unavailable(SqlError::Closed)))
    }

    fn refusal(&self, error: sqlx::Error) -> ProgressError {
        match SqlError::from(error) {
            SqlError::Locked(_) => ProgressError::Busy {
                retry_after: self.retry_after,
            },
            error => ProgressError::unavailable(error),
        }
    }
}

#[async_trait]
impl ProgressStore for SqliteProgress {
    fn rules(&self) -> &Rules {
        &self.rules
    }

    async fn change(
        &self,
        viewer: &ViewerId,
        title: &TitleId,
        change: Change,
        now: UnixMillis,
    ) -> Result<Option<WatchProgress>, ProgressError> {
        let request = Request::Change {
            viewer: viewer.clone(),
            title: title.clone(),
            change,
            now,
        };
        match self.ask(request).await? {
            Outcome::Entry(entry) => Ok(entry),
            Outcome::Forgotten(_) => Ok(None),
        }
    }

    async fn entries(
        &self,
        viewer: &ViewerId,
        titles: &[TitleId],
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        let rows = table::entries(&self.reader, viewer, titles).await;
        read(rows.map_err(|error| self.refusal(error))?)
    }

    async fn continue_watching(
        &self,
        viewer: &ViewerId,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        let rows = table::row(&self.reader, viewer, after, limit).await;
        read(rows.map_err(|error| self.refusal(error))?)
    }

    async fn forget(&self, viewer: &ViewerId) -> Result<u64, ProgressError> {
        match self
            .ask(Request::Forget {
                viewer: viewer.clone(),
            })
            .await?
        {
            Outcome::Forgotten(entries) => Ok(entries),
            Outcome::Entry(_) => Ok(0),
        }
    }
}

fn read(rows: Vec<EntryRow>) -> Result<Vec<WatchProgress>, ProgressError> {
    let entries: Result<_, _> = rows.into_iter().map(EntryRow::into_entry).collect();
    entries.map_err(ProgressError::unavailable)
}

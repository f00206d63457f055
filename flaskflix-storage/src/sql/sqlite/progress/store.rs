//! The port to the progress of viewers.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, Cursor, ProgressError, ProgressStore, Rules, WatchProgress},
    time::UnixMillis,
};
use sqlx::SqlitePool;
use tokio::sync::{
    mpsc::{self, error::TrySendError},
    oneshot, watch,
};

use super::{
    batch::{Outcome, Request},
    derive,
    table::{self, EntryRow},
    writer::{Job, Writer, refusal},
};
use crate::{
    metrics::progress_changes,
    sql::{SqlError, SqliteOptions},
};

/// The progress of viewers in a [`SqliteDatabase`](crate::sql::SqliteDatabase), cheap to clone.
///
/// Changes go into a bounded queue. One task takes what is there, at most
/// [`batch_changes`](SqliteOptions::batch_changes), decides in the order of arrival, writes the newest state of each entry in
/// one transaction, commits, and then answers everybody, those too whose change another one of the batch has overtaken.
/// While it commits the next batch gathers.
///
/// # Errors
/// * [`ProgressError::Busy`] at once when the queue is full, and when another process holds the database for longer than
///   [`busy_timeout`](SqliteOptions::busy_timeout)
/// * [`ProgressError::Unavailable`] when the disk is full or fails, and after the database was closed. Its source is a
///   [`SqlError`]. The task goes on: the next batch is tried anew.
///
/// # Cost
/// One flush of the disk per batch, whether it holds one change or 500: what a change waits for is the flush that goes on and
/// the next one. Reads are one lookup in an index per entry and never wait for the writer.
///
/// # Metrics
/// `flaskflix_progress_changes_total{outcome}` with `written`, `kept` (the rules decided that nothing changes), `removed`,
/// `busy` or `failed`; `flaskflix_progress_batch_changes`, `flaskflix_progress_commit_seconds` (from taking a batch to its
/// commit), `flaskflix_db_queries_total{statement}`.
#[derive(Debug, Clone)]
pub struct SqliteProgress {
    rules: Arc<Rules>,
    reader: SqlitePool,
    jobs: mpsc::Sender<Job>,
    retry_after: Duration,
    /// Held for as long as somebody may ask: the task ends when the last sender is gone.
    _closing: Arc<watch::Sender<bool>>,
}

impl SqliteProgress {
    /// Starts the task that writes.
    pub(in crate::sql::sqlite) fn start(
        rules: Rules,
        writer: SqlitePool,
        reader: SqlitePool,
        options: &SqliteOptions,
        closing: Arc<watch::Sender<bool>>,
    ) -> Self {
        let rules = Arc::new(rules);
        let (sender, jobs) = mpsc::channel(options.queue_changes);
        tokio::spawn(derive::run(
            Arc::clone(&rules),
            writer.clone(),
            closing.subscribe(),
        ));
        let task = Writer::new(Arc::clone(&rules), writer, jobs, closing.subscribe(), options);
        tokio::spawn(task.run());
        Self {
            rules,
            reader,
            jobs: sender,
            retry_after: options.retry_after,
            _closing: closing,
        }
    }

    /// Changes that fit into the queue now; with 0 the next one is [`ProgressError::Busy`]. For readiness probes.
    #[must_use]
    pub fn free_places(&self) -> usize {
        self.jobs.capacity()
    }

    /// Puts a request into the queue and waits until it is fulfilled.
    async fn ask(&self, request: Request) -> Result<Outcome, ProgressError> {
        let (answer, answered) = oneshot::channel();
        self.jobs
            .try_send(Job { request, answer })
            .map_err(|error| match error {
                TrySendError::Full(_) => self.full(),
                TrySendError::Closed(_) => self.refusal(SqlError::Closed),
            })?;
        answered.await.map_err(|_| self.refusal(SqlError::Closed))?
    }

    fn full(&self) -> ProgressError {
        progress_changes("busy", 1);
        ProgressError::Busy {
            retry_after: self.retry_after,
        }
    }

    fn refusal(&self, error: impl Into<SqlError>) -> ProgressError {
        refusal(&Arc::new(error.into()), self.retry_after)
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
            Outcome::Entry(entry, _) => Ok(entry),
            Outcome::Forgotten(_) => Ok(None),
        }
    }

    async fn entries(
        &self,
        viewer: &ViewerId,
        titles: &[TitleId],
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        // Statements take a part of the titles each: one that stands twice would be found by two.
        let mut titles = titles.to_vec();
        titles.sort_unstable();
        titles.dedup();
        let rows = table::entries(&self.reader, viewer, &titles).await;
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
            Outcome::Entry(..) => Ok(0),
        }
    }
}

/// The rows as entries. A title that is no id was not written by us.
fn read(rows: Vec<EntryRow>) -> Result<Vec<WatchProgress>, ProgressError> {
    let entries: Result<_, _> = rows.into_iter().map(EntryRow::into_entry).collect();
    entries.map_err(ProgressError::unavailable)
}

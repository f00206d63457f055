//! The port to the progress of viewers.

use std::sync::Arc;

use async_trait::async_trait;
use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, Cursor, ProgressError, ProgressStore, Rules, WatchProgress},
    time::UnixMillis,
};
use tokio::sync::watch;

use super::{
    super::{PostgresOptions, link::Link},
    batch::PostgresTable,
    derive, table,
};
use crate::sql::{
    SqlError,
    progress::{
        batch::{Outcome, Request},
        queue::{Limits, Queue},
        row::read,
    },
};

/// The progress of viewers in a [`PostgresDatabase`](crate::sql::PostgresDatabase), cheap to clone.
///
/// Changes go into a bounded queue. A few tasks ([`writers`](PostgresOptions::writers)), each with a connection of its own, take
/// what is there of their viewers, at most [`batch_changes`](PostgresOptions::batch_changes), decide in the order of arrival,
/// write the newest state of each entry in one transaction, commit, and then answer everybody, those too whose change another one
/// of the batch has overtaken. While they commit the next batches gather.
///
/// Several nodes may write to the same entries: each decides on what the other has committed, whatever comes first.
///
/// # Errors
/// * [`ProgressError::Busy`] at once when the queue is full, and when other nodes keep the entries locked
/// * [`ProgressError::Unavailable`] when the server is away or its disk is full, and after the database was closed. Its source
///   is a [`SqlError`]. A server that refuses connections is known at once, one that falls silent after
///   [`answer_timeout`](PostgresOptions::answer_timeout), and then everybody who waits is told: nobody waits longer than
///   that. The next change tries anew, so the first one after the server is back is written.
///
/// When the connection breaks during the commit, nobody knows what became of the batch. It is refused; reports can be sent
/// again, their numbers make that harmless.
///
/// # Cost
/// Four round trips and one flush of the server's log per batch, whether it holds one change or 500. Reads are one lookup in
/// an index per entry.
///
/// # Metrics
/// `flaskflix_progress_changes_total{outcome}` with `written`, `kept` (the rules decided that nothing changes), `removed`,
/// `busy` or `failed`; `flaskflix_progress_batch_changes`, `flaskflix_progress_commit_seconds` (from taking a batch to its
/// commit), `flaskflix_db_queries_total{statement}`.
#[derive(Debug, Clone)]
pub struct PostgresProgress {
    rules: Arc<Rules>,
    link: Link,
    queue: Queue,
}

impl PostgresProgress {
    /// Starts the tasks that write.
    pub(in crate::sql::postgres) fn start(
        rules: Rules,
        link: Link,
        options: &PostgresOptions,
        closing: Arc<watch::Sender<bool>>,
    ) -> Self {
        let rules = Arc::new(rules);
        tokio::spawn(derive::run(Arc::clone(&rules), link.clone(), closing.subscribe()));
        let tables = (0..options.writers)
            .map(|_| PostgresTable::new(link.clone()))
            .collect();
        let limits = Limits {
            queue_changes: options.queue_changes,
            batch_changes: options.batch_changes,
            batch_wait: options.batch_wait,
            retry_after: options.retry_after,
        };
        let queue = Queue::start(&rules, tables, limits, closing);
        Self { rules, link, queue }
    }

    /// Changes of any viewer that fit into the queue now; with 0 the next one may be [`ProgressError::Busy`]. For readiness
    /// probes.
    #[must_use]
    pub fn free_places(&self) -> usize {
        self.queue.free_places()
    }
}

#[async_trait]
impl ProgressStore for PostgresProgress {
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
        match self.queue.ask(request).await? {
            Outcome::Entry(entry, _) => Ok(entry),
            Outcome::Forgotten(_) => Ok(None),
        }
    }

    async fn entries(
        &self,
        viewer: &ViewerId,
        titles: &[TitleId],
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        let rows = self.link.bounded(async {
            let mut session = self.link.read("progress_entries").await?;
            let rows = table::entries(&mut session, viewer, titles).await;
            let rows = rows.map_err(SqlError::of_server)?;
            session.end().await?;
            Ok(rows)
        });
        read(rows.await.map_err(|error| self.queue.refusal(error))?)
    }

    async fn continue_watching(
        &self,
        viewer: &ViewerId,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        let rows = self.link.bounded(async {
            let mut session = self.link.read("progress_row").await?;
            let rows = table::row(&mut session, viewer, after, limit).await;
            let rows = rows.map_err(SqlError::of_server)?;
            session.end().await?;
            Ok(rows)
        });
        read(rows.await.map_err(|error| self.queue.refusal(error))?)
    }

    async fn forget(&self, viewer: &ViewerId) -> Result<u64, ProgressError> {
        let request = Request::Forget {
            viewer: viewer.clone(),
        };
        match self.queue.ask(request).await? {
            Outcome::Forgotten(entries) => Ok(entries),
            Outcome::Entry(..) => Ok(0),
        }
    }
}

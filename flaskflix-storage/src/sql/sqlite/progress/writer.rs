//! The task that writes.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use flaskflix_core::progress::{ProgressError, Rules};
use metrics::histogram;
use sqlx::SqlitePool;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, timeout_at},
};

use super::batch::{self, Effect, Outcome, Request};
use crate::{
    metrics::{PROGRESS_BATCH_CHANGES, PROGRESS_COMMIT_SECONDS, progress_changes},
    sql::{SqlError, SqliteOptions},
};

/// A request and who waits for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request: Request,
    pub(super) answer: oneshot::Sender<Result<Outcome, ProgressError>>,
}

/// Takes requests from the queue and fulfils them, a batch at a time.
#[derive(Debug)]
pub(super) struct Writer {
    rules: Arc<Rules>,
    pool: SqlitePool,
    jobs: mpsc::Receiver<Job>,
    /// Whether the database closes. It waits until this receiver is gone.
    closing: watch::Receiver<bool>,
    batch_changes: usize,
    batch_wait: Duration,
    retry_after: Duration,
    /// Whether the last batch failed: a failure is logged when it begins, not with every batch.
    failing: bool,
}

impl Writer {
    pub(super) fn new(
        rules: Arc<Rules>,
        pool: SqlitePool,
        jobs: mpsc::Receiver<Job>,
        closing: watch::Receiver<bool>,
        options: &SqliteOptions,
    ) -> Self {
        Self {
            rules,
            pool,
            jobs,
            closing,
            batch_changes: options.batch_changes,
            batch_wait: options.batch_wait,
            retry_after: options.retry_after,
            failing: false,
        }
    }

    /// Runs until the database closes or nobody can ask any more, and the queue is empty.
    pub(super) async fn run(mut self) {
        while let Some(batch) = self.next_batch().await {
            self.fulfil(batch).await;
        }
    }

    /// What waits in the queue, at most a batch; waits when nothing does.
    async fn next_batch(&mut self) -> Option<Vec<Job>> {
        let mut batch = Vec::new();
        let closing = async {
            // An error says that the database is gone altogether.
            let _ = self.closing.wait_for(|&closing| closing).await;
        };
        let mut arrived = tokio::select! {
            biased;
            arrived = self.jobs.recv_many(&mut batch, self.batch_changes) => arrived,
            () = closing => {
                // What was accepted is written, nothing more is accepted.
                self.jobs.close();
                self.jobs.recv_many(&mut batch, self.batch_changes).await
            }
        };
        let deadline = Instant::now() + self.batch_wait;
        while arrived > 0 && !self.batch_wait.is_zero() && batch.len() < self.batch_changes {
            let room = self.batch_changes.saturating_sub(batch.len());
            let more = timeout_at(deadline, self.jobs.recv_many(&mut batch, room));
            arrived = more.await.unwrap_or(0);
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// Commits a batch, then answers everybody who waits for a part of it.
    async fn fulfil(&mut self, batch: Vec<Job>) {
        histogram!(PROGRESS_BATCH_CHANGES).record(u32::try_from(batch.len()).unwrap_or(u32::MAX));
        let begin = Instant::now();
        let outcomes = self.commit(&batch).await;
        histogram!(PROGRESS_COMMIT_SECONDS).record(begin.elapsed());
        self.tell(outcomes.as_ref().err());
        match outcomes {
            Ok(outcomes) => {
                count_outcomes(&outcomes);
                for (job, outcome) in batch.into_iter().zip(outcomes) {
                    // Nobody may wait any more: the change took place all the same.
                    let _ = job.answer.send(Ok(outcome));
                }
            }
            Err(error) => {
                progress_changes("failed", batch.len());
                let error = Arc::new(error);
                for job in batch {
                    let _ = job.answer.send(Err(refusal(&error, self.retry_after)));
                }
            }
        }
    }

    async fn commit(&self, batch: &[Job]) -> Result<Vec<Outcome>, SqlError> {
        let mut connection = self.pool.acquire().await?;
        batch::commit(&mut connection, &self.rules, batch.iter().map(|job| &job.request)).await
    }

    /// Logs that batches begin to fail, and that they no longer do.
    fn tell(&mut self, error: Option<&SqlError>) {
        match error {
            Some(error) if !self.failing => {
                tracing::error!(
                    error = error as &dyn StdError,
                    "progress cannot be written; viewers are told to try again"
                );
            }
            None if self.failing => tracing::info!("progress is written again"),
            _ => {}
        }
        self.failing = error.is_some();
    }
}

/// What those are told who asked for something that did not take place.
pub(super) fn refusal(error: &Arc<SqlError>, retry_after: Duration) -> ProgressError {
    match **error {
        SqlError::Locked(_) => ProgressError::Busy { retry_after },
        _ => ProgressError::unavailable(Arc::clone(error)),
    }
}

fn count_outcomes(outcomes: &[Outcome]) {
    for (effect, name) in [
        (Effect::Written, "written"),
        (Effect::Kept, "kept"),
        (Effect::Removed, "removed"),
    ] {
        let changes = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Outcome::Entry(_, other) if *other == effect));
        progress_changes(name, changes.count());
    }
}

//! The task that writes.

use std::{sync::Arc, time::Duration};

use flaskflix_core::progress::{ProgressError, Rules};
use metrics::{counter, histogram};
use sqlx::SqlitePool;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, timeout_at},
};

use super::batch::{self, Outcome, Request};
use crate::sql::SqlError;

/// A request and who waits for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request: Request,
    pub(super) answer: oneshot::Sender<Result<Outcome, ProgressError>>,
}

/// Takes requests from the queue and fulfils them, a batch at a time.
pub(super) struct Writer {
    pub(super) rules: Arc<Rules>,
    pub(super) pool: SqlitePool,
    pub(super) jobs: mpsc::Receiver<Job>,
    pub(super) closing: watch::Receiver<bool>,
    pub(super) batch_changes: usize,
    pub(super) batch_wait: Duration,
    pub(super) retry_after: Duration,
}

impl Writer {
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
    async fn fulfil(&self, batch: Vec<Job>) {
        let begin = Instant::now();
        let requests = batch.iter().map(|job| &job.request);
        let outcomes = async {
            let mut connection = self.pool.acquire().await?;
            batch::commit(&mut connection, &self.rules, requests).await
        };
        let outcomes = outcomes.await;
        histogram!("flaskflix_progress_commit_seconds").record(begin.elapsed().as_secs_f64());
        match outcomes {
            Ok(outcomes) => {
                for (job, outcome) in batch.into_iter().zip(outcomes) {
                    // Nobody may wait any more: the change took place all the same.
                    let _ = job.answer.send(Ok(outcome));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                counter!("flaskflix_progress_changes_total", "outcome" => "failed")
                    .increment(batch.len() as u64);
                for job in batch {
                    let _ = job.answer.send(Err(refusal(&error, self.retry_after)));
                }
            }
        }
    }
}

/// What those are told whose changes did not take place.
fn refusal(error: &Arc<SqlError>, retry_after: Duration) -> ProgressError {
    match **error {
        SqlError::Locked(_) => ProgressError::Busy { retry_after },
        _ => ProgressError::unavailable(Arc::clone(error)),
    }
}

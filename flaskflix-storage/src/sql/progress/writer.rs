//! The task that writes.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use flaskflix_core::progress::{ProgressError, Rules};
use metrics::histogram;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, timeout_at},
};

use super::{
    batch::{Effect, Outcome, Request},
    queue::Limits,
};
use crate::{
    metrics::{PROGRESS_BATCH_CHANGES, PROGRESS_COMMIT_SECONDS, progress_changes},
    sql::SqlError,
};

/// Where batches are committed.
pub(in crate::sql) trait Table: fmt::Debug + Send + 'static {
    /// Fulfils the requests in their order and commits. When this fails, either nothing of them took place, or, where a server
    /// was lost during the commit, all of them.
    fn commit(
        &mut self,
        rules: &Rules,
        requests: &[&Request],
    ) -> impl Future<Output = Result<Vec<Outcome>, SqlError>> + Send;
}

/// A request and who waits for it.
#[derive(Debug)]
pub(in crate::sql) struct Job {
    pub(in crate::sql) request: Request,
    pub(in crate::sql) answer: oneshot::Sender<Result<Outcome, ProgressError>>,
}

/// Takes requests from the queue and fulfils them, a batch at a time.
#[derive(Debug)]
pub(in crate::sql) struct Writer<T> {
    rules: Arc<Rules>,
    table: T,
    jobs: mpsc::Receiver<Job>,
    /// Whether the database closes. It waits until this receiver is gone.
    closing: watch::Receiver<bool>,
    limits: Limits,
    /// Whether the last batch failed: a failure is logged when it begins, not with every batch.
    failing: bool,
}

impl<T: Table> Writer<T> {
    pub(in crate::sql) fn new(
        rules: Arc<Rules>,
        table: T,
        jobs: mpsc::Receiver<Job>,
        closing: watch::Receiver<bool>,
        limits: Limits,
    ) -> Self {
        Self {
            rules,
            table,
            jobs,
            closing,
            limits,
            failing: false,
        }
    }

    /// Runs until the database closes or nobody can ask any more, and the queue is empty.
    pub(in crate::sql) async fn run(mut self) {
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
            arrived = self.jobs.recv_many(&mut batch, self.limits.batch_changes) => arrived,
            () = closing => {
                // What was accepted is written, nothing more is accepted.
                self.jobs.close();
                self.jobs.recv_many(&mut batch, self.limits.batch_changes).await
            }
        };
        let deadline = Instant::now() + self.limits.batch_wait;
        while arrived > 0 && !self.limits.batch_wait.is_zero() && batch.len() < self.limits.batch_changes {
            let room = self.limits.batch_changes.saturating_sub(batch.len());
            let more = timeout_at(deadline, self.jobs.recv_many(&mut batch, room));
            arrived = more.await.unwrap_or(0);
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// Commits a batch, then answers everybody who waits for a part of it.
    async fn fulfil(&mut self, batch: Vec<Job>) {
        histogram!(PROGRESS_BATCH_CHANGES).record(u32::try_from(batch.len()).unwrap_or(u32::MAX));
        let begin = Instant::now();
        let requests: Vec<_> = batch.iter().map(|job| &job.request).collect();
        let outcomes = self.table.commit(&self.rules, &requests).await;
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
                let away = matches!(error, SqlError::Away(_));
                let error = Arc::new(error);
                self.refuse(batch, &error);
                if away {
                    // Whoever arrived meanwhile has waited as long as those, for a server that is away.
                    let mut behind = Vec::new();
                    while let Ok(job) = self.jobs.try_recv() {
                        behind.push(job);
                    }
                    self.refuse(behind, &error);
                }
            }
        }
    }

    fn refuse(&self, batch: Vec<Job>, error: &Arc<SqlError>) {
        progress_changes("failed", batch.len());
        for job in batch {
            let _ = job.answer.send(Err(refusal(error, self.limits.retry_after)));
        }
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
pub(in crate::sql) fn refusal(error: &Arc<SqlError>, retry_after: Duration) -> ProgressError {
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

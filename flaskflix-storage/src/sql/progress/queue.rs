//! What is asked for goes into a bounded queue.

use std::{
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    sync::Arc,
    time::Duration,
};

use flaskflix_core::progress::{ProgressError, Rules};
use tokio::sync::{
    mpsc::{self, error::TrySendError},
    oneshot, watch,
};

use super::{
    batch::{Outcome, Request},
    writer::{Job, Table, Writer, refusal},
};
use crate::{metrics::progress_changes, sql::SqlError};

/// How much waits, and for how long.
#[derive(Debug, Clone, Copy)]
pub(in crate::sql) struct Limits {
    /// Most changes that wait to be written.
    pub(in crate::sql) queue_changes: usize,
    /// Most changes in one transaction.
    pub(in crate::sql) batch_changes: usize,
    /// How long a batch waits for more.
    pub(in crate::sql) batch_wait: Duration,
    /// What a refused change is told to wait.
    pub(in crate::sql) retry_after: Duration,
}

/// The way to the tasks that write, cheap to clone. Everything of one viewer goes to the same task.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Queue {
    lanes: Arc<[mpsc::Sender<Job>]>,
    retry_after: Duration,
    /// Held for as long as somebody may ask: the tasks end when the last handle is gone.
    _closing: Arc<watch::Sender<bool>>,
}

impl Queue {
    /// Starts a task for each of these.
    pub(in crate::sql) fn start<T: Table>(
        rules: &Arc<Rules>,
        tables: Vec<T>,
        limits: Limits,
        closing: Arc<watch::Sender<bool>>,
    ) -> Self {
        let places = limits.queue_changes.div_ceil(tables.len().max(1));
        let lanes = tables.into_iter().map(|table| {
            let (sender, jobs) = mpsc::channel(places);
            let writer = Writer::new(Arc::clone(rules), table, jobs, closing.subscribe(), limits);
            tokio::spawn(writer.run());
            sender
        });
        Self {
            lanes: lanes.collect(),
            retry_after: limits.retry_after,
            _closing: closing,
        }
    }

    /// Changes that fit in now, whoever's they are.
    pub(in crate::sql) fn free_places(&self) -> usize {
        self.lanes.iter().map(mpsc::Sender::capacity).min().unwrap_or(0)
    }

    /// Puts a request into the queue and waits until it is fulfilled.
    pub(in crate::sql) async fn ask(&self, request: Request) -> Result<Outcome, ProgressError> {
        let Some(lane) = self.lane(&request) else {
            return Err(self.refusal(SqlError::Closed));
        };
        let (answer, answered) = oneshot::channel();
        lane.try_send(Job { request, answer })
            .map_err(|error| match error {
                TrySendError::Full(_) => self.full(),
                TrySendError::Closed(_) => self.refusal(SqlError::Closed),
            })?;
        answered.await.map_err(|_| self.refusal(SqlError::Closed))?
    }

    fn lane(&self, request: &Request) -> Option<&mpsc::Sender<Job>> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(request.viewer().as_str());
        let lanes = u64::try_from(self.lanes.len()).ok()?;
        self.lanes.get(usize::try_from(hash.checked_rem(lanes)?).ok()?)
    }

    fn full(&self) -> ProgressError {
        progress_changes("busy", 1);
        ProgressError::Busy {
            retry_after: self.retry_after,
        }
    }

    pub(in crate::sql) fn refusal(&self, error: impl Into<SqlError>) -> ProgressError {
        refusal(&Arc::new(error.into()), self.retry_after)
    }
}

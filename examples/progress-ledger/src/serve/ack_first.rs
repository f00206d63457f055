//! A wrong store: acknowledges, and commits a moment later.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, Cursor, Decision, ProgressError, ProgressStore, Rules, WatchProgress},
    time::UnixMillis,
};
use flaskflix_storage::sql::SqliteProgress;
use futures_util::future::join_all;
use tokio::{sync::mpsc, time::sleep};

/// Answers from memory, as many caches do. Without a kill nobody can tell.
#[derive(Debug)]
pub(super) struct AckFirst {
    inner: SqliteProgress,
    /// What was acknowledged since the start, committed or not.
    ahead: Mutex<HashMap<(ViewerId, TitleId), Option<WatchProgress>>>,
    later: mpsc::UnboundedSender<Acknowledged>,
}

/// A change that was acknowledged and not committed.
type Acknowledged = (ViewerId, TitleId, Change, UnixMillis);

impl AckFirst {
    /// Starts the task that commits.
    pub(super) fn start(inner: SqliteProgress) -> Self {
        let (later, acknowledged) = mpsc::unbounded_channel();
        tokio::spawn(commit_later(inner.clone(), acknowledged));
        Self {
            inner,
            ahead: Mutex::default(),
            later,
        }
    }
}

async fn commit_later(inner: SqliteProgress, mut acknowledged: mpsc::UnboundedReceiver<Acknowledged>) {
    let mut changes = Vec::new();
    while acknowledged.recv_many(&mut changes, 1000).await > 0 {
        sleep(A_MOMENT).await;
        let inner = &inner;
        let commits = changes.drain(..).map(|(viewer, title, change, now)| async move {
            inner.change(&viewer, &title, change, now).await
        });
        // Nobody is left to be told of an error.
        join_all(commits).await;
    }
}

#[async_trait]
impl ProgressStore for AckFirst {
    fn rules(&self) -> &Rules {
        self.inner.rules()
    }

    async fn change(
        &self,
        viewer: &ViewerId,
        title: &TitleId,
        change: Change,
        now: UnixMillis,
    ) -> Result<Option<WatchProgress>, ProgressError> {
        let stored = self
            .inner
            .entries(viewer, std::slice::from_ref(title))
            .await?
            .pop();
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = ahead.entry((viewer.clone(), title.clone())).or_insert(stored);
        match self.rules().apply(title, entry.as_ref(), &change, now) {
            Decision::Keep => {}
            Decision::Write(written) => *entry = Some(written),
            Decision::Remove => *entry = None,
        }
        // The task that commits lives as long as the store.
        let _ = self.later.send((viewer.clone(), title.clone(), change, now));
        Ok(entry.clone())
    }

    async fn entries(
        &self,
        viewer: &ViewerId,
        titles: &[TitleId],
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        self.inner.entries(viewer, titles).await
    }

    async fn continue_watching(
        &self,
        viewer: &ViewerId,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        self.inner.continue_watching(viewer, after, limit).await
    }

    async fn forget(&self, viewer: &ViewerId) -> Result<u64, ProgressError> {
        self.inner.forget(viewer).await
    }
}

/// How long an acknowledged change is in memory only.
const A_MOMENT: Duration = Duration::from_millis(20);

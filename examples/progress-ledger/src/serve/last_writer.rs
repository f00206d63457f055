//! A wrong store: what arrives last wins.

use async_trait::async_trait;
use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, Cursor, ProgressError, ProgressStore, Report, Rules, WatchProgress},
    time::UnixMillis,
};
use flaskflix_storage::sql::SqliteProgress;

/// Forgets the sequence numbers of reports.
#[derive(Debug)]
pub(super) struct LastWriter {
    inner: SqliteProgress,
}

impl LastWriter {
    pub(super) const fn new(inner: SqliteProgress) -> Self {
        Self { inner }
    }
}

#[async_trait]
impl ProgressStore for LastWriter {
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
        let change = match change {
            Change::Report(report) => {
                let (position, duration) = (report.position(), report.duration());
                let bare = Report::new(
                    position.as_secs_f64(),
                    duration.map(|duration| duration.as_secs_f64()),
                );
                let bare = bare.map_err(ProgressError::unavailable)?;
                Change::Report(bare.with_event(report.event()))
            }
            decision => decision,
        };
        self.inner.change(viewer, title, change, now).await
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

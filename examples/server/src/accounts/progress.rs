//! The progress of users who are there.

use std::sync::Arc;

use async_trait::async_trait;
use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, Cursor, ProgressError, ProgressStore, Rules, WatchProgress},
    time::UnixMillis,
};

use super::Accounts;

/// A store that takes changes of users only. A stream token outlives its account, and what a player stored with it after
/// that could never be deleted: nobody can log in as its owner any more.
#[derive(Debug)]
pub(crate) struct ProgressOfUsers {
    pub(crate) store: Arc<dyn ProgressStore>,
    pub(crate) accounts: Accounts,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ProgressStore for ProgressOfUsers {
    fn rules(&self) -> &Rules {
        self.store.rules()
    }

    async fn change(
        &self,
        viewer: &ViewerId,
        title: &TitleId,
        change: Change,
        now: UnixMillis,
    ) -> Result<Option<WatchProgress>, ProgressError> {
        let user = self.accounts.of_viewer(viewer).await;
        if user.map_err(ProgressError::unavailable)?.is_none() {
            return Err(ProgressError::UnknownViewer);
        }
        self.store.change(viewer, title, change, now).await
    }

    async fn entries(
        &self,
        viewer: &ViewerId,
        titles: &[TitleId],
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        self.store.entries(viewer, titles).await
    }

    async fn continue_watching(
        &self,
        viewer: &ViewerId,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        self.store.continue_watching(viewer, after, limit).await
    }

    async fn forget(&self, viewer: &ViewerId) -> Result<u64, ProgressError> {
        self.store.forget(viewer).await
    }
}

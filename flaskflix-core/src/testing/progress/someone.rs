//! A viewer of the store under test.
#![expect(clippy::panic, reason = "a conformance suite fails by panicking")]

use std::fmt;

use crate::{
    id::{TitleId, ViewerId},
    progress::{Change, Cursor, Decision, Event, ProgressStore, Report, SessionId, WatchProgress},
    time::UnixMillis,
};

/// What one viewer asks of the store. Every error of the store breaks the promise that is being checked.
pub(super) struct Someone<'a> {
    promise: &'static str,
    store: &'a dyn ProgressStore,
    viewer: ViewerId,
}

impl<'a> Someone<'a> {
    /// A viewer without entries.
    pub(super) async fn new(store: &'a dyn ProgressStore, promise: &'static str) -> Self {
        Self::named(store, promise, &format!("conformance {promise}")).await
    }

    /// The same with a name of its own.
    pub(super) async fn named(store: &'a dyn ProgressStore, promise: &'static str, name: &str) -> Self {
        let viewer = ViewerId::parse(name);
        let someone = Self {
            promise,
            store,
            viewer: viewer.unwrap_or_else(|error| panic!("the suite's own names are viewers: {error}")),
        };
        someone.forget().await;
        someone
    }

    pub(super) async fn change(
        &self,
        title: &TitleId,
        change: Change,
        now: UnixMillis,
    ) -> Option<WatchProgress> {
        let changed = self.store.change(&self.viewer, title, change, now).await;
        self.kept("change", changed)
    }

    /// A report of a film of 2 hours.
    pub(super) async fn watch(&self, title: &TitleId, secs: f64, now: UnixMillis) -> Option<WatchProgress> {
        self.change(title, Change::Report(report(secs, Some(7200.0))), now)
            .await
    }

    pub(super) async fn entries(&self, titles: &[TitleId]) -> Vec<WatchProgress> {
        let entries = self.store.entries(&self.viewer, titles).await;
        self.kept("entries", entries)
    }

    /// The entry of one title.
    pub(super) async fn entry(&self, title: &TitleId) -> Option<WatchProgress> {
        let mut entries = self.entries(std::slice::from_ref(title)).await;
        let entry = entries.pop();
        assert!(entries.is_empty(), "{}: two entries of {title:?}", self.promise);
        entry
    }

    pub(super) async fn row(&self, after: Option<&Cursor>, limit: u32) -> Vec<WatchProgress> {
        let row = self.store.continue_watching(&self.viewer, after, limit).await;
        self.kept("continue_watching", row)
    }

    pub(super) async fn forget(&self) -> u64 {
        let forgotten = self.store.forget(&self.viewer).await;
        self.kept("forget", forgotten)
    }

    /// What the rules make of a change.
    pub(super) fn decide(
        &self,
        title: &TitleId,
        current: Option<WatchProgress>,
        change: &Change,
        now: UnixMillis,
    ) -> Option<WatchProgress> {
        match self.store.rules().apply(title, current.as_ref(), change, now) {
            Decision::Keep => current,
            Decision::Write(entry) => Some(entry),
            Decision::Remove => None,
        }
    }

    fn kept<T, E: fmt::Debug>(&self, call: &str, result: Result<T, E>) -> T {
        result.unwrap_or_else(|error| panic!("{}: {call} failed: {error:?}", self.promise))
    }
}

pub(super) fn title(name: &str) -> TitleId {
    TitleId::parse(name).unwrap_or_else(|error| panic!("the suite's own names are titles: {error}"))
}

pub(super) fn report(secs: f64, duration: Option<f64>) -> Report {
    Report::new(secs, duration).unwrap_or_else(|error| panic!("the suite's own reports are valid: {error}"))
}

/// A report of a numbered player.
pub(super) fn numbered(session: &str, seq: u64, secs: f64, event: Event) -> Change {
    let session = SessionId::parse(session)
        .unwrap_or_else(|error| panic!("the suite's own sessions are valid: {error}"));
    let report = report(secs, Some(7200.0)).in_session(session, seq);
    Change::Report(report.with_event(event))
}

/// A moment, some seconds into the test.
pub(super) const fn moment(secs: u64) -> UnixMillis {
    UnixMillis::from_millis(1_700_000_000_123 + secs * 1000)
}

//! What all viewers of a run saw.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use crate::ledger::{Finding, Ledger};

/// Shared by the viewers of a run.
#[derive(Debug)]
pub(crate) struct Tally {
    counts: Mutex<Counts>,
    /// Segments that were fetched.
    pub(crate) fetched: watch::Sender<u64>,
}

/// Sums over all viewers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    /// Bodies of playlists and segments that are those of the reference.
    pub(crate) right: u64,
    /// Bodies that are not.
    pub(crate) wrong: u64,
    /// Reports that were acknowledged.
    pub(crate) acknowledged: u64,
    /// Acknowledged, but an answer soon after says something older or something else.
    pub(crate) contradicted: u64,
    /// Requests that had to be made again, by what had happened.
    pub(crate) retries: BTreeMap<String, u64>,
    /// The longest that a viewer waited for one segment.
    pub(crate) longest_wait: Duration,
}

/// A viewer at the end of a run.
#[derive(Debug, Default)]
pub(crate) struct Seat {
    /// Its session; `None`: it never got one.
    pub(crate) cookie: Option<String>,
    pub(crate) ledger: Ledger,
    /// Why it ended before its film did.
    pub(crate) ended: Option<String>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            counts: Mutex::default(),
            fetched: watch::Sender::new(0),
        }
    }

    /// Notes a body that was compared.
    pub(crate) fn compared(&self, is_right: bool) {
        self.with(|counts| {
            let count = if is_right {
                &mut counts.right
            } else {
                &mut counts.wrong
            };
            *count = count.saturating_add(1);
        });
    }

    /// Notes a segment that a viewer waited for.
    pub(crate) fn waited(&self, wait: Duration) {
        self.with(|counts| counts.longest_wait = counts.longest_wait.max(wait));
        self.fetched
            .send_modify(|segments| *segments = segments.saturating_add(1));
    }

    /// Notes what an answer proved; `is_new` when it acknowledged a report.
    pub(crate) fn told(&self, finding: Finding, is_new: bool) {
        self.with(|counts| {
            counts.acknowledged = counts.acknowledged.saturating_add(is_new.into());
            let is_contradiction = finding != Finding::Kept;
            counts.contradicted = counts.contradicted.saturating_add(is_contradiction.into());
        });
    }

    /// Adds a viewer's retries.
    pub(crate) fn retried(&self, retries: &BTreeMap<String, u64>) {
        self.with(|counts| {
            for (what, times) in retries {
                let count = counts.retries.entry(what.clone()).or_default();
                *count = count.saturating_add(*times);
            }
        });
    }

    pub(crate) fn counts(&self) -> Counts {
        self.with(|counts| counts.clone())
    }

    fn with<T>(&self, look: impl FnOnce(&mut Counts) -> T) -> T {
        look(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Counts {
    /// `12 x status 502, 3 x cut before the end`.
    pub(crate) fn retries(&self) -> String {
        if self.retries.is_empty() {
            return "none".to_owned();
        }
        let parts: Vec<String> = self
            .retries
            .iter()
            .map(|(what, times)| format!("{times} x {what}"))
            .collect();
        parts.join(", ")
    }
}

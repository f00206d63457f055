//! One batch: the entries concerned, and what the rules make of them.

use std::collections::BTreeMap;

use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, Decision, Rules, WatchProgress},
    time::UnixMillis,
};

use super::row::EntryRow;
use crate::sql::SqlError;

/// What is asked of the writer.
#[derive(Debug)]
pub(in crate::sql) enum Request {
    /// A change of one entry.
    Change {
        viewer: ViewerId,
        title: TitleId,
        change: Change,
        now: UnixMillis,
    },
    /// Every entry of a viewer is deleted.
    Forget { viewer: ViewerId },
}

impl Request {
    /// Whose entries it is about.
    pub(in crate::sql) const fn viewer(&self) -> &ViewerId {
        match self {
            Self::Change { viewer, .. } | Self::Forget { viewer } => viewer,
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub(in crate::sql) enum Outcome {
    /// The entry after the change, and what the rules decided.
    Entry(Option<WatchProgress>, Effect),
    /// How many entries were deleted.
    Forgotten(u64),
}

/// What the rules decided about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum Effect {
    Kept,
    Written,
    Removed,
}

/// What names an entry.
pub(in crate::sql) type Key = (ViewerId, TitleId);

/// The entries that a batch is about, as they are after the requests so far. In the order of the table: neighbours lie on one
/// page, and whoever locks several entries does so in the same order as all others.
#[derive(Debug, Default)]
pub(in crate::sql) struct Entries(BTreeMap<Key, Slot>);

#[derive(Debug, Default)]
struct Slot {
    entry: Option<WatchProgress>,
    /// Whether the table says something else.
    changed: bool,
    /// The revision of the row in the table; `None` when there is no row.
    stored: Option<i64>,
}

/// An entry as the table shall hold it.
#[derive(Debug)]
pub(in crate::sql) struct Written {
    pub(in crate::sql) viewer: ViewerId,
    pub(in crate::sql) entry: WatchProgress,
    /// The revision of the row that it takes the place of; 0 when there is none.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "SQLite has one writer")
    )]
    pub(in crate::sql) revision: i64,
}

/// An entry that the table shall not hold any more.
#[derive(Debug)]
pub(in crate::sql) struct Removed {
    pub(in crate::sql) viewer: ViewerId,
    pub(in crate::sql) title: TitleId,
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "SQLite has one writer")
    )]
    pub(in crate::sql) revision: i64,
}

/// The entries that some changes are about, each once and sorted.
pub(in crate::sql) fn keys<'a>(requests: impl Iterator<Item = &'a Request>) -> Vec<Key> {
    let mut keys: Vec<_> = requests
        .filter_map(|request| match request {
            Request::Change { viewer, title, .. } => Some((viewer.clone(), title.clone())),
            Request::Forget { .. } => None,
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The viewers of whom everything is to be deleted, each once and sorted.
pub(in crate::sql) fn forgotten<'a>(requests: impl Iterator<Item = &'a Request>) -> Vec<ViewerId> {
    let mut viewers: Vec<_> = requests
        .filter_map(|request| match request {
            Request::Forget { viewer } => Some(viewer.clone()),
            Request::Change { .. } => None,
        })
        .collect();
    viewers.sort_unstable();
    viewers.dedup();
    viewers
}

impl Entries {
    /// What the table holds of the entries of a batch: those of its [`keys`] and all of its [`forgotten`].
    pub(in crate::sql) fn new(rows: Vec<EntryRow>) -> Result<Self, SqlError> {
        let mut slots = BTreeMap::new();
        for row in rows {
            let viewer = ViewerId::parse(&row.viewer).map_err(|error| SqlError::Failed(error.into()))?;
            let revision = row.revision;
            let entry = row.into_entry().map_err(|error| SqlError::Failed(error.into()))?;
            let slot = Slot {
                stored: Some(revision),
                changed: false,
                entry: Some(entry.clone()),
            };
            slots.insert((viewer, entry.title), slot);
        }
        Ok(Self(slots))
    }

    /// What becomes of a request. In their order.
    pub(in crate::sql) fn fulfil(&mut self, rules: &Rules, request: &Request) -> Outcome {
        match request {
            Request::Change {
                viewer,
                title,
                change,
                now,
            } => self.apply(rules, viewer, title, change, *now),
            Request::Forget { viewer } => self.forget(viewer),
        }
    }

    fn apply(
        &mut self,
        rules: &Rules,
        viewer: &ViewerId,
        title: &TitleId,
        change: &Change,
        now: UnixMillis,
    ) -> Outcome {
        let slot = self.0.entry((viewer.clone(), title.clone())).or_default();
        let effect = match rules.apply(title, slot.entry.as_ref(), change, now) {
            Decision::Keep => Effect::Kept,
            Decision::Write(entry) => {
                slot.entry = Some(entry);
                Effect::Written
            }
            Decision::Remove => {
                slot.entry = None;
                Effect::Removed
            }
        };
        slot.changed |= effect != Effect::Kept;
        Outcome::Entry(slot.entry.clone(), effect)
    }

    fn forget(&mut self, viewer: &ViewerId) -> Outcome {
        let mut entries = 0;
        for ((owner, _), slot) in &mut self.0 {
            if owner == viewer && slot.entry.take().is_some() {
                slot.changed = true;
                entries += 1;
            }
        }
        Outcome::Forgotten(entries)
    }

    /// What the table has to be told: the newest state of each entry, once.
    pub(in crate::sql) fn changes(self) -> (Vec<Written>, Vec<Removed>) {
        let mut written = Vec::new();
        let mut removed = Vec::new();
        for ((viewer, title), slot) in self.0 {
            match (slot.changed, slot.entry, slot.stored) {
                (true, Some(entry), stored) => written.push(Written {
                    viewer,
                    entry,
                    revision: stored.unwrap_or(0),
                }),
                (true, None, Some(revision)) => removed.push(Removed {
                    viewer,
                    title,
                    revision,
                }),
                _ => {}
            }
        }
        (written, removed)
    }
}

//! One batch of changes: one transaction.

use std::collections::HashMap;

use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, Decision, Rules, WatchProgress},
    time::UnixMillis,
};
use sqlx::{Connection, SqliteConnection};

use super::table;
use crate::sql::SqlError;

/// What is asked of the writer.
#[derive(Debug)]
pub(super) enum Request {
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

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The entry after the change, and what the rules decided.
    Entry(Option<WatchProgress>, Effect),
    /// How many entries were deleted.
    Forgotten(u64),
}

/// What the rules decided about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Kept,
    Written,
    Removed,
}

/// Fulfils the requests in their order and commits. When this fails, nothing of them took place.
pub(super) async fn commit<'a>(
    connection: &mut SqliteConnection,
    rules: &Rules,
    requests: impl Iterator<Item = &'a Request> + Clone,
) -> Result<Vec<Outcome>, SqlError> {
    // Immediate: the lock is taken before the entries are read, so that no other process changes them in between.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut entries = Entries::load(&mut transaction, requests.clone()).await?;
    let mut outcomes = Vec::new();
    for request in requests {
        outcomes.push(match request {
            Request::Change {
                viewer,
                title,
                change,
                now,
            } => entries.apply(rules, viewer, title, change, *now),
            Request::Forget { viewer } => {
                entries.write(&mut transaction, rules).await?;
                Outcome::Forgotten(entries.forget(&mut transaction, viewer).await?)
            }
        });
    }
    entries.write(&mut transaction, rules).await?;
    transaction.commit().await?;
    Ok(outcomes)
}

/// The entries that a batch is about, as they are after the requests so far.
struct Entries(HashMap<(ViewerId, TitleId), Slot>);

#[derive(Default)]
struct Slot {
    entry: Option<WatchProgress>,
    /// Whether the table says something else.
    changed: bool,
}

impl Entries {
    async fn load(
        connection: &mut SqliteConnection,
        requests: impl Iterator<Item = &Request>,
    ) -> Result<Self, SqlError> {
        let mut slots: HashMap<_, Slot> = HashMap::new();
        for request in requests {
            if let Request::Change { viewer, title, .. } = request {
                slots.entry((viewer.clone(), title.clone())).or_default();
            }
        }
        let mut keys: Vec<_> = slots.keys().cloned().collect();
        // In the order of the table: neighbours lie on one page.
        keys.sort_unstable();
        for row in table::load(connection, &keys).await? {
            let viewer = ViewerId::parse(&row.viewer).map_err(|error| SqlError::Failed(error.into()))?;
            let entry = row.into_entry().map_err(|error| SqlError::Failed(error.into()))?;
            let slot = slots.entry((viewer, entry.title.clone())).or_default();
            slot.entry = Some(entry);
        }
        Ok(Self(slots))
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

    /// Brings the table to what the entries are now: the newest state of each, once.
    async fn write(&mut self, connection: &mut SqliteConnection, rules: &Rules) -> Result<(), SqlError> {
        let mut written = Vec::new();
        let mut removed = Vec::new();
        for ((viewer, title), slot) in &mut self.0 {
            if std::mem::take(&mut slot.changed) {
                match &slot.entry {
                    Some(entry) => written.push((viewer, entry)),
                    None => removed.push((viewer, title)),
                }
            }
        }
        written.sort_unstable_by_key(|&(viewer, entry)| (viewer, &entry.title));
        table::write(connection, rules, &written).await?;
        for (viewer, title) in removed {
            table::delete(connection, viewer, title).await?;
        }
        Ok(())
    }

    async fn forget(
        &mut self,
        connection: &mut SqliteConnection,
        viewer: &ViewerId,
    ) -> Result<u64, SqlError> {
        for ((owner, _), slot) in &mut self.0 {
            if owner == viewer {
                slot.entry = None;
            }
        }
        Ok(table::forget(connection, viewer).await?)
    }
}

//! The progress of viewers in a map.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, Cursor, Decision, ProgressError, ProgressStore, Rules, WatchProgress},
    time::UnixMillis,
};

/// A [`ProgressStore`] in memory: for tests, demos, and applications that keep progress no longer than they run.
///
/// Everything is gone when the process ends: of "acknowledged means durable" it keeps what memory can keep. Its size is not
/// bounded, about 1 KB for each title that a viewer has opened.
///
/// # Cost
/// One lock for all viewers, held for a look into two maps. A page of the row looks at every entry of its viewer.
///
/// # Examples
/// ```
/// use flaskflix_core::{
///     id::{TitleId, ViewerId},
///     progress::{Change, ProgressStore, Report, Rules},
///     time::UnixMillis,
/// };
/// use flaskflix_storage::memory::MemoryProgress;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryProgress::new(Rules::default());
/// let (viewer, title) = (ViewerId::parse("anna")?, TitleId::parse("42")?);
/// let report = Change::Report(Report::new(125.5, Some(7200.0))?);
/// store.change(&viewer, &title, report, UnixMillis::from_millis(0)).await?;
/// let row = store.continue_watching(&viewer, None, 20).await?;
/// assert_eq!(row.first().map(|entry| entry.percentage()), Some(1.74));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MemoryProgress {
    rules: Rules,
    viewers: Mutex<HashMap<ViewerId, Entries>>,
}

type Entries = BTreeMap<TitleId, WatchProgress>;

impl MemoryProgress {
    /// A store without entries that decides by `rules`.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            viewers: Mutex::default(),
        }
    }

    fn viewers(&self) -> MutexGuard<'_, HashMap<ViewerId, Entries>> {
        // An entry is replaced whole: whoever panicked has left none half done.
        self.viewers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ProgressStore for MemoryProgress {
    fn rules(&self) -> &Rules {
        &self.rules
    }

    async fn change(
        &self,
        viewer: &ViewerId,
        title: &TitleId,
        change: Change,
        now: UnixMillis,
    ) -> Result<Option<WatchProgress>, ProgressError> {
        let mut viewers = self.viewers();
        let entries = viewers.entry(viewer.clone()).or_default();
        match self.rules.apply(title, entries.get(title), &change, now) {
            Decision::Keep => {}
            Decision::Write(entry) => {
                entries.insert(title.clone(), entry);
            }
            Decision::Remove => {
                entries.remove(title);
            }
        }
        let entry = entries.get(title).cloned();
        if entries.is_empty() {
            viewers.remove(viewer);
        }
        Ok(entry)
    }

    async fn entries(
        &self,
        viewer: &ViewerId,
        titles: &[TitleId],
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        let viewers = self.viewers();
        let Some(entries) = viewers.get(viewer) else {
            return Ok(Vec::new());
        };
        let found: BTreeMap<_, _> = titles
            .iter()
            .filter_map(|title| entries.get_key_value(title))
            .collect();
        Ok(found.into_values().cloned().collect())
    }

    async fn continue_watching(
        &self,
        viewer: &ViewerId,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        let viewers = self.viewers();
        let entries = viewers.get(viewer).into_iter().flat_map(BTreeMap::values);
        let after = after.map(|cursor| (cursor.activity_at, &cursor.title));
        let mut row: Vec<_> = entries
            .filter_map(|entry| Some(((self.rules.row_position(entry)?, &entry.title), entry)))
            .filter(|(place, _)| after.is_none_or(|after| *place < after))
            .collect();
        row.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
        row.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(row.into_iter().map(|(_, entry)| entry.clone()).collect())
    }

    async fn forget(&self, viewer: &ViewerId) -> Result<u64, ProgressError> {
        let forgotten = self.viewers().remove(viewer).unwrap_or_default();
        Ok(u64::try_from(forgotten.len()).unwrap_or(u64::MAX))
    }
}

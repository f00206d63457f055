//! Stores of progress keep the contract, and the suite finds those that do not.

use async_trait::async_trait;
use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, Cursor, ProgressError, ProgressStore, Rules, WatchProgress},
    testing,
    time::UnixMillis,
};
use flaskflix_storage::memory::MemoryProgress;

#[tokio::test]
async fn memory_progress_keeps_the_contract() {
    let store = MemoryProgress::new(Rules::default());
    testing::progress::conformance(&store).await;
    let kept = format!("{store:?}");
    assert!(
        kept.contains("data: {}"),
        "forgotten viewers leave nothing: {kept}"
    );
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_progress_keeps_the_contract() {
    use flaskflix_storage::sql::{SqliteDatabase, SqliteOptions};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("progress.db");
    let database = SqliteDatabase::open(path, SqliteOptions::default())
        .await
        .unwrap();
    testing::progress::conformance(&database.progress(Rules::default())).await;
    database.close().await;
}

#[tokio::test]
async fn suite_finds_every_fault() {
    #[rustfmt::skip]
    let table = [
        (Fault::FoldsViewers,       "viewers_are_kept_apart"),
        (Fault::TrimsTitles,        "titles_are_kept_apart"),
        (Fault::AnswersTheOld,      "every_change_follows_the_rules"),
        (Fault::KeepsTheDeleted,    "every_change_follows_the_rules"),
        (Fault::ForgetsOneTitle,    "forgotten_viewer_has_no_entries"),
        (Fault::RepeatsEntries,     "entries_are_those_that_were_asked_for"),
        (Fault::LosesSessions,      "every_change_follows_the_rules"),
        (Fault::ForgetsTheSeconds,  "every_change_follows_the_rules"),
        (Fault::OldestFirst,        "row_holds_what_can_be_resumed"),
        (Fault::IgnoresTheLimit,    "pages_are_the_row_in_pieces"),
        (Fault::IgnoresTheTitle,    "pages_are_the_row_in_pieces"),
    ];
    for (fault, promise) in table {
        let store = Faulty {
            good: MemoryProgress::new(Rules::default()),
            fault,
        };
        let run = tokio::spawn(async move { testing::progress::conformance(&store).await });
        let panic = run.await.expect_err("a fault is found").into_panic();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains(promise), "{fault:?}: {message}");
    }
}

/// What stores do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    FoldsViewers,
    TrimsTitles,
    AnswersTheOld,
    KeepsTheDeleted,
    ForgetsOneTitle,
    RepeatsEntries,
    LosesSessions,
    ForgetsTheSeconds,
    OldestFirst,
    IgnoresTheLimit,
    IgnoresTheTitle,
}

/// A good store with one fault.
#[derive(Debug)]
struct Faulty {
    good: MemoryProgress,
    fault: Fault,
}

impl Faulty {
    fn viewer(&self, viewer: &ViewerId) -> ViewerId {
        match self.fault {
            Fault::FoldsViewers => ViewerId::parse(&viewer.as_str().to_lowercase()).unwrap(),
            _ => viewer.clone(),
        }
    }

    fn title(&self, title: &TitleId) -> TitleId {
        match self.fault {
            Fault::TrimsTitles => TitleId::parse(title.as_str().trim()).unwrap(),
            _ => title.clone(),
        }
    }

    /// The entry as it is read back.
    fn entry(&self, mut entry: WatchProgress) -> WatchProgress {
        match self.fault {
            Fault::LosesSessions => entry.sessions = "".parse().unwrap(),
            Fault::ForgetsTheSeconds => {
                entry.activity_at = UnixMillis::from(entry.activity_at.to_unix_time());
            }
            _ => {}
        }
        entry
    }
}

#[async_trait]
impl ProgressStore for Faulty {
    fn rules(&self) -> &Rules {
        self.good.rules()
    }

    async fn change(
        &self,
        viewer: &ViewerId,
        title: &TitleId,
        change: Change,
        now: UnixMillis,
    ) -> Result<Option<WatchProgress>, ProgressError> {
        let (viewer, title) = (self.viewer(viewer), self.title(title));
        if self.fault == Fault::KeepsTheDeleted && change == Change::Delete {
            return Ok(None);
        }
        let before = self
            .good
            .entries(&viewer, std::slice::from_ref(&title))
            .await?
            .pop();
        let after = self.good.change(&viewer, &title, change, now).await?;
        Ok(match self.fault {
            Fault::AnswersTheOld => before,
            _ => after.map(|entry| self.entry(entry)),
        })
    }

    async fn entries(
        &self,
        viewer: &ViewerId,
        titles: &[TitleId],
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        let titles: Vec<_> = titles.iter().map(|title| self.title(title)).collect();
        let viewer = self.viewer(viewer);
        let mut found = Vec::new();
        if self.fault == Fault::RepeatsEntries {
            for title in &titles {
                found.extend(self.good.entries(&viewer, std::slice::from_ref(title)).await?);
            }
        } else {
            found = self.good.entries(&viewer, &titles).await?;
        }
        Ok(found.into_iter().map(|entry| self.entry(entry)).collect())
    }

    async fn continue_watching(
        &self,
        viewer: &ViewerId,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Vec<WatchProgress>, ProgressError> {
        let mut after = after.cloned();
        if let (Fault::IgnoresTheTitle, Some(cursor)) = (self.fault, &mut after) {
            cursor.title = TitleId::parse(" ").unwrap();
        }
        let limit = if self.fault == Fault::IgnoresTheLimit {
            u32::MAX
        } else {
            limit
        };
        let mut row = self
            .good
            .continue_watching(&self.viewer(viewer), after.as_ref(), limit)
            .await?;
        if self.fault == Fault::OldestFirst {
            row.reverse();
        }
        Ok(row)
    }

    async fn forget(&self, viewer: &ViewerId) -> Result<u64, ProgressError> {
        let viewer = self.viewer(viewer);
        let kept = TitleId::parse("film 29").unwrap();
        let kept = match self.fault {
            Fault::ForgetsOneTitle => self.good.entries(&viewer, std::slice::from_ref(&kept)).await?,
            _ => Vec::new(),
        };
        let forgotten = self.good.forget(&viewer).await?;
        for entry in kept {
            let change = Change::Watched;
            self.good
                .change(&viewer, &entry.title, change, entry.activity_at)
                .await?;
        }
        Ok(forgotten)
    }
}

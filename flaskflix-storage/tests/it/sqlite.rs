//! Movies and progress in SQLite.

mod crash;
mod database;
mod faults;
mod movies;
mod progress;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, ProgressError, ProgressStore, Report, Rules, SessionId, WatchProgress},
    time::UnixMillis,
};
use flaskflix_storage::sql::{SqlError, SqliteDatabase, SqliteOptions, SqliteProgress};
use sqlx::{
    ConnectOptions, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use tempfile::TempDir;

/// A folder of its own, with room for one database.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("flaskflix.db")
    }

    async fn open(&self) -> SqliteDatabase {
        self.try_open(SqliteOptions::default()).await.unwrap()
    }

    async fn try_open(&self, options: SqliteOptions) -> Result<SqliteDatabase, SqlError> {
        SqliteDatabase::open(self.path(), options).await
    }

    /// A connection as another program would make it.
    async fn stranger(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.path())
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .connect()
            .await
            .unwrap()
    }
}

fn viewer(name: &str) -> ViewerId {
    ViewerId::parse(name).unwrap()
}

fn title(id: &str) -> TitleId {
    TitleId::parse(id).unwrap()
}

fn at(millis: u64) -> UnixMillis {
    UnixMillis::from_millis(millis)
}

/// A report of a two-hour film.
fn report(secs: u32) -> Report {
    Report::new(f64::from(secs), Some(7200.0)).unwrap()
}

/// A numbered report.
fn numbered(secs: u32, session: &str, seq: u64) -> Change {
    Change::Report(report(secs).in_session(SessionId::parse(session).unwrap(), seq))
}

/// Says of anna and film 1 that she is at this second; the second is the time as well.
async fn watch(progress: &SqliteProgress, secs: u32) -> Result<Option<WatchProgress>, ProgressError> {
    let change = Change::Report(report(secs));
    progress
        .change(&viewer("anna"), &title("1"), change, at(u64::from(secs) * 1000))
        .await
}

/// Where anna is in film 1.
async fn position(progress: &SqliteProgress) -> Option<Duration> {
    let entries = progress.entries(&viewer("anna"), &[title("1")]).await.unwrap();
    entries.first().map(|entry| entry.position)
}

fn rules() -> Rules {
    Rules::default()
}

/// Asks again until the answer is yes; fails after ten seconds.
async fn eventually(what: &str, mut answer: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !answer().await {
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::task::yield_now().await;
    }
}

//! Movies, progress and records of indexes in PostgreSQL.

mod database;
mod faults;
mod nodes;
mod slow;
mod stores;

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, ProgressStore, Report, Rules, SessionId},
    time::UnixMillis,
};
use flaskflix_storage::{
    sql::{PostgresDatabase, PostgresOptions},
    testing::PrivatePostgres,
};

/// One server for all tests that do it no harm. It ends with this process.
static SERVER: OnceLock<Option<PrivatePostgres>> = OnceLock::new();

fn server() -> Option<&'static PrivatePostgres> {
    SERVER.get_or_init(|| PrivatePostgres::start().unwrap()).as_ref()
}

/// The URL of a database of one's own.
pub(crate) fn place() -> Option<String> {
    let server = server()?;
    Some(server.url(&server.create_database().unwrap()))
}

async fn open(url: &str) -> PostgresDatabase {
    PostgresDatabase::open(url, PostgresOptions::default())
        .await
        .unwrap()
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

/// A numbered report of a two-hour film.
fn numbered(secs: u32, session: &str, seq: u64) -> Change {
    let report = Report::new(f64::from(secs), Some(7200.0)).unwrap();
    Change::Report(report.in_session(SessionId::parse(session).unwrap(), seq))
}

fn rules() -> Rules {
    Rules::default()
}

/// The largest number of a session that is stored of anna's film 1.
async fn stored(progress: &dyn ProgressStore, session: &str) -> u64 {
    let entries = progress.entries(&viewer("anna"), &[title("1")]).await.unwrap();
    let mark = entries
        .iter()
        .flat_map(|entry| entry.sessions.marks())
        .find(|mark| mark.session.as_ref().is_some_and(|id| id.as_str() == session));
    mark.map_or(0, |mark| mark.seq)
}

/// Asks again until the answer is yes; fails after twenty seconds.
pub(crate) async fn eventually(what: &str, mut answer: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !answer().await {
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::task::yield_now().await;
    }
}

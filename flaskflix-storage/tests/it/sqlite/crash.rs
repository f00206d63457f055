//! A process that is killed in the middle of its work.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use flaskflix_core::progress::ProgressStore;
use flaskflix_storage::sql::{SqliteDatabase, SqliteOptions};

use super::{Place, at, numbered, rules, title, viewer};

/// Names the database to the child.
const DATABASE: &str = "FLASKFLIX_TEST_DATABASE";

/// Names the session in which the child writes.
const SESSION: &str = "FLASKFLIX_TEST_SESSION";

/// What the child prints in front of the number of a change that was acknowledged.
const ACKNOWLEDGED: &str = "acknowledged ";

/// Starts this very program again as a child that writes.
fn writer(place: &Place, session: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "sqlite::crash::the_child_writes_until_it_is_killed",
            "--nocapture",
        ])
        .env(DATABASE, place.path())
        .env(SESSION, session)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The numbers that a child has seen acknowledged.
fn acknowledged(child: &mut Child) -> impl Iterator<Item = u64> + use<> {
    BufReader::new(child.stdout.take().unwrap())
        .lines()
        .filter_map(|line| line.unwrap().split_once(ACKNOWLEDGED)?.1.parse().ok())
}

/// Not a test by itself: without the variable it does nothing.
#[tokio::test]
async fn the_child_writes_until_it_is_killed() {
    let (Some(path), Ok(session)) = (std::env::var_os(DATABASE), std::env::var(SESSION)) else {
        return;
    };
    let database = SqliteDatabase::open(path, SqliteOptions::default())
        .await
        .unwrap();
    let progress = database.progress(rules());
    for seq in 1..=100_000 {
        let change = numbered(100 + u32::try_from(seq % 1000).unwrap(), &session, seq);
        progress
            .change(&viewer("anna"), &title("1"), change, at(seq))
            .await
            .unwrap();
        println!("{ACKNOWLEDGED}{seq}");
    }
}

/// The largest number of a session that is stored.
async fn stored(place: &Place, session: &str) -> u64 {
    let database = place.open().await;
    let sound: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(database.reader())
        .await
        .unwrap();
    assert_eq!(sound, "ok");
    let progress = database.progress(rules());
    let entries = progress.entries(&viewer("anna"), &[title("1")]).await.unwrap();
    let mark = entries
        .iter()
        .flat_map(|entry| entry.sessions.marks())
        .find(|mark| mark.session.as_ref().is_some_and(|id| id.as_str() == session));
    let seq = mark.map_or(0, |mark| mark.seq);
    database.close().await;
    seq
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let place = Place::new();
    for round in 0..3 {
        let session = format!("round-{round}");
        let mut child = writer(&place, &session);
        let mut numbers = acknowledged(&mut child);
        assert_eq!(numbers.by_ref().take(50).last(), Some(50));
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had printed before it died counts too.
        let last = numbers.last().unwrap_or(50);
        assert!(
            place.path().with_extension("db-wal").exists(),
            "it was not closed"
        );
        let stored = stored(&place, &session).await;
        assert!(stored >= last, "{last} was acknowledged, {stored} is stored");
        assert!(
            stored <= last + 1,
            "{stored} is stored and {last} was the last before it"
        );
    }
}

#[tokio::test]
async fn two_processes_write_to_one_entry() {
    let place = Place::new();
    let mut children = ["one", "two"].map(|session| writer(&place, session));
    let mut written = children.each_mut().map(acknowledged);
    for numbers in &mut written {
        assert_eq!(numbers.take(100).last(), Some(100), "neither is ever refused");
    }
    for child in &mut children {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    for session in ["one", "two"] {
        assert!(stored(&place, session).await >= 100, "{session}");
    }
}

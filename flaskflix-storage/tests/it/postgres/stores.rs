//! What the suites do not ask.

use flaskflix_core::{
    package::IndexRecords,
    progress::{ProgressStore, Rules},
};
use flaskflix_storage::sql::{MovieData, MovieStore, PostgresDatabase, PostgresOptions};

use super::{at, eventually, numbered, open, place, rules, title, viewer};
use crate::indexes::record;

#[tokio::test]
async fn a_removed_movie_takes_its_progress_along() {
    let Some(url) = place() else { return };
    let database = open(&url).await;
    let (movies, progress) = (database.movies(), database.progress(rules()));
    let film = MovieData {
        title: "A".into(),
        ..MovieData::default()
    };
    let [gone, kept] = [
        movies.insert(&film, at(1)).await.unwrap(),
        movies.insert(&film, at(1)).await.unwrap(),
    ]
    .map(|id| title(&id.to_string()));
    for name in ["anna", "ben"] {
        for film in [&gone, &kept] {
            let change = numbered(100, "s", 1);
            progress.change(&viewer(name), film, change, at(1)).await.unwrap();
        }
    }
    assert!(movies.remove(1).await.unwrap());
    for name in ["anna", "ben"] {
        let left = progress
            .entries(&viewer(name), &[gone.clone(), kept.clone()])
            .await;
        let left: Vec<_> = left.unwrap().into_iter().map(|entry| entry.title).collect();
        assert_eq!(left, std::slice::from_ref(&kept));
    }
}

#[tokio::test]
async fn other_rules_move_the_entries_of_the_row() {
    let Some(url) = place() else { return };
    let anna = viewer("anna");
    let database = open(&url).await;
    let progress = database.progress(rules());
    // More than a page of the task that derives.
    let changes = (0..600_u32).map(|number| {
        let (progress, anna) = (&progress, &anna);
        async move {
            let change = numbered(if number % 2 == 0 { 40 } else { 400 }, "s", 1);
            let film = title(&number.to_string());
            progress.change(anna, &film, change, at(number.into())).await
        }
    });
    for changed in futures_util::future::join_all(changes).await {
        changed.unwrap();
    }
    let row = progress.continue_watching(&anna, None, 1000).await.unwrap();
    assert_eq!(row.len(), 300);
    database.close().await;
    let mut generous = Rules::default();
    generous.min_position = std::time::Duration::from_secs(30);
    let progress = open(&url).await.progress(generous);
    eventually("the row follows the new rules", async || {
        let row = progress.continue_watching(&anna, None, 1000).await;
        row.unwrap().len() == 600
    })
    .await;
}

#[tokio::test]
async fn records_that_were_not_asked_for_the_longest_go_first() {
    let Some(url) = place() else { return };
    let database = open(&url).await;
    let records = database.indexes(10_000);
    for (name, days) in [("asked for", 30_i64), ("oldest", 20), ("old", 10)] {
        let (key, bytes) = record(name, 3_000);
        records.put(&key, bytes).await.unwrap();
        sqlx::query("UPDATE flaskflix_index_records SET used_at = used_at - $1 * 86400 WHERE key = $2")
            .bind(days)
            .bind(key.to_string())
            .execute(database.pool())
            .await
            .unwrap();
    }
    assert!(records.get(&record("asked for", 0).0).await.unwrap().is_some());
    let (key, bytes) = record("new", 3_000);
    records.put(&key, bytes).await.unwrap();
    let mut left = Vec::new();
    for name in ["asked for", "oldest", "old", "new"] {
        if records.get(&record(name, 0).0).await.unwrap().is_some() {
            left.push(name);
        }
    }
    assert_eq!(left, ["asked for", "old", "new"]);
    assert_eq!(records.bytes().await.unwrap(), 9_000);
    let (large, bytes) = record("large", 10_001);
    records.put(&large, bytes).await.unwrap();
    assert_eq!(records.get(&large).await.unwrap(), None);
}

#[tokio::test]
async fn connections_are_set_up_for_durability_and_have_a_name() {
    let Some(url) = place() else { return };
    let options = PostgresOptions::default().application_name("node 3");
    let database = PostgresDatabase::open(&url, options).await.unwrap();
    for (setting, wanted) in [
        ("synchronous_commit", "on"),
        ("statement_timeout", "4s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "4s"),
        ("application_name", "node 3"),
    ] {
        let value: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(database.pool())
            .await
            .unwrap();
        assert_eq!(value, wanted, "{setting}");
    }
}

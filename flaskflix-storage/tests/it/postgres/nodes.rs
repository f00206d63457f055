//! Several nodes that write to the same entries.

use std::{
    slice,
    time::{Duration, Instant},
};

use flaskflix_core::progress::{Change, ProgressError, ProgressStore, Report};
use flaskflix_storage::sql::{PostgresDatabase, PostgresOptions};
use futures_util::future::join_all;

use super::{at, numbered, open, place, rules, stored, title, viewer};

/// What two nodes acknowledge stays, whoever makes the row, and whatever waits for whom.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_lose_nothing_of_each_other() {
    let Some(url) = place() else { return };
    let nodes = [open(&url).await, open(&url).await].map(|node| node.progress(rules()));
    let writers = (0..2).flat_map(|node| (0..4).map(move |session| (node, session)));
    let writers = writers.map(|(node, session)| {
        let progress = nodes[node].clone();
        tokio::spawn(async move {
            let session = format!("{node}-{session}");
            for seq in 1..=25 {
                // All at the same new rows, each in an order of its own.
                let changes = (0..10).map(|number| {
                    let viewer = viewer(&format!("v{}", (number * 7 + seq) % 10));
                    let change = numbered(100 + u32::try_from(seq).unwrap(), &session, seq);
                    let progress = progress.clone();
                    async move {
                        let entry = progress.change(&viewer, &title("1"), change, at(seq)).await;
                        entry.unwrap().unwrap()
                    }
                });
                join_all(changes).await;
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    for number in 0..10 {
        let entries = nodes[0]
            .entries(&viewer(&format!("v{number}")), &[title("1")])
            .await;
        let entries = entries.unwrap();
        let marks = entries[0].sessions.marks();
        assert_eq!(marks.len(), 8, "every session of both nodes");
        assert!(marks.iter().all(|mark| mark.seq == 25), "{marks:?}");
    }
}

/// Deleting on one node and writing on the other never ends in an error, and at last in what came last.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deleting_and_writing_at_once_end_in_what_came_last() {
    let Some(url) = place() else { return };
    let nodes = [open(&url).await, open(&url).await].map(|node| node.progress(rules()));
    let film = title("1");
    let tasks = nodes.clone().into_iter().enumerate().map(|(node, progress)| {
        let film = film.clone();
        tokio::spawn(async move {
            for round in 0..60_u64 {
                let changes = (0..6).map(|number| {
                    let (viewer, film) = (viewer(&format!("v{number}")), film.clone());
                    let progress = progress.clone();
                    async move {
                        if node == 0 && number == round % 6 {
                            progress.forget(&viewer).await.map(drop)
                        } else if node == 0 && number % 2 == 0 {
                            let change = Change::Delete;
                            progress.change(&viewer, &film, change, at(round)).await.map(drop)
                        } else {
                            let change = numbered(100, &format!("s{node}"), round + 1);
                            progress.change(&viewer, &film, change, at(round)).await.map(drop)
                        }
                    }
                });
                for answer in join_all(changes).await {
                    answer.unwrap();
                }
            }
        })
    });
    for task in join_all(tasks).await {
        task.unwrap();
    }
    let anna = viewer("v0");
    let report = Report::new(500.0, Some(7200.0)).unwrap();
    nodes[0].forget(&anna).await.unwrap();
    assert!(
        nodes[1]
            .entries(&anna, slice::from_ref(&film))
            .await
            .unwrap()
            .is_empty()
    );
    let entry = nodes[1]
        .change(&anna, &film, Change::Report(report), at(9_000))
        .await;
    assert_eq!(
        nodes[0].entries(&anna, &[film]).await.unwrap(),
        [entry.unwrap().unwrap()]
    );
}

/// Somebody who keeps a row locked is no server that is away, and nobody waits for him for long.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_somebody_keeps_locked_is_busy_and_comes_back() {
    let Some(url) = place() else { return };
    let options = PostgresOptions::default().answer_timeout(Duration::from_secs(1));
    let database = PostgresDatabase::open(&url, options).await.unwrap();
    let progress = database.progress(rules());
    let report = async |seq| {
        let change = numbered(100, "s", seq);
        progress
            .change(&viewer("anna"), &title("1"), change, at(seq))
            .await
    };
    report(1).await.unwrap();
    let stranger = open(&url).await;
    let mut transaction = stranger.pool().begin().await.unwrap();
    sqlx::query("SELECT * FROM watch_progress FOR UPDATE")
        .execute(&mut *transaction)
        .await
        .unwrap();
    let begin = Instant::now();
    let refused = report(2).await.unwrap_err();
    assert!(matches!(refused, ProgressError::Busy { .. }), "{refused:?}");
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    transaction.rollback().await.unwrap();
    report(3).await.unwrap();
    assert_eq!(stored(&progress, "s").await, 3);
}

//! A full queue, a locked database, a full disk.

use std::{
    error::Error,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use flaskflix_core::progress::{Change, ProgressError, ProgressStore};
use flaskflix_storage::sql::{SqlError, SqliteOptions};
use futures_util::poll;

use super::{Place, at, numbered, position, report, rules, title, viewer, watch};

/// What an error of the store is, as ours.
fn cause(error: &ProgressError) -> Option<&SqlError> {
    let ProgressError::Unavailable(cause) = error else {
        return None;
    };
    let cause: &(dyn Error + 'static) = &**cause;
    cause.downcast_ref().map(Arc::<SqlError>::as_ref)
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let place = Place::new();
    let wait = Duration::from_secs(7);
    let options = SqliteOptions::default()
        .queue_changes(3)
        .batch_changes(1)
        .retry_after(wait);
    let database = place.try_open(options).await.unwrap();
    let progress = database.progress(rules());
    let hold = database.writer().acquire().await.unwrap();
    let mut waiting = Vec::new();
    let refused = loop {
        let number = u32::try_from(waiting.len()).unwrap();
        let progress = &progress;
        let mut change = Box::pin(async move { watch(progress, 100 + number).await });
        match poll!(&mut change) {
            Poll::Pending => waiting.push(change),
            Poll::Ready(answer) => break answer,
        }
        assert!(waiting.len() < 10, "the queue has an end");
        tokio::task::yield_now().await;
    };
    assert!(matches!(refused, Err(ProgressError::Busy { retry_after }) if retry_after == wait));
    drop(hold);
    let last = 99 + u64::try_from(waiting.len()).unwrap();
    for change in waiting {
        change.await.unwrap();
    }
    assert_eq!(
        position(&progress).await,
        Some(Duration::from_secs(last)),
        "all that was accepted"
    );
}

#[tokio::test]
async fn a_database_that_somebody_locks_is_busy_and_comes_back() {
    let place = Place::new();
    let options = SqliteOptions::default().busy_timeout(Duration::from_millis(50));
    let database = place.try_open(options.clone()).await.unwrap();
    let progress = database.progress(rules());
    watch(&progress, 100).await.unwrap();
    let mut stranger = place.stranger().await;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut stranger)
        .await
        .unwrap();

    let begin = Instant::now();
    let (first, second) = tokio::join!(watch(&progress, 200), watch(&progress, 201));
    for refused in [first, second] {
        assert!(matches!(refused, Err(ProgressError::Busy { .. })), "{refused:?}");
    }
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert_eq!(
        position(&progress).await,
        Some(Duration::from_secs(100)),
        "reading goes on"
    );
    assert!(matches!(
        database.movies().remove(1).await,
        Err(SqlError::Locked(_))
    ));
    assert!(matches!(place.try_open(options).await, Err(SqlError::Locked(_))));

    sqlx::query("ROLLBACK").execute(&mut stranger).await.unwrap();
    watch(&progress, 300).await.unwrap();
    assert_eq!(position(&progress).await, Some(Duration::from_secs(300)));
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_torn() {
    let place = Place::new();
    let database = place.open().await;
    let progress = database.progress(rules());
    watch(&progress, 100).await.unwrap();
    // The limit holds for this connection, which is the one that writes.
    sqlx::query("PRAGMA max_page_count = 1")
        .execute(database.writer())
        .await
        .unwrap();
    let mut acknowledged = Vec::new();
    let error = loop {
        let name = title(&format!("{:0>200}", acknowledged.len()));
        let change = Change::Report(report(100));
        match progress.change(&viewer("anna"), &name, change, at(1)).await {
            Ok(_) => acknowledged.push(name),
            Err(error) => break error,
        }
        assert!(acknowledged.len() < 10_000, "the disk has an end");
    };
    assert!(matches!(cause(&error), Some(SqlError::Full(_))), "{error:?}");
    let found = progress.entries(&viewer("anna"), &acknowledged).await.unwrap();
    assert_eq!(found.len(), acknowledged.len());

    // Room again: the connection that failed was replaced.
    for number in 0..200 {
        let name = title(&format!("{number} {}", "x".repeat(200)));
        let change = Change::Report(report(100));
        progress
            .change(&viewer("bert"), &name, change, at(1))
            .await
            .unwrap();
    }
    let sound: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(database.reader())
        .await
        .unwrap();
    assert_eq!(sound, "ok");
}

#[tokio::test]
async fn an_abandoned_transaction_does_not_stop_the_writer() {
    let place = Place::new();
    let database = place.open().await;
    let progress = database.progress(rules());
    let mut transaction = database.writer().begin().await.unwrap();
    sqlx::query("INSERT INTO flaskflix_settings (name, value) VALUES ('a', 'b')")
        .execute(&mut *transaction)
        .await
        .unwrap();
    // SQLite ends the transaction; the driver does not notice.
    sqlx::query("ROLLBACK").execute(&mut *transaction).await.unwrap();
    drop(transaction);
    watch(&progress, 100).await.unwrap();
    assert_eq!(position(&progress).await, Some(Duration::from_secs(100)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_handles_write_to_one_entry() {
    let place = Place::new();
    let (one, two) = (place.open().await, place.open().await);
    let write = async |database: &flaskflix_storage::sql::SqliteDatabase, session: &'static str| {
        let progress = database.progress(rules());
        for seq in 1..=100 {
            let change = numbered(100 + u32::try_from(seq).unwrap(), session, seq);
            progress
                .change(&viewer("anna"), &title("1"), change, at(seq))
                .await
                .unwrap();
        }
    };
    tokio::join!(write(&one, "one"), write(&two, "two"));
    let entries = one
        .progress(rules())
        .entries(&viewer("anna"), &[title("1")])
        .await
        .unwrap();
    let mut marks: Vec<_> = entries[0].sessions.marks().iter().map(|mark| mark.seq).collect();
    marks.sort_unstable();
    assert_eq!(marks, [100, 100], "neither overwrote the other");
}

#[tokio::test]
async fn a_closed_database_says_so() {
    let place = Place::new();
    let database = place.open().await;
    let progress = database.progress(rules());
    database.close().await;
    let error = watch(&progress, 100).await.unwrap_err();
    assert!(matches!(cause(&error), Some(SqlError::Closed)));
}

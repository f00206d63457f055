//! Opening, closing, and what is in the way.

use std::{
    fs,
    os::unix::fs::{FileExt, PermissionsExt},
};

use flaskflix_core::progress::ProgressStore;
use flaskflix_storage::sql::{MovieData, SqlError, SqliteDatabase, SqliteOptions};
use futures_util::future::join_all;

use super::{Place, at, position, rules, viewer, watch};

async fn names(database: &SqliteDatabase, kind: &str) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = ? AND name NOT LIKE 'sqlite_auto%' ORDER BY name",
    )
    .bind(kind)
    .fetch_all(database.reader())
    .await
    .unwrap()
}

#[tokio::test]
async fn the_tables_and_indexes_are_these() {
    let place = Place::new();
    let database = place.open().await;
    assert_eq!(
        names(&database, "table").await,
        [
            "_flaskflix_migrations",
            "flaskflix_index_records",
            "flaskflix_settings",
            "movies",
            "sqlite_sequence",
            "watch_progress"
        ]
    );
    assert_eq!(
        names(&database, "index").await,
        [
            "flaskflix_index_records_used",
            "movies_newest",
            "watch_progress_row",
            "watch_progress_title"
        ]
    );
}

#[tokio::test]
async fn a_new_database_is_its_owners_alone() {
    let place = Place::new();
    let database = place.open().await;
    let _ = watch(&database.progress(rules()), 100).await.unwrap();
    let mut files = 0;
    for file in fs::read_dir(place.dir.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
        files += 1;
    }
    assert_eq!(files, 3, "the file, its log and the log's index");
}

#[tokio::test]
async fn connections_are_set_up_for_durability() {
    let place = Place::new();
    let database = place.open().await;
    #[rustfmt::skip]
    let table = [
        ("PRAGMA journal_mode",   "wal",  "wal"),
        ("PRAGMA synchronous",    "2",    "2"),
        ("PRAGMA foreign_keys",   "1",    "1"),
        ("PRAGMA trusted_schema", "0",    "0"),
        ("PRAGMA busy_timeout",   "2000", "2000"),
        ("PRAGMA query_only",     "0",    "1"),
    ];
    for (pragma, of_writer, of_reader) in table {
        for (pool, wanted) in [(database.writer(), of_writer), (database.reader(), of_reader)] {
            let row = sqlx::query(pragma).fetch_one(pool).await.unwrap();
            let value = sqlx::Row::try_get_unchecked::<String, _>(&row, 0).unwrap();
            assert_eq!(value, wanted, "{pragma}");
        }
    }
    assert_eq!(database.writer().options().get_max_connections(), 1);
    let refused = sqlx::query("DELETE FROM movies").execute(database.reader()).await;
    assert!(matches!(
        SqlError::from(refused.unwrap_err()),
        SqlError::ReadOnly(_)
    ));
}

#[tokio::test]
async fn opening_again_changes_nothing() {
    let place = Place::new();
    let database = place.open().await;
    let _ = watch(&database.progress(rules()), 100).await.unwrap();
    database.close().await;
    for _ in 0..2 {
        let database = place.open().await;
        database.check().await.unwrap();
        assert!(position(&database.progress(rules())).await.is_some());
        let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM _flaskflix_migrations")
            .fetch_one(database.reader())
            .await
            .unwrap();
        assert_eq!(applied, 2);
        database.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_open_a_new_database_at_once() {
    let place = Place::new();
    let path = place.path();
    let opened = (0..8).map(|_| {
        let path = path.clone();
        tokio::spawn(async move {
            let database = SqliteDatabase::open(path, SqliteOptions::default()).await?;
            let film = MovieData {
                title: "A".into(),
                ..MovieData::default()
            };
            database.movies().insert(&film, at(1)).await
        })
    });
    for inserted in join_all(opened).await {
        inserted.unwrap().unwrap();
    }
    assert_eq!(place.open().await.movies().count(None).await.unwrap(), 8);
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let place = Place::new();
    let folder = place.dir.path().join("missing");
    let error = SqliteDatabase::open(folder.join("a.db"), SqliteOptions::default())
        .await
        .unwrap_err();
    assert!(matches!(&error, SqlError::NoFolder { folder: named } if *named == folder));
}

#[tokio::test]
async fn a_folder_is_no_database() {
    let place = Place::new();
    let error = SqliteDatabase::open(place.dir.path(), SqliteOptions::default())
        .await
        .unwrap_err();
    assert!(matches!(error, SqlError::File { .. }), "{error:?}");
}

#[tokio::test]
async fn another_file_is_left_alone() {
    let place = Place::new();
    let text = "These are my notes, and no database. ".repeat(100);
    fs::write(place.path(), &text).unwrap();
    let error = place.try_open(SqliteOptions::default()).await.unwrap_err();
    assert!(matches!(error, SqlError::NotADatabase), "{error:?}");
    assert_eq!(fs::read_to_string(place.path()).unwrap(), text);
}

#[tokio::test]
async fn a_damaged_database_is_named() {
    let place = Place::new();
    place.open().await.close().await;
    // The first page, behind the header: the list of the tables.
    let file = fs::OpenOptions::new().write(true).open(place.path()).unwrap();
    file.write_all_at(&[0xa5; 3000], 100).unwrap();
    let error = place.try_open(SqliteOptions::default()).await.unwrap_err();
    assert!(matches!(error, SqlError::Damaged(_)), "{error:?}");
}

#[tokio::test]
async fn a_newer_database_is_refused_with_both_versions() {
    let place = Place::new();
    let database = place.open().await;
    sqlx::query(
        "INSERT INTO _flaskflix_migrations (version, description, success, checksum, execution_time) \
         VALUES (907, 'from the future', TRUE, x'00', 0)",
    )
    .execute(database.writer())
    .await
    .unwrap();
    database.close().await;
    let error = place.try_open(SqliteOptions::default()).await.unwrap_err();
    assert!(
        matches!(error, SqlError::Newer { database: 907, program } if program > 0),
        "{error:?}"
    );
    assert!(error.to_string().contains("907"));
}

#[tokio::test]
async fn tables_that_were_made_otherwise_are_refused() {
    let place = Place::new();
    let database = place.open().await;
    sqlx::query("UPDATE _flaskflix_migrations SET checksum = x'00'")
        .execute(database.writer())
        .await
        .unwrap();
    database.close().await;
    let error = place.try_open(SqliteOptions::default()).await.unwrap_err();
    assert!(matches!(error, SqlError::Migration(_)), "{error:?}");
}

#[tokio::test]
async fn a_file_that_was_removed_is_not_ready() {
    let place = Place::new();
    let database = place.open().await;
    database.check().await.unwrap();
    fs::remove_file(place.path()).unwrap();
    assert!(matches!(database.check().await, Err(SqlError::Replaced)));
    fs::write(place.path(), "").unwrap();
    assert!(matches!(database.check().await, Err(SqlError::Replaced)));
}

#[tokio::test]
async fn closing_writes_what_waits_and_then_everything_is_refused() {
    let place = Place::new();
    let database = place.open().await;
    let progress = database.progress(rules());
    let mut waiting = Box::pin(watch(&progress, 100));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    let other = database.clone();
    tokio::join!(database.close(), other.close());
    assert!(waiting.await.unwrap().is_some());

    assert!(watch(&progress, 200).await.is_err());
    assert!(watch(&database.progress(rules()), 200).await.is_err());
    assert!(progress.entries(&viewer("anna"), &[]).await.unwrap().is_empty());
    assert!(
        progress
            .continue_watching(&viewer("anna"), None, 1)
            .await
            .is_err()
    );
    assert!(matches!(database.check().await, Err(SqlError::Closed)));
    assert!(matches!(
        database.movies().count(None).await,
        Err(SqlError::Closed)
    ));
    database.close().await;

    let left: Vec<_> = fs::read_dir(place.dir.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "the log is in the file: {left:?}");
    let database = place.open().await;
    assert!(position(&database.progress(rules())).await.is_some());
}

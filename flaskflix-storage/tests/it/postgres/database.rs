//! The contracts, opening and migrating, and the way through a pooler.

use std::sync::Arc;

use flaskflix_core::{catalog::Catalog, progress::ProgressStore, testing};
use flaskflix_storage::{
    sql::{MovieData, MovieStore, PostgresDatabase, PostgresOptions, SqlError},
    testing::{PrivatePgBouncer, movies},
};
use futures_util::future::join_all;

use super::{at, eventually, numbered, open, place, rules, server, title, viewer};

async fn names(database: &PostgresDatabase, sql: &'static str) -> Vec<String> {
    sqlx::query_scalar(sql).fetch_all(database.pool()).await.unwrap()
}

#[tokio::test]
async fn the_tables_and_indexes_are_these() {
    let Some(url) = place() else { return };
    let database = open(&url).await;
    let tables = "SELECT tablename::TEXT FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
    assert_eq!(
        names(&database, tables).await,
        [
            "_flaskflix_migrations",
            "flaskflix_index_records",
            "flaskflix_settings",
            "movies",
            "watch_progress"
        ]
    );
    let indexes = "SELECT indexname::TEXT FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1";
    assert_eq!(
        names(&database, indexes).await,
        [
            "_flaskflix_migrations_pkey",
            "flaskflix_index_records_key_key",
            "flaskflix_index_records_pkey",
            "flaskflix_index_records_used",
            "flaskflix_settings_pkey",
            "movies_newest",
            "movies_pkey",
            "watch_progress_pkey",
            "watch_progress_row",
            "watch_progress_title"
        ]
    );
}

/// What the suites check, on one database.
async fn keeps_the_contracts(database: &PostgresDatabase) {
    movies::conformance(&database.movies()).await;
    let movies = database.movies();
    let film = MovieData {
        title: "A".into(),
        video_url: Some("a.mp4".into()),
        ..MovieData::default()
    };
    let id = movies.insert(&film, at(1)).await.unwrap();
    let known = movies.title(&title(&id.to_string())).await.unwrap();
    let known = Arc::unwrap_or_clone(known.unwrap());
    testing::catalog::conformance(&movies, &[known]).await;
    testing::index_records::conformance(&database.indexes(64 << 20)).await;
    testing::progress::conformance(&database.progress(rules())).await;
    database.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_keeps_the_contracts() {
    let Some(url) = place() else { return };
    keeps_the_contracts(&open(&url).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_behind_a_transaction_pooler_keeps_the_contracts() {
    let Some(server) = server() else { return };
    // Two connections for sixteen: nobody meets the same one twice.
    let Some(pooler) = PrivatePgBouncer::start(server, 2).unwrap() else {
        return;
    };
    let url = pooler.url(&server.create_database().unwrap());
    let options = PostgresOptions::default().transaction_pooler(true);
    let database = PostgresDatabase::open(&url, options.clone()).await.unwrap();
    keeps_the_contracts(&database).await;
    let movies = database.movies();
    let counts = (0..64).map(|_| movies.count(None));
    for count in join_all(counts).await {
        count.unwrap();
    }
}

#[tokio::test]
async fn opening_again_changes_nothing() {
    let Some(url) = place() else { return };
    let database = open(&url).await;
    let progress = database.progress(rules());
    let change = numbered(100, "a", 1);
    progress
        .change(&viewer("anna"), &title("1"), change, at(1))
        .await
        .unwrap();
    database.close().await;
    assert!(matches!(database.check().await, Err(SqlError::Closed)));
    let database = open(&url).await;
    assert_eq!(super::stored(&database.progress(rules()), "a").await, 1);
    let applied = names(&database, "SELECT version::TEXT FROM _flaskflix_migrations").await;
    assert_eq!(applied, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_open_a_new_database_at_once() {
    let Some(url) = place() else { return };
    let opened = (0..8).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { PostgresDatabase::open(&url, PostgresOptions::default()).await })
    });
    for database in join_all(opened).await {
        database.unwrap().unwrap().check().await.unwrap();
    }
}

#[tokio::test]
async fn a_newer_database_is_refused_with_both_versions() {
    let Some(url) = place() else { return };
    let database = open(&url).await;
    sqlx::query(
        "INSERT INTO _flaskflix_migrations (version, description, success, checksum, execution_time) \
         VALUES (907, 'from the future', TRUE, '\\x00', 0)",
    )
    .execute(database.pool())
    .await
    .unwrap();
    let error = PostgresDatabase::open(&url, PostgresOptions::default())
        .await
        .unwrap_err();
    assert!(matches!(error, SqlError::Newer { database: 907, program } if program > 0));
}

#[tokio::test]
async fn tables_that_were_made_otherwise_are_refused() {
    let Some(url) = place() else { return };
    sqlx::query("UPDATE _flaskflix_migrations SET checksum = '\\x00'")
        .execute(open(&url).await.pool())
        .await
        .unwrap();
    let error = PostgresDatabase::open(&url, PostgresOptions::default())
        .await
        .unwrap_err();
    assert!(matches!(error, SqlError::Migration(_)), "{error:?}");
}

#[tokio::test]
async fn what_is_wrong_with_a_url_is_named_without_its_password() {
    let Some(server) = server() else { return };
    let open = async |url: &str| {
        let error = PostgresDatabase::open(url, PostgresOptions::default()).await;
        let error = error.unwrap_err();
        assert!(!format!("{error:?} {error}").contains("s3cret"), "{error:?}");
        error
    };
    for url in [
        "",
        "what?",
        "postgres://u:s3cret@host:port/db",
        "mysql://u:s3cret@host",
    ] {
        assert!(
            matches!(open(url).await, SqlError::Url(_) | SqlError::Away(_)),
            "{url}"
        );
    }
    let port = server.port();
    let missing = open(&format!("postgres://flaskflix:s3cret@127.0.0.1:{port}/missing")).await;
    assert!(matches!(missing, SqlError::Refused(_)), "{missing:?}");
    let nobody = open("postgres://flaskflix:s3cret@127.0.0.1:1/missing").await;
    assert!(matches!(nobody, SqlError::Away(_)), "{nobody:?}");
}

#[tokio::test]
async fn an_edit_on_another_node_is_seen_soon() {
    let Some(url) = place() else { return };
    let (here, there) = (open(&url).await.movies(), open(&url).await.movies());
    let film = |name: &str| MovieData {
        title: name.into(),
        video_url: Some("a.mp4".into()),
        ..MovieData::default()
    };
    let id = here.insert(&film("old"), at(1)).await.unwrap();
    let name = async || {
        let title = here.title(&title("1")).await;
        title.unwrap().unwrap().name.clone()
    };
    assert_eq!(name().await, "old");
    let begin = std::time::Instant::now();
    there.update(id, &film("new"), at(2)).await.unwrap();
    eventually("the edit", async || name().await == "new").await;
    // The bound is a second; the rest is for a busy machine.
    assert!(begin.elapsed().as_secs() < 5);
}

#[tokio::test]
async fn pages_of_the_row_and_batches_use_their_indexes() {
    let Some(url) = place() else { return };
    let database = open(&url).await;
    sqlx::raw_sql(
        "INSERT INTO watch_progress SELECT 'v' || n / 20, 't' || n % 20, 1, 1, FALSE, n, NULL, 0, NULL, NULL, '', n, 1 \
         FROM generate_series(1, 10000) AS n; ANALYZE watch_progress",
    )
    .execute(database.pool())
    .await
    .unwrap();
    let plan = names(
        &database,
        "EXPLAIN SELECT * FROM watch_progress WHERE viewer = 'v7' AND row_at IS NOT NULL \
         AND (row_at, title) < (150, '') ORDER BY row_at DESC, title DESC LIMIT 20",
    )
    .await
    .join("\n");
    assert!(plan.contains("Index Scan using watch_progress_row"), "{plan}");
    assert!(!plan.contains("Sort"), "{plan}");
    let keys: Vec<String> = (0..200).map(|n| format!("v{n}")).collect();
    let plan: Vec<String> = sqlx::query_scalar(
        "EXPLAIN SELECT stored.* FROM UNNEST($1::TEXT[], $1::TEXT[]) AS wanted (viewer, title) \
         CROSS JOIN LATERAL (SELECT * FROM watch_progress \
         WHERE watch_progress.viewer = wanted.viewer AND watch_progress.title = wanted.title FOR UPDATE) AS stored",
    )
    .bind(keys)
    .fetch_all(database.pool())
    .await
    .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("Index Scan using watch_progress_pkey"), "{plan}");
}

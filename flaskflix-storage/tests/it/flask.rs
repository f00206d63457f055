//! From the tables of the Flask application that this library takes the place of.

#[cfg(feature = "postgres")]
use std::slice;
use std::time::{Duration, Instant};

use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{ProgressStore, Rules},
    time::UnixMillis,
};
use flaskflix_storage::sql::{MovieData, MovieStore};

/// What the application had before its streaming, and the statements that brought it there, as they stand in its manual but
/// for two things: `current_time` in quotes, without which PostgreSQL refuses the table, and the key of SQLite.
const TABLES: &str = "
CREATE TABLE users (id {key}, name VARCHAR(80));
CREATE TABLE movies (id {key}, title VARCHAR(200) NOT NULL);
ALTER TABLE movies ADD COLUMN video_url VARCHAR(500);
ALTER TABLE movies ADD COLUMN hls_url VARCHAR(500);
ALTER TABLE movies ADD COLUMN quality_variants TEXT;
ALTER TABLE movies ADD COLUMN duration_seconds INTEGER;

CREATE TABLE watch_progress (
    id {key},
    user_id INTEGER NOT NULL REFERENCES users(id),
    movie_id INTEGER NOT NULL REFERENCES movies(id),
    \"current_time\" FLOAT DEFAULT 0,
    total_duration FLOAT DEFAULT 0,
    last_watched_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    UNIQUE(user_id, movie_id)
);
INSERT INTO users VALUES (3, 'anna'), (4, 'ben');
INSERT INTO movies VALUES (7, 'Nosferatu', 'nosferatu.mp4', '', NULL, 5640),
    (9, 'Metropolis', NULL, NULL, '360p:m/360.mp4,720p:m/720.mp4', NULL);
INSERT INTO watch_progress (user_id, movie_id, \"current_time\", total_duration, last_watched_at) VALUES
    (3, 7, 1234.5678, 5640, '2024-05-06 07:08:09'),
    (3, 9, 9000, 8999.5, '2024-05-06 07:08:10'),
    (4, 7, -5, 5640, '2024-05-06 07:08:09'),
    (4, 9, 1e300, NULL, NULL);
";

/// What stands in our tables afterwards.
async fn is_imported(movies: &dyn MovieStore, progress: &dyn ProgressStore) {
    let film = movies.movie(7).await.unwrap().unwrap();
    assert_eq!((&*film.title, film.duration_seconds), ("Nosferatu", Some(5640)));
    assert_eq!(
        (film.video_url.as_deref(), film.hls_url),
        (Some("nosferatu.mp4"), None)
    );
    assert_eq!(movies.count(Some("METRO")).await.unwrap(), 1);
    for id in ["7", "9"] {
        assert!(
            movies
                .title(&TitleId::parse(id).unwrap())
                .await
                .unwrap()
                .is_some()
        );
    }
    let next = MovieData {
        title: "Next".into(),
        ..MovieData::default()
    };
    let next = movies.insert(&next, UnixMillis::from_millis(1)).await.unwrap();
    assert!(next > 9, "{next}");

    let viewer = |id| ViewerId::parse(id).unwrap();
    let titles = ["7", "9"].map(|id| TitleId::parse(id).unwrap());
    let mut entries = progress.entries(&viewer("u3"), &titles).await.unwrap();
    entries.sort_unstable_by(|a, b| a.title.cmp(&b.title));
    let [half, whole] = <[_; 2]>::try_from(entries).unwrap();
    assert_eq!(half.position, Duration::from_millis(1_234_568));
    assert_eq!(half.duration, Duration::from_secs(5640));
    assert_eq!(half.activity_at, UnixMillis::from_millis(1_714_979_289_000));
    assert!(!half.is_completed() && !half.finished);
    assert_eq!(
        whole.position,
        Duration::from_millis(8_999_500),
        "not behind the end"
    );
    assert!(whole.is_completed() && whole.finished && whole.plays == 1);
    assert!(progress.entries(&viewer("u4"), &titles).await.unwrap().is_empty());
    // The row is derived in the background.
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let row = progress.continue_watching(&viewer("u3"), None, 10).await.unwrap();
        if let [entry] = &*row {
            assert_eq!(entry.title, titles[0]);
            break;
        }
        assert!(Instant::now() < deadline, "{row:?}");
        tokio::task::yield_now().await;
    }
}

#[cfg(all(feature = "postgres", target_os = "linux"))]
#[tokio::test]
async fn tables_in_postgres_are_imported() {
    use flaskflix_storage::sql::{PostgresDatabase, PostgresOptions};
    use sqlx::{AssertSqlSafe, Connection, PgConnection};

    let Some(url) = crate::postgres::place() else {
        return;
    };
    let mut theirs = PgConnection::connect(&url).await.unwrap();
    let tables = TABLES.replace("{key}", "SERIAL PRIMARY KEY");
    for sql in [
        &*tables,
        // SQLite has neither.
        "INSERT INTO users VALUES (5, 'carl'); INSERT INTO watch_progress (user_id, movie_id, \"current_time\") \
         VALUES (5, 7, 'NaN'), (5, 9, '-Infinity')",
        "CREATE SCHEMA flask; ALTER TABLE watch_progress SET SCHEMA flask; ALTER TABLE movies SET SCHEMA flask; \
         ALTER TABLE users SET SCHEMA flask",
    ] {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut theirs)
            .await
            .unwrap();
    }
    let database = PostgresDatabase::open(&url, PostgresOptions::default())
        .await
        .unwrap();
    // A node has run before, with the same rules.
    let before = database.progress(Rules::default());
    let stamped = "SELECT count(*) FROM flaskflix_settings WHERE name = 'row_rules'";
    crate::postgres::eventually("a row by these rules", async || {
        let stamps: i64 = sqlx::query_scalar(stamped).fetch_one(&mut theirs).await.unwrap();
        stamps == 1
    })
    .await;
    drop(before);
    sqlx::raw_sql(include_str!("../../migrations/import/flask_postgres.sql"))
        .execute(&mut theirs)
        .await
        .unwrap();
    let progress = database.progress(Rules::default());
    is_imported(&database.movies(), &progress).await;
    let carl = ViewerId::parse("u5").unwrap();
    let film = TitleId::parse("7").unwrap();
    assert!(
        progress
            .entries(&carl, slice::from_ref(&film))
            .await
            .unwrap()
            .is_empty()
    );
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn tables_in_sqlite_are_imported() {
    use flaskflix_storage::sql::{SqliteDatabase, SqliteOptions};
    use sqlx::{AssertSqlSafe, ConnectOptions, sqlite::SqliteConnectOptions};

    let folder = tempfile::tempdir().unwrap();
    let [theirs, ours] = ["flask.db", "flaskflix.db"].map(|name| folder.path().join(name));
    let connect = |path| SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let tables = TABLES.replace("{key}", "INTEGER PRIMARY KEY");
    let mut flask = connect(&theirs).connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(tables))
        .execute(&mut flask)
        .await
        .unwrap();
    let database = SqliteDatabase::open(&ours, SqliteOptions::default())
        .await
        .unwrap();
    let mut import = connect(&ours).connect().await.unwrap();
    let attach = format!("ATTACH '{}' AS flask", theirs.display());
    sqlx::raw_sql(AssertSqlSafe(attach))
        .execute(&mut import)
        .await
        .unwrap();
    sqlx::raw_sql(include_str!("../../migrations/import/flask_sqlite.sql"))
        .execute(&mut import)
        .await
        .unwrap();
    is_imported(&database.movies(), &database.progress(Rules::default())).await;
}

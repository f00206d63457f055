//! From an older database, or none, to the tables of a program.
//!
//! Not sqlx's own runner, which prepares statements under names that stay with the connection: behind a pooler that is
//! another client's connection a moment later. The table in which it is noted what has run is the same.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, migrate::Migration};
use tokio::time::timeout;

use super::link::Link;
use crate::sql::{
    SqlError,
    migrations::{File, migrator, refuse_newer},
};

/// Runs what is missing of our own tables.
pub(super) async fn run(link: &Link) -> Result<(), SqlError> {
    run_files(link, "_flaskflix_migrations", &FILES).await
}

/// Runs what is missing. One transaction for all of it, under a lock: a database is either at its old version or at this
/// program's, and of several programs that open it at once, one works and the others wait.
pub(super) async fn run_files(link: &Link, table: &'static str, files: &[File]) -> Result<(), SqlError> {
    let mut connection = link.connect().await?;
    timeout(TIME_LIMIT, migrate(&mut connection, table, files))
        .await
        // The connection is dropped, and with it the transaction.
        .unwrap_or_else(|_| Err(SqlError::away("the tables were not brought up to date in time")))?;
    let _ = timeout(Duration::from_secs(1), connection.close()).await;
    Ok(())
}

async fn migrate(connection: &mut PgConnection, table: &'static str, files: &[File]) -> Result<(), SqlError> {
    let millis = TIME_LIMIT.as_millis();
    let begin = AssertSqlSafe(format!(
        "BEGIN; SET LOCAL statement_timeout = {millis}; SET LOCAL lock_timeout = {millis}; \
         SET LOCAL idle_in_transaction_session_timeout = {millis}; SET LOCAL synchronous_commit = on; \
         SELECT pg_advisory_xact_lock(hashtextextended('{table}', 0)); \
         CREATE TABLE IF NOT EXISTS {table} (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
         installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, \
         execution_time BIGINT NOT NULL)"
    ));
    let mut transaction = connection.begin_with(begin).await.map_err(SqlError::of_server)?;
    let select = AssertSqlSafe(format!("SELECT version, checksum FROM {table} ORDER BY version"));
    let applied: Vec<(i64, Vec<u8>)> = sqlx::query_as(select)
        .persistent(false)
        .fetch_all(&mut *transaction)
        .await
        .map_err(SqlError::of_server)?;
    let migrator = migrator(files);
    refuse_newer(applied.last().map(|&(version, _)| version), &migrator)?;
    for migration in migrator.iter() {
        match applied.iter().find(|(version, _)| *version == migration.version) {
            Some((_, checksum)) if *checksum == *migration.checksum => {}
            Some(_) => return Err(SqlError::Migration(other_text(migration.version).into())),
            None => apply(&mut transaction, table, migration).await?,
        }
    }
    transaction.commit().await.map_err(SqlError::of_server)
}

async fn apply(
    connection: &mut PgConnection,
    table: &'static str,
    migration: &Migration,
) -> Result<(), SqlError> {
    let failed = |error: sqlx::Error| match SqlError::of_server(error) {
        SqlError::Failed(cause) => SqlError::Migration(cause),
        other => other,
    };
    connection
        .execute(sqlx::raw_sql(migration.sql.clone()))
        .await
        .map_err(failed)?;
    let insert = AssertSqlSafe(format!(
        "INSERT INTO {table} (version, description, success, checksum, execution_time) VALUES ($1, $2, TRUE, $3, -1)"
    ));
    sqlx::query(insert)
        .bind(migration.version)
        .bind(&*migration.description)
        .bind(&*migration.checksum)
        .persistent(false)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

fn other_text(version: i64) -> String {
    format!("migration {version} was run with another text than this program's")
}

/// How long the whole of it may take, the wait for another program that does the same included.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The files of `migrations/postgres`, listed here so that a new one is compiled in without a macro that needs to be told.
const FILES: [File; 1] = [(
    1,
    "movies, progress and index records",
    include_str!("../../../migrations/postgres/0001_movies_progress_and_index_records.sql"),
)];

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_migration_file_is_compiled_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
            .collect();
        files.sort_unstable();
        let mut compiled: Vec<_> = FILES.iter().map(|(_, _, sql)| *sql).collect();
        compiled.sort_unstable();
        assert_eq!(files, compiled);
    }
}

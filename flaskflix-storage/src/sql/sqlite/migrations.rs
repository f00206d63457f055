//! From an older database, or none, to the tables of this program.

use sqlx::{Connection, SqliteConnection};

use crate::sql::{
    SqlError,
    migrations::{File, migrator, refuse_newer},
};

/// Runs what is missing. One transaction for all of it: a database is either at its old version or at this program's, and
/// of two programs that open it at once, one waits for the other.
pub(super) async fn run(connection: &mut SqliteConnection) -> Result<(), SqlError> {
    let migrator = migrator(&FILES);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    refuse_newer(newest(&mut transaction).await?, &migrator)?;
    // Not `run`: the future of a generic `Acquire` is not `Send` in a task.
    migrator
        .run_direct(None, &mut *transaction, false)
        .await
        .map_err(|error| SqlError::Migration(error.into()))?;
    transaction.commit().await?;
    Ok(())
}

async fn newest(connection: &mut SqliteConnection) -> Result<Option<i64>, SqlError> {
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_flaskflix_migrations'")
            .fetch_one(&mut *connection)
            .await?;
    if tables == 0 {
        return Ok(None);
    }
    Ok(
        sqlx::query_scalar("SELECT max(version) FROM _flaskflix_migrations")
            .fetch_one(connection)
            .await?,
    )
}

/// The files of `migrations/sqlite`, listed here so that a new one is compiled in without a macro that needs to be told.
const FILES: [File; 2] = [
    (
        1,
        "movies and progress",
        include_str!("../../../migrations/sqlite/0001_movies_and_progress.sql"),
    ),
    (
        2,
        "index records",
        include_str!("../../../migrations/sqlite/0002_index_records.sql"),
    ),
];

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_migration_file_is_compiled_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
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

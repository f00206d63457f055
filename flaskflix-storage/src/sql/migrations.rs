//! From an older database, or none, to the tables of this program.

use sqlx::{
    Connection, SqlSafeStr, SqliteConnection,
    migrate::{Migration, MigrationType, Migrator},
};

use super::SqlError;

/// Runs what is missing. One transaction for all of it: a database is either at its old version or at this program's, and
/// of two programs that open it at once, one waits for the other.
pub(super) async fn run(connection: &mut SqliteConnection) -> Result<(), SqlError> {
    let migrator = migrator();
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    refuse_newer(&mut transaction, &migrator).await?;
    // Not `run`: the future of a generic `Acquire` is not `Send` in a task.
    migrator
        .run_direct(None, &mut *transaction, false)
        .await
        .map_err(|error| SqlError::Migration(error.into()))?;
    transaction.commit().await?;
    Ok(())
}

async fn refuse_newer(connection: &mut SqliteConnection, migrator: &Migrator) -> Result<(), SqlError> {
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_flaskflix_migrations'")
            .fetch_one(&mut *connection)
            .await?;
    if tables == 0 {
        return Ok(());
    }
    let database: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _flaskflix_migrations")
        .fetch_one(connection)
        .await?;
    let database = database.unwrap_or(0);
    let program = migrator
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0);
    if database > program {
        return Err(SqlError::Newer { database, program });
    }
    Ok(())
}

fn migrator() -> Migrator {
    let migrations = FILES
        .iter()
        .map(|&(version, description, sql)| {
            Migration::new(
                version,
                description.into(),
                MigrationType::Simple,
                sql.into_sql_str(),
                false,
            )
        })
        .collect();
    let mut migrator = Migrator::with_migrations(migrations);
    // Applications keep tables of their own in the same file, with migrations of their own.
    migrator.dangerous_set_table_name("_flaskflix_migrations");
    migrator
}

/// The files of `migrations/sqlite`, listed here so that a new one is compiled in without a macro that needs to be told.
const FILES: [(i64, &str, &str); 2] = [
    (
        1,
        "movies and progress",
        include_str!("../../migrations/sqlite/0001_movies_and_progress.sql"),
    ),
    (
        2,
        "index records",
        include_str!("../../migrations/sqlite/0002_index_records.sql"),
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

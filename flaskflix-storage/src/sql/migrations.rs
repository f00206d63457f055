//! What the migrations of both databases have in common.

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

use super::SqlError;

/// A file of migrations: its version, what it is about, its text.
pub(super) type File = (i64, &'static str, &'static str);

/// Where it is noted which migrations have run. Applications keep tables of their own in the same database, with migrations
/// of their own.
const TABLE: &str = "_flaskflix_migrations";

/// What runs the files. It takes no lock: the caller has one.
pub(super) fn migrator(files: &[File]) -> Migrator {
    let migrations = files
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
    migrator.dangerous_set_table_name(TABLE);
    migrator.set_locking(false);
    migrator
}

/// Refuses a database that a newer program has changed. `newest` is the newest migration that it has seen.
pub(super) fn refuse_newer(newest: Option<i64>, migrator: &Migrator) -> Result<(), SqlError> {
    let program = migrator
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0);
    match newest {
        Some(database) if database > program => Err(SqlError::Newer { database, program }),
        _ => Ok(()),
    }
}

//! The server's own tables, beside those of the library in the same file.

use flaskflix_storage::sql::SqliteDatabase;
use sqlx::{
    SqlSafeStr as _,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

/// Brings the tables up to date. Does nothing when they are.
///
/// # Errors
/// When the file was written by a newer version of the program, or the database fails.
pub(crate) async fn migrate(database: &SqliteDatabase) -> Result<(), MigrateError> {
    let steps = STEPS.iter().map(|(version, description, sql)| {
        let kind = MigrationType::Simple;
        Migration::new(*version, (*description).into(), kind, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(steps.collect());
    migrator.dangerous_set_table_name("_flaskflix_server_migrations");
    migrator.run(database.writer()).await
}

/// Version, description, SQL. A step that was published is never changed: add another.
const STEPS: &[(i64, &str, &str)] = &[(1, "accounts", include_str!("../../migrations/0001_accounts.sql"))];

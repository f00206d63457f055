//! The server's own tables, beside those of the library in the same database.

use std::error::Error;

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

use super::Database;

/// Brings the tables up to date. Does nothing when they are. Of two servers that begin at once one waits for the other.
///
/// # Errors
/// When the database was written by a newer version of the program, or fails.
pub(super) async fn run(database: &Database) -> Result<(), Box<dyn Error + Send + Sync>> {
    match database {
        Database::Sqlite(database) => {
            let mut change = database.writer().begin_with("BEGIN IMMEDIATE").await?;
            migrator(SQLITE).run_direct(None, &mut *change, false).await?;
            change.commit().await?;
        }
        Database::Postgres(postgres) => postgres.database.migrate(TABLE, POSTGRES).await?,
    }
    Ok(())
}

fn migrator(steps: &[Step]) -> Migrator {
    let steps = steps.iter().map(|(version, description, sql)| {
        let kind = MigrationType::Simple;
        Migration::new(*version, (*description).into(), kind, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(steps.collect());
    migrator.dangerous_set_table_name(TABLE);
    migrator
}

/// Where it is noted what has been done.
const TABLE: &str = "_flaskflix_server_migrations";

/// Version, description, SQL. A step that was published is never changed: add another, to both.
type Step = (i64, &'static str, &'static str);

const SQLITE: &[Step] = &[(
    1,
    "accounts",
    include_str!("../../migrations/sqlite/0001_accounts.sql"),
)];

const POSTGRES: &[Step] = &[(
    1,
    "accounts",
    include_str!("../../migrations/postgres/0001_accounts.sql"),
)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_databases_go_through_the_same_steps() {
        let names = |steps: &[Step]| -> Vec<_> { steps.iter().map(|step| (step.0, step.1)).collect() };
        assert_eq!(names(SQLITE), names(POSTGRES));
    }
}

//! The places in the "continue watching" row, derived again when the rules are other ones than those they were derived with.

use std::{error::Error as StdError, sync::Arc};

use flaskflix_core::progress::Rules;
use sqlx::{Connection, SqlitePool};
use tokio::sync::watch;

use super::table;
use crate::sql::{
    SqlError,
    progress::places::{PAGE_ENTRIES, UNDER_WAY, moved, stamp},
};

/// Derives the places if it must. Stops when the database closes; the next start begins anew then.
pub(super) async fn run(rules: Arc<Rules>, pool: SqlitePool, closing: watch::Receiver<bool>) {
    match derive(&rules, &pool, &closing).await {
        Ok(()) | Err(SqlError::Closed) => {}
        Err(error) => tracing::error!(
            error = &error as &dyn StdError,
            "the continue watching row still follows the old rules"
        ),
    }
}

async fn derive(rules: &Rules, pool: &SqlitePool, closing: &watch::Receiver<bool>) -> Result<(), SqlError> {
    let stamp = stamp(rules);
    if table::row_rules(pool).await?.as_deref() == Some(&*stamp) {
        return Ok(());
    }
    let mut last = (String::new(), String::new());
    while !*closing.borrow() {
        // A transaction per page: progress is written in between.
        let mut connection = pool.acquire().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let page = table::page(&mut transaction, &last, PAGE_ENTRIES).await?;
        let Some(end) = page.last() else {
            table::set_row_rules(&mut transaction, &stamp).await?;
            transaction.commit().await?;
            return Ok(());
        };
        last = (end.viewer.clone(), end.title.clone());
        let moved = moved(rules, page);
        table::set_row_rules(&mut transaction, UNDER_WAY).await?;
        table::write(&mut transaction, rules, &moved).await?;
        transaction.commit().await?;
    }
    Ok(())
}

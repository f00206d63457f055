//! One batch of changes: one transaction.

use flaskflix_core::progress::Rules;
use sqlx::{Connection, SqlitePool};

use super::table;
use crate::sql::{
    SqlError,
    progress::{
        batch::{Entries, Outcome, Request, forgotten, keys},
        writer::Table,
    },
};

/// Where batches are committed: the one connection that writes.
#[derive(Debug)]
pub(super) struct SqliteTable(pub(super) SqlitePool);

impl Table for SqliteTable {
    async fn commit(&mut self, rules: &Rules, requests: &[&Request]) -> Result<Vec<Outcome>, SqlError> {
        let mut connection = self.0.acquire().await?;
        // Immediate: the lock is taken before the entries are read, so that no other process changes them in between.
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let mut rows = table::load(&mut transaction, &keys(requests.iter().copied())).await?;
        for viewer in forgotten(requests.iter().copied()) {
            rows.extend(table::all(&mut transaction, &viewer).await?);
        }
        let mut entries = Entries::new(rows)?;
        let outcomes = requests
            .iter()
            .map(|request| entries.fulfil(rules, request))
            .collect();
        let (written, removed) = entries.changes();
        table::write(&mut transaction, rules, &written).await?;
        for entry in removed {
            table::delete(&mut transaction, &entry.viewer, &entry.title).await?;
        }
        transaction.commit().await?;
        Ok(outcomes)
    }
}

//! The statements and rows of `watch_progress`.

use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Cursor, Rules},
};
use sqlx::{AssertSqlSafe, SqliteConnection, SqliteExecutor};

use crate::{
    metrics::db_query,
    sql::{
        movie::to_column,
        progress::{
            batch::{Key, Written},
            row::{EntryRow, millis},
        },
    },
};

/// Reads the entries of these viewers and titles that exist.
pub(super) async fn load(connection: &mut SqliteConnection, keys: &[Key]) -> sqlx::Result<Vec<EntryRow>> {
    let mut rows = Vec::with_capacity(keys.len());
    for keys in groups(keys) {
        db_query("progress_load");
        let mut query = sqlx::query_as(AssertSqlSafe(load_statement(keys.len())));
        for (viewer, title) in keys {
            query = query.bind(viewer.as_str()).bind(title.as_str());
        }
        rows.extend(query.fetch_all(&mut *connection).await?);
    }
    Ok(rows)
}

fn load_statement(keys: usize) -> String {
    // CROSS JOIN keeps the order: look up each wanted key, never scan the table.
    format!(
        "WITH wanted (viewer, title) AS (VALUES {}) SELECT watch_progress.* FROM wanted CROSS JOIN watch_progress \
         ON watch_progress.viewer = wanted.viewer AND watch_progress.title = wanted.title",
        places("(?, ?)", keys),
    )
}

/// Writes these entries, new ones and known ones, whole.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    rules: &Rules,
    entries: &[Written],
) -> sqlx::Result<()> {
    for entries in groups(entries) {
        db_query("progress_write");
        let sql = format!(
            "INSERT INTO watch_progress (viewer, title, position_ms, duration_ms, finished, activity_at, completed_at, \
             plays, dismissed_at, decided_at, sessions, row_at) VALUES {} \
             ON CONFLICT (viewer, title) DO UPDATE SET position_ms = excluded.position_ms, \
             duration_ms = excluded.duration_ms, finished = excluded.finished, activity_at = excluded.activity_at, \
             completed_at = excluded.completed_at, plays = excluded.plays, dismissed_at = excluded.dismissed_at, \
             decided_at = excluded.decided_at, sessions = excluded.sessions, row_at = excluded.row_at",
            places("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", entries.len()),
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for Written { viewer, entry, .. } in entries {
            query = query
                .bind(viewer.as_str())
                .bind(entry.title.as_str())
                .bind(millis(entry.position))
                .bind(millis(entry.duration))
                .bind(entry.finished)
                .bind(to_column(entry.activity_at))
                .bind(entry.completed_at.map(to_column))
                .bind(entry.plays)
                .bind(entry.dismissed_at.map(to_column))
                .bind(entry.decided_at.map(to_column))
                .bind(entry.sessions.to_string())
                .bind(rules.row_position(entry).map(to_column));
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Deletes one entry.
pub(super) async fn delete(
    connection: &mut SqliteConnection,
    viewer: &ViewerId,
    title: &TitleId,
) -> sqlx::Result<()> {
    db_query("progress_delete");
    sqlx::query("DELETE FROM watch_progress WHERE viewer = ? AND title = ?")
        .bind(viewer.as_str())
        .bind(title.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Reads every entry of a viewer.
pub(super) async fn all(connection: &mut SqliteConnection, viewer: &ViewerId) -> sqlx::Result<Vec<EntryRow>> {
    db_query("progress_all");
    sqlx::query_as("SELECT * FROM watch_progress WHERE viewer = ?")
        .bind(viewer.as_str())
        .fetch_all(connection)
        .await
}

/// Reads the entries of one viewer for these titles.
pub(super) async fn entries(
    reader: impl SqliteExecutor<'_> + Copy,
    viewer: &ViewerId,
    titles: &[TitleId],
) -> sqlx::Result<Vec<EntryRow>> {
    let mut rows = Vec::with_capacity(titles.len());
    for titles in groups(titles) {
        db_query("progress_entries");
        let sql = format!(
            "SELECT * FROM watch_progress WHERE viewer = ? AND title IN ({})",
            places("?", titles.len()),
        );
        let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(viewer.as_str());
        for title in titles {
            query = query.bind(title.as_str());
        }
        rows.extend(query.fetch_all(reader).await?);
    }
    Ok(rows)
}

/// Reads a page of the "continue watching" row.
pub(super) async fn row(
    reader: impl SqliteExecutor<'_>,
    viewer: &ViewerId,
    after: Option<&Cursor>,
    limit: u32,
) -> sqlx::Result<Vec<EntryRow>> {
    db_query("progress_row");
    let (row_at, title) = after.map_or((i64::MAX, ""), |cursor| {
        (to_column(cursor.activity_at), cursor.title.as_str())
    });
    sqlx::query_as(ROW_PAGE)
        .bind(viewer.as_str())
        .bind(row_at)
        .bind(title)
        .bind(limit)
        .fetch_all(reader)
        .await
}

/// A page of the row, by the index `watch_progress_row`.
const ROW_PAGE: &str = "SELECT * FROM watch_progress \
     WHERE viewer = ?1 AND row_at IS NOT NULL AND (row_at, title) < (?2, ?3) \
     ORDER BY row_at DESC, title DESC LIMIT ?4";

/// Reads the entries behind a viewer and title, in the order of the table.
pub(super) async fn page(
    connection: &mut SqliteConnection,
    (viewer, title): &(String, String),
    limit: u32,
) -> sqlx::Result<Vec<EntryRow>> {
    db_query("progress_page");
    sqlx::query_as(
        "SELECT * FROM watch_progress WHERE (viewer, title) > (?, ?) ORDER BY viewer, title LIMIT ?",
    )
    .bind(viewer)
    .bind(title)
    .bind(limit)
    .fetch_all(connection)
    .await
}

/// The rules that the places in the row were derived with.
pub(super) async fn row_rules(executor: impl SqliteExecutor<'_>) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT value FROM flaskflix_settings WHERE name = 'row_rules'")
        .fetch_optional(executor)
        .await
}

pub(super) async fn set_row_rules(connection: &mut SqliteConnection, rules: &str) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO flaskflix_settings (name, value) VALUES ('row_rules', ?) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(rules)
    .execute(connection)
    .await?;
    Ok(())
}

/// Cuts a list into groups of few different sizes, so that their statements stay prepared.
fn groups<T>(mut items: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = GROUP_SIZES.into_iter().find(|&size| size <= items.len())?;
        let (group, rest) = items.split_at_checked(size)?;
        items = rest;
        Some(group)
    })
}

const GROUP_SIZES: [usize; 4] = [64, 16, 4, 1];

/// `count` places for values, with commas between them.
fn places(place: &str, count: usize) -> String {
    vec![place; count].join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{SqliteDatabase, SqliteOptions};

    /// What SQLite would do for a statement.
    async fn plan(sql: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let database = SqliteDatabase::open(path, SqliteOptions::default())
            .await
            .unwrap();
        let steps: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
                .fetch_all(database.reader())
                .await
                .unwrap();
        let steps: Vec<_> = steps.into_iter().map(|(_, _, _, detail)| detail).collect();
        steps.join("; ")
    }

    #[tokio::test]
    async fn a_page_of_the_row_is_one_range_of_its_index() {
        let plan = plan(ROW_PAGE).await;
        assert!(
            plan.contains("USING INDEX watch_progress_row (viewer=? AND row_at>? AND (row_at,title)<(?,?))"),
            "{plan}"
        );
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }

    #[tokio::test]
    async fn a_batch_looks_its_entries_up() {
        let plan = plan(&load_statement(64)).await;
        assert!(
            plan.contains("SEARCH watch_progress USING PRIMARY KEY (viewer=? AND title=?)"),
            "{plan}"
        );
    }

    #[test]
    fn groups_hold_everything_once_and_in_order() {
        for length in [0, 1, 3, 4, 5, 63, 64, 65, 500] {
            let items: Vec<usize> = (0..length).collect();
            let sizes: Vec<_> = groups(&items).map(<[_]>::len).collect();
            assert!(sizes.iter().all(|size| GROUP_SIZES.contains(size)));
            assert_eq!(groups(&items).flatten().copied().collect::<Vec<_>>(), items);
        }
    }
}

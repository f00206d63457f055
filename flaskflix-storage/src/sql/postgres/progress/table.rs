//! The statements of `watch_progress`.

use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Cursor, Rules},
};
use sqlx::PgConnection;

use super::super::link::{Link, Session};
use crate::{
    metrics::db_query,
    sql::{
        movie::to_column,
        progress::{
            batch::{Key, Removed, Written},
            row::{EntryRow, millis},
        },
    },
};

/// Locks and reads the entries of these keys that exist, in the order of the keys: that of the table.
pub(super) async fn lock(
    connection: &mut PgConnection,
    link: &Link,
    keys: &[Key],
) -> sqlx::Result<Vec<EntryRow>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    db_query("progress_lock");
    let (viewers, titles): (Vec<_>, Vec<_>) = keys
        .iter()
        .map(|(viewer, title)| (viewer.as_str(), title.as_str()))
        .unzip();
    sqlx::query_as(LOCK)
        .bind(viewers)
        .bind(titles)
        .persistent(link.prepares())
        .fetch_all(connection)
        .await
}

/// Looks every key up in the primary key, one after the other, in the order of the arrays. A plain join would be planned by the
/// table's size: up to tens of thousands of entries the server would rather read all of them, for every batch.
const LOCK: &str = "SELECT stored.* FROM UNNEST($1::TEXT[], $2::TEXT[]) AS wanted (viewer, title) \
     CROSS JOIN LATERAL (SELECT * FROM watch_progress \
     WHERE watch_progress.viewer = wanted.viewer AND watch_progress.title = wanted.title FOR UPDATE) AS stored";

/// Locks and reads every entry of these viewers, in the order of the table.
pub(super) async fn lock_all(
    connection: &mut PgConnection,
    link: &Link,
    viewers: &[ViewerId],
) -> sqlx::Result<Vec<EntryRow>> {
    db_query("progress_lock_all");
    let viewers: Vec<_> = viewers.iter().map(ViewerId::as_str).collect();
    sqlx::query_as("SELECT * FROM watch_progress WHERE viewer = ANY($1) ORDER BY viewer, title FOR UPDATE")
        .bind(viewers)
        .persistent(link.prepares())
        .fetch_all(connection)
        .await
}

/// Writes these entries, new ones and known ones, whole, in their order. Returns whether all of them were written: an entry
/// that another node has written since it was read is left alone.
pub(super) async fn write(
    connection: &mut PgConnection,
    link: &Link,
    rules: &Rules,
    entries: &[Written],
) -> sqlx::Result<bool> {
    if entries.is_empty() {
        return Ok(true);
    }
    db_query("progress_write");
    let column = |value: fn(&Written) -> i64| entries.iter().map(value).collect::<Vec<_>>();
    let optional = |value: fn(&Written) -> Option<i64>| entries.iter().map(value).collect::<Vec<_>>();
    let row_at: Vec<_> = entries
        .iter()
        .map(|written| rules.row_position(&written.entry).map(to_column))
        .collect();
    let done = sqlx::query(WRITE)
        .bind(
            entries
                .iter()
                .map(|written| written.viewer.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(
            entries
                .iter()
                .map(|written| written.entry.title.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(column(|written| millis(written.entry.position)))
        .bind(column(|written| millis(written.entry.duration)))
        .bind(
            entries
                .iter()
                .map(|written| written.entry.finished)
                .collect::<Vec<_>>(),
        )
        .bind(column(|written| to_column(written.entry.activity_at)))
        .bind(optional(|written| written.entry.completed_at.map(to_column)))
        .bind(column(|written| i64::from(written.entry.plays)))
        .bind(optional(|written| written.entry.dismissed_at.map(to_column)))
        .bind(optional(|written| written.entry.decided_at.map(to_column)))
        .bind(
            entries
                .iter()
                .map(|written| written.entry.sessions.to_string())
                .collect::<Vec<_>>(),
        )
        .bind(row_at)
        .bind(column(|written| written.revision.saturating_add(1)))
        .persistent(link.prepares())
        .execute(connection)
        .await?;
    Ok(usize::try_from(done.rows_affected()) == Ok(entries.len()))
}

/// `excluded` is what was decided on the revision before its own: on that one only it is newer. A new row has revision 1, which
/// takes the place of none.
const WRITE: &str = "INSERT INTO watch_progress AS stored (viewer, title, position_ms, duration_ms, finished, activity_at, \
     completed_at, plays, dismissed_at, decided_at, sessions, row_at, revision) \
     SELECT * FROM UNNEST($1::TEXT[], $2::TEXT[], $3::BIGINT[], $4::BIGINT[], $5::BOOLEAN[], $6::BIGINT[], $7::BIGINT[], \
     $8::BIGINT[], $9::BIGINT[], $10::BIGINT[], $11::TEXT[], $12::BIGINT[], $13::BIGINT[]) \
     ON CONFLICT (viewer, title) DO UPDATE SET position_ms = excluded.position_ms, duration_ms = excluded.duration_ms, \
     finished = excluded.finished, activity_at = excluded.activity_at, completed_at = excluded.completed_at, \
     plays = excluded.plays, dismissed_at = excluded.dismissed_at, decided_at = excluded.decided_at, \
     sessions = excluded.sessions, row_at = excluded.row_at, revision = excluded.revision \
     WHERE stored.revision = excluded.revision - 1";

/// Deletes these entries. Returns whether all of them were as they had been read.
pub(super) async fn delete(
    connection: &mut PgConnection,
    link: &Link,
    entries: &[Removed],
) -> sqlx::Result<bool> {
    if entries.is_empty() {
        return Ok(true);
    }
    db_query("progress_delete");
    let done = sqlx::query(
        "DELETE FROM watch_progress AS stored USING UNNEST($1::TEXT[], $2::TEXT[], $3::BIGINT[]) \
         AS gone (viewer, title, revision) \
         WHERE stored.viewer = gone.viewer AND stored.title = gone.title AND stored.revision = gone.revision",
    )
    .bind(
        entries
            .iter()
            .map(|removed| removed.viewer.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(
        entries
            .iter()
            .map(|removed| removed.title.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(entries.iter().map(|removed| removed.revision).collect::<Vec<_>>())
    .persistent(link.prepares())
    .execute(connection)
    .await?;
    Ok(usize::try_from(done.rows_affected()) == Ok(entries.len()))
}

/// Reads the entries of one viewer for these titles.
pub(super) async fn entries(
    session: &mut Session,
    viewer: &ViewerId,
    titles: &[TitleId],
) -> sqlx::Result<Vec<EntryRow>> {
    let titles: Vec<_> = titles.iter().map(TitleId::as_str).collect();
    sqlx::query_as("SELECT * FROM watch_progress WHERE viewer = $1 AND title = ANY($2)")
        .bind(viewer.as_str())
        .bind(titles)
        .persistent(session.prepares())
        .fetch_all(&mut **session)
        .await
}

/// Reads a page of the "continue watching" row.
pub(super) async fn row(
    session: &mut Session,
    viewer: &ViewerId,
    after: Option<&Cursor>,
    limit: u32,
) -> sqlx::Result<Vec<EntryRow>> {
    let (row_at, title) = after.map_or((i64::MAX, ""), |cursor| {
        (to_column(cursor.activity_at), cursor.title.as_str())
    });
    sqlx::query_as(ROW_PAGE)
        .bind(viewer.as_str())
        .bind(row_at)
        .bind(title)
        .bind(i64::from(limit))
        .persistent(session.prepares())
        .fetch_all(&mut **session)
        .await
}

/// A page of the row, by the index `watch_progress_row`.
const ROW_PAGE: &str = "SELECT * FROM watch_progress \
     WHERE viewer = $1 AND row_at IS NOT NULL AND (row_at, title) < ($2, $3) \
     ORDER BY row_at DESC, title DESC LIMIT $4";

/// Locks and reads the entries behind a viewer and title, in the order of the table.
pub(super) async fn page(
    session: &mut Session,
    (viewer, title): &(String, String),
    limit: u32,
) -> sqlx::Result<Vec<EntryRow>> {
    sqlx::query_as(
        "SELECT * FROM watch_progress WHERE (viewer, title) > ($1, $2) ORDER BY viewer, title LIMIT $3 FOR UPDATE",
    )
    .bind(viewer)
    .bind(title)
    .bind(i64::from(limit))
    .persistent(session.prepares())
    .fetch_all(&mut **session)
    .await
}

/// The rules that the places in the row were derived with.
pub(super) async fn row_rules(session: &mut Session) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT value FROM flaskflix_settings WHERE name = 'row_rules'")
        .persistent(session.prepares())
        .fetch_optional(&mut **session)
        .await
}

pub(super) async fn set_row_rules(session: &mut Session, rules: &str) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO flaskflix_settings (name, value) VALUES ('row_rules', $1) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(rules)
    .persistent(session.prepares())
    .execute(&mut **session)
    .await?;
    Ok(())
}

//! The places in the "continue watching" row that other rules move.

use flaskflix_core::{id::ViewerId, progress::Rules};

use super::{batch::Written, row::EntryRow};

/// What of the rules decides about the row, as text.
pub(in crate::sql) fn stamp(rules: &Rules) -> String {
    format!(
        "min_position_ms={} min_percent={} short_title_ms={}",
        rules.min_position.as_millis(),
        rules.min_percent,
        rules.short_title.as_millis()
    )
}

/// What stands in place of a stamp while the places are being derived: whatever rules the next start has, it begins anew if
/// this one is cut off.
pub(in crate::sql) const UNDER_WAY: &str = "being derived";

/// The entries of a page whose place is another one by these rules. Rows that nobody of us has written stay as they are.
pub(in crate::sql) fn moved(rules: &Rules, page: Vec<EntryRow>) -> Vec<Written> {
    page.into_iter()
        .filter_map(|row| {
            let (viewer, place, revision) = (ViewerId::parse(&row.viewer).ok()?, row.row_at(), row.revision);
            let entry = row.into_entry().ok()?;
            (rules.row_position(&entry) != place).then_some(Written {
                viewer,
                entry,
                revision,
            })
        })
        .collect()
}

/// Entries in one transaction.
pub(in crate::sql) const PAGE_ENTRIES: u32 = 500;

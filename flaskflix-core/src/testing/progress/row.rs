//! What `continue_watching` promises.

use super::someone::{Someone, moment, report, title};
use crate::{
    id::TitleId,
    progress::{Change, Cursor, ProgressStore, WatchProgress},
};

pub(super) async fn row_holds_what_can_be_resumed(store: &dyn ProgressStore) {
    const PROMISE: &str = "row_holds_what_can_be_resumed";
    let anna = Someone::new(store, PROMISE).await;
    // The last one is the only one that stays.
    let watched: [(&str, f64, f64, Option<Change>); 7] = [
        ("just opened", 59.9, 7200.0, None),
        ("watched to the end", 6840.0, 7200.0, None),
        ("short", 150.0, 299.0, None),
        ("dismissed", 100.0, 7200.0, Some(Change::Dismiss)),
        ("marked watched", 100.0, 7200.0, Some(Change::Watched)),
        ("marked unwatched", 100.0, 7200.0, Some(Change::Unwatched)),
        ("left", 125.5, 7200.0, None),
    ];
    for (name, secs, duration, decision) in watched {
        let film = title(name);
        anna.change(&film, Change::Report(report(secs, Some(duration))), moment(0))
            .await;
        if let Some(decision) = decision {
            anna.change(&film, decision, moment(1)).await;
        }
    }
    anna.change(&title("never played"), Change::Watched, moment(0))
        .await;
    assert_eq!(titles(&anna.row(None, 100).await), [title("left")], "{PROMISE}");
    // Newer activity brings the dismissed one back.
    anna.watch(&title("dismissed"), 105.0, moment(100)).await;
    let row = anna.row(None, 100).await;
    assert_eq!(titles(&row), [title("dismissed"), title("left")], "{PROMISE}");
    // What leaves the row is gone from it at once.
    anna.watch(&title("left"), 7200.0, moment(101)).await;
    assert_eq!(
        titles(&anna.row(None, 100).await),
        [title("dismissed")],
        "{PROMISE}"
    );
    anna.forget().await;
}

pub(super) async fn row_is_newest_first(store: &dyn ProgressStore) {
    const PROMISE: &str = "row_is_newest_first";
    let (anna, row) = filled(store, PROMISE).await;
    assert_eq!(titles(&anna.row(None, u32::MAX).await), row, "{PROMISE}");
    anna.forget().await;
}

pub(super) async fn pages_are_the_row_in_pieces(store: &dyn ProgressStore) {
    const PROMISE: &str = "pages_are_the_row_in_pieces";
    let (anna, row) = filled(store, PROMISE).await;
    assert_eq!(anna.row(None, 0).await, [], "{PROMISE}: a page of none");
    for limit in [1, 2, 3, 7, 100] {
        let page_len = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = anna.row(after.as_ref(), limit).await;
            assert!(page.len() <= page_len, "{PROMISE}: more than {limit}");
            let Some(last) = page.last() else { break };
            after = Some(behind(last));
            read.extend(titles(&page));
            assert!(read.len() <= row.len(), "{PROMISE}: the cursor stands still");
        }
        assert_eq!(read, row, "{PROMISE}: by {limit}");
    }
    anna.forget().await;
}

pub(super) async fn page_begins_behind_an_entry_that_is_gone(store: &dyn ProgressStore) {
    const PROMISE: &str = "page_begins_behind_an_entry_that_is_gone";
    let (anna, row) = filled(store, PROMISE).await;
    for place in 0..row.len() {
        let page = anna.row(None, 1).await;
        let Some(first) = page.first() else { break };
        anna.change(&first.title, Change::Delete, moment(100)).await;
        let rest = titles(&anna.row(Some(&behind(first)), 100).await);
        assert_eq!(Some(&rest[..]), row.get(place + 1..), "{PROMISE}");
    }
    anna.forget().await;
}

/// A viewer with entries of which many are of the same moment, and their order.
async fn filled<'a>(store: &'a dyn ProgressStore, promise: &'static str) -> (Someone<'a>, Vec<TitleId>) {
    let anna = Someone::new(store, promise).await;
    let names = [
        "1",
        "10",
        "2",
        "B",
        "a",
        "b",
        "\u{e4}",
        "\u{ff5a}",
        "\u{1f3ac}",
        "c d",
        "c",
    ];
    let mut expected = Vec::new();
    for (place, name) in names.into_iter().enumerate() {
        // Three moments, in no order.
        let at = moment([20, 0, 10].into_iter().cycle().nth(place).unwrap_or_default());
        anna.watch(&title(name), 100.0, at).await;
        expected.push((at, title(name)));
    }
    // The older first of two activities does not count.
    anna.watch(&title("a"), 200.0, moment(30)).await;
    for (at, film) in &mut expected {
        if *film == title("a") {
            *at = moment(30);
        }
    }
    expected.sort_unstable_by(|one, other| other.cmp(one));
    (anna, expected.into_iter().map(|(_, film)| film).collect())
}

fn titles(row: &[WatchProgress]) -> Vec<TitleId> {
    row.iter().map(|entry| entry.title.clone()).collect()
}

fn behind(entry: &WatchProgress) -> Cursor {
    Cursor {
        activity_at: entry.activity_at,
        title: entry.title.clone(),
    }
}

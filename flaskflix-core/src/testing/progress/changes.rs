//! What `change` and `forget` promise.

use super::someone::{Someone, moment, numbered, report, title};
use crate::{
    progress::{Change, Event, MAX_POSITION, ProgressStore, WatchProgress},
    testing::together::{Work, join_all},
    time::UnixMillis,
};

pub(super) async fn every_change_follows_the_rules(store: &dyn ProgressStore) {
    let anna = Someone::new(store, "every_change_follows_the_rules").await;
    let film = title("film");
    let mut expected: Option<WatchProgress> = None;
    for (step, (change, now)) in script().into_iter().enumerate() {
        expected = anna.decide(&film, expected, &change, now);
        let changed = anna.change(&film, change.clone(), now).await;
        assert_eq!(
            changed, expected,
            "every_change_follows_the_rules: answer to step {step}, {change:?}"
        );
        assert_eq!(
            anna.entry(&film).await,
            expected,
            "every_change_follows_the_rules: entry after step {step}, {change:?}"
        );
    }
    anna.forget().await;
}

pub(super) async fn change_is_seen_by_every_later_read(store: &dyn ProgressStore) {
    let anna = Someone::new(store, "change_is_seen_by_every_later_read").await;
    let film = title("film");
    for step in 1..=50_u32 {
        // Positions that floating-point columns would bend.
        let secs = 100.001 * f64::from(step);
        let entry = anna.watch(&film, secs, moment(step.into())).await;
        assert!(
            entry.is_some() && anna.entry(&film).await == entry,
            "change_is_seen_by_every_later_read: entries"
        );
        assert_eq!(
            anna.row(None, 2).await.first(),
            entry.as_ref(),
            "change_is_seen_by_every_later_read: row"
        );
    }
    anna.forget().await;
}

pub(super) async fn deleted_entry_is_gone(store: &dyn ProgressStore) {
    const PROMISE: &str = "deleted_entry_is_gone";
    let anna = Someone::new(store, PROMISE).await;
    let (film, other) = (title("film"), title("other"));
    anna.watch(&film, 100.0, moment(0)).await;
    let kept = anna.watch(&other, 100.0, moment(0)).await;
    for _ in 0..2 {
        let deleted = anna.change(&film, Change::Delete, moment(1)).await;
        assert_eq!(deleted, None, "{PROMISE}: answer");
        assert_eq!(anna.entry(&film).await, None, "{PROMISE}: entries");
    }
    assert_eq!(anna.row(None, 10).await.len(), 1, "{PROMISE}: row");
    assert_eq!(
        anna.entry(&other).await,
        kept,
        "{PROMISE}: another entry is touched"
    );
    // What comes after it begins anew.
    let again = anna.watch(&film, 70.0, moment(2)).await;
    let fresh = anna.decide(
        &film,
        None,
        &Change::Report(report(70.0, Some(7200.0))),
        moment(2),
    );
    assert_eq!(again, fresh, "{PROMISE}: something of it was left");
    anna.forget().await;
}

pub(super) async fn forgotten_viewer_has_no_entries(store: &dyn ProgressStore) {
    const PROMISE: &str = "forgotten_viewer_has_no_entries";
    let anna = Someone::new(store, PROMISE).await;
    let titles: Vec<_> = (0..30).map(|n| title(&format!("film {n}"))).collect();
    for film in &titles {
        anna.watch(film, 100.0, moment(0)).await;
    }
    assert_eq!(anna.forget().await, 30, "{PROMISE}: count");
    assert_eq!(anna.entries(&titles).await, [], "{PROMISE}: entries");
    assert_eq!(anna.row(None, 100).await, [], "{PROMISE}: row");
    assert_eq!(anna.forget().await, 0, "{PROMISE}: count of nothing");
}

pub(super) async fn extreme_values_are_kept(store: &dyn ProgressStore) {
    const PROMISE: &str = "extreme_values_are_kept";
    let anna = Someone::new(store, PROMISE).await;
    let month = MAX_POSITION.as_secs_f64();
    let longest = report(month, Some(month));
    let changes = [
        numbered("first", 0, 0.0, Event::Time),
        numbered("last", u64::MAX, 7200.0, Event::Time),
        Change::Report(longest.clone()),
        Change::Report(report(month, None)),
        Change::Report(report(month / 2.0, Some(month))),
        numbered(&"x".repeat(64), u64::MAX, 0.001, Event::Seek),
        Change::Watched,
        Change::Dismiss,
    ];
    for (place, now) in [0, 1, u64::MAX]
        .map(UnixMillis::from_millis)
        .into_iter()
        .enumerate()
    {
        let film = title(&format!("film {place}"));
        let mut expected = None;
        for change in &changes {
            expected = anna.decide(&film, expected, change, now);
            let changed = anna.change(&film, change.clone(), now).await;
            assert_eq!(changed, expected, "{PROMISE}: answer to {change:?} at {now}");
            let stored = anna.entry(&film).await;
            assert_eq!(stored, expected, "{PROMISE}: entry after {change:?} at {now}");
        }
    }
    // The end of time has its place in the row.
    let film = title("film of the end");
    let end = UnixMillis::from_millis(u64::MAX);
    let entry = anna.watch(&film, 100.0, end).await;
    assert_eq!(anna.row(None, 1).await.first(), entry.as_ref(), "{PROMISE}: row");
    anna.forget().await;
}

pub(super) async fn concurrent_changes_of_one_entry_lose_nothing(store: &dyn ProgressStore) {
    const PROMISE: &str = "concurrent_changes_of_one_entry_lose_nothing";
    let anna = Someone::new(store, PROMISE).await;
    let (anna, film) = (&anna, &title("film"));
    let sessions = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let reports = sessions.iter().flat_map(|session| {
        (1..=32_u32).map(move |seq| -> Work<'_> {
            Box::pin(async move {
                let secs = 100.0 + f64::from(seq);
                let change = numbered(session, seq.into(), secs, Event::Time);
                anna.change(film, change, moment(seq.into())).await;
            })
        })
    });
    join_all(reports.collect()).await;
    let entry = anna.entry(film).await;
    let marks = entry.as_ref().map(|entry| entry.sessions.marks());
    let newest = marks
        .unwrap_or_default()
        .iter()
        .filter(|mark| mark.seq == 32)
        .count();
    assert_eq!(newest, sessions.len(), "{PROMISE}: {entry:?}");
    anna.forget().await;
}

pub(super) async fn concurrent_changes_of_many_entries_lose_nothing(store: &dyn ProgressStore) {
    const PROMISE: &str = "concurrent_changes_of_many_entries_lose_nothing";
    let anna = Someone::new(store, PROMISE).await;
    let titles: Vec<_> = (0..256).map(|n| title(&format!("film {n}"))).collect();
    let anna = &anna;
    let reports = titles.iter().zip(0..).map(|(film, n)| -> Work<'_> {
        Box::pin(async move {
            let secs = 100.0 + f64::from(n);
            let entry = anna.watch(film, secs, moment(0)).await;
            let position = entry.map(|entry| entry.position.as_secs_f64());
            assert_eq!(position, Some(secs), "{PROMISE}: answer of another change");
        })
    });
    join_all(reports.collect()).await;
    assert_eq!(anna.entries(&titles).await.len(), 256, "{PROMISE}");
    anna.forget().await;
}

/// Everything that can happen to an entry, and when.
fn script() -> Vec<(Change, UnixMillis)> {
    use Event::{Ended, Pause, Seek, Stop, Time};
    let minute = UnixMillis::from_millis;
    let start = moment(0).as_millis();
    [
        (0, Change::Dismiss),
        (0, Change::Unwatched),
        (0, numbered("tv", 1, 0.0, Time)),
        (5, numbered("tv", 2, 125.5, Time)),
        (6, numbered("tv", 2, 125.5, Time)),
        (7, numbered("tv", 1, 0.0, Time)),
        (10, numbered("phone", 1, 600.25, Time)),
        (15, numbered("tv", 3, 125.5, Pause)),
        (20, numbered("tv", 4, 0.0, Stop)),
        (25, numbered("visit", 1, 5.0, Time)),
        (30, Change::Dismiss),
        (31, numbered("phone", 2, 605.0, Time)),
        (95, numbered("phone", 3, 700.0, Time)),
        (100, Change::Watched),
        (105, numbered("phone", 4, 705.0, Time)),
        (106, numbered("phone", 5, 300.0, Seek)),
        (110, numbered("phone", 6, 6840.0, Time)),
        (111, numbered("phone", 7, 7200.0, Ended)),
        (112, numbered("phone", 8, 70.0, Time)),
        (113, Change::Unwatched),
        (114, Change::Report(report(80.0, None))),
        (115, Change::Report(report(80.0, Some(7100.0)))),
        (116, Change::Report(report(9000.0, None))),
        (117, Change::Delete),
        (118, Change::Delete),
        (119, Change::Watched),
        (120, numbered("again", 1, 5.0, Time)),
        (121, numbered("again", 2, 65.0, Time)),
    ]
    .into_iter()
    .map(|(secs, change)| (change, minute(start + secs * 1000)))
    .collect()
}

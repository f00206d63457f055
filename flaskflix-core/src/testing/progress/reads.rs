//! What `entries` promises, and that names mean one viewer and one title.

use super::someone::{Someone, moment, title};
use crate::{
    id::TitleId,
    progress::{Change, ProgressStore},
};

/// Names that databases fold, trim, cut, quote or match as a pattern.
const NAMES: [&str; 17] = [
    "anna",
    "Anna",
    "ANNA",
    "anna ",
    " anna",
    "anna\u{a0}",
    "\u{e1}nna",
    "a\u{301}nna",
    "\u{ff41}nna",
    "ann_",
    "ann%",
    "anna'; --",
    "\"anna\"",
    "1",
    "01",
    "1.0",
    "\u{1f3ac}",
];

pub(super) async fn viewers_are_kept_apart(store: &dyn ProgressStore) {
    const PROMISE: &str = "viewers_are_kept_apart";
    let film = title("film");
    let longest = "n".repeat(240);
    let mut viewers = Vec::new();
    for name in NAMES.iter().copied().chain([longest.as_str()]) {
        viewers.push(Someone::named(store, PROMISE, &format!("conformance {name}")).await);
    }
    let mut written = Vec::new();
    for (viewer, n) in viewers.iter().zip(0..) {
        assert_eq!(viewer.entry(&film).await, None, "{PROMISE}: seen before its own");
        written.push(viewer.watch(&film, 100.0 + f64::from(n), moment(0)).await);
    }
    for (viewer, entry) in viewers.iter().zip(&written) {
        assert_eq!(viewer.entry(&film).await, *entry, "{PROMISE}: entries");
        let row = viewer.row(None, 10).await;
        assert_eq!(
            row.iter().collect::<Vec<_>>(),
            Vec::from_iter(entry),
            "{PROMISE}: row"
        );
    }
    // Deleting and forgetting reach one viewer each.
    for (place, viewer) in viewers.iter().enumerate() {
        if place % 2 == 0 {
            viewer.change(&film, Change::Delete, moment(1)).await;
        } else {
            assert_eq!(viewer.forget().await, 1, "{PROMISE}: forget");
        }
        for (other, entry) in viewers.iter().zip(&written).skip(place + 1) {
            assert_eq!(
                other.entry(&film).await,
                *entry,
                "{PROMISE}: another one's is gone"
            );
        }
    }
}

pub(super) async fn titles_are_kept_apart(store: &dyn ProgressStore) {
    const PROMISE: &str = "titles_are_kept_apart";
    let anna = Someone::new(store, PROMISE).await;
    let longest = "n".repeat(255);
    let titles: Vec<_> = NAMES
        .iter()
        .copied()
        .chain([longest.as_str()])
        .map(title)
        .collect();
    let mut written = Vec::new();
    for (film, n) in titles.iter().zip(0..) {
        assert_eq!(anna.entry(film).await, None, "{PROMISE}: {film:?} before its own");
        written.push(anna.watch(film, 100.0 + f64::from(n), moment(0)).await);
    }
    for (film, entry) in titles.iter().zip(&written) {
        assert_eq!(anna.entry(film).await, *entry, "{PROMISE}: {film:?}");
    }
    for (place, film) in titles.iter().enumerate() {
        anna.change(film, Change::Delete, moment(1)).await;
        let left = anna.entries(&titles).await.len();
        assert_eq!(
            left,
            titles.len() - place - 1,
            "{PROMISE}: deleted beside {film:?}"
        );
    }
}

pub(super) async fn entries_are_those_that_were_asked_for(store: &dyn ProgressStore) {
    const PROMISE: &str = "entries_are_those_that_were_asked_for";
    let anna = Someone::new(store, PROMISE).await;
    // More than any database takes as parameters of one statement.
    let titles: Vec<_> = (0..2_000).map(|n| title(&format!("film {n}"))).collect();
    let stored: Vec<_> = titles.iter().step_by(20).cloned().collect();
    for film in &stored {
        anna.watch(film, 100.0, moment(0)).await;
    }
    let ask = async |titles: &[TitleId]| {
        let mut found: Vec<_> = anna
            .entries(titles)
            .await
            .into_iter()
            .map(|entry| entry.title)
            .collect();
        found.sort_unstable();
        found
    };
    let sorted = |titles: &[TitleId]| {
        let mut titles = titles.to_vec();
        titles.sort_unstable();
        titles
    };
    assert_eq!(ask(&[]).await, [], "{PROMISE}: none");
    assert_eq!(ask(&titles).await, sorted(&stored), "{PROMISE}: all");
    let some = titles.get(..50).unwrap_or_default();
    let expected: Vec<_> = some
        .iter()
        .filter(|film| stored.contains(film))
        .cloned()
        .collect();
    assert_eq!(ask(some).await, sorted(&expected), "{PROMISE}: some");
    // Each once, however often it is asked for.
    for times in [2, 5, 100] {
        let again = vec![title("film 20"); times];
        assert_eq!(
            ask(&again).await,
            [title("film 20")],
            "{PROMISE}: one, {times} times"
        );
        let again = [&stored[..], &stored[..]].concat();
        assert_eq!(ask(&again).await, sorted(&stored), "{PROMISE}: all, twice");
    }
    anna.forget().await;
}

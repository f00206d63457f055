//! The progress of viewers.

use std::{collections::HashMap, slice, time::Duration};

use flaskflix_core::{
    id::{TitleId, ViewerId},
    progress::{Change, Cursor, Decision, Event, ProgressStore, Rules, WatchProgress},
    time::UnixMillis,
};
use flaskflix_storage::sql::{SqliteOptions, SqliteProgress};
use futures_util::future::join_all;
use proptest::prelude::*;

use super::{Place, at, eventually, numbered, position, report, rules, title, viewer, watch};

#[tokio::test]
async fn what_was_acknowledged_is_there_after_reopening() {
    let place = Place::new();
    let database = place.open().await;
    let acknowledged = watch(&database.progress(rules()), 100).await.unwrap().unwrap();
    drop(database);
    let progress = place.open().await.progress(rules());
    let row = progress
        .continue_watching(&viewer("anna"), None, 10)
        .await
        .unwrap();
    assert_eq!(row, [acknowledged]);
}

#[tokio::test]
async fn every_field_survives() {
    let place = Place::new();
    let progress = place.open().await.progress(rules());
    let (anna, one) = (viewer("anna"), title("Amélie.mp4"));
    let mut stored = None;
    for (second, change) in [
        (1, numbered(100, "tv-1", 1)),
        (2, Change::Watched),
        (3, numbered(200, "phone", u64::MAX)),
        (4, Change::Dismiss),
    ] {
        stored = progress
            .change(&anna, &one, change, at(second * 1000))
            .await
            .unwrap();
    }
    let stored = stored.unwrap();
    assert!(stored.completed_at.is_some() && stored.dismissed_at.is_some() && stored.decided_at.is_some());
    assert_eq!((stored.plays, stored.sessions.marks().len()), (1, 2));
    let read = progress.entries(&anna, &[title("2"), one]).await.unwrap();
    assert_eq!(read, [stored]);
}

#[tokio::test]
async fn the_largest_numbers_fit() {
    let place = Place::new();
    let progress = place.open().await.progress(rules());
    let (anna, one) = (viewer("anna"), title("1"));
    let end = at(u64::MAX);
    let first = progress
        .change(&anna, &one, numbered(100, "a", u64::MAX), end)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(first.sessions.marks()[0].seq, u64::MAX);
    let late = progress
        .change(&anna, &one, numbered(200, "a", u64::MAX), end)
        .await
        .unwrap();
    assert_eq!(
        late,
        Some(first.clone()),
        "the number survived: a repeated report is known"
    );
}

#[tokio::test]
async fn the_row_is_read_page_by_page() {
    let place = Place::new();
    let progress = place.open().await.progress(rules());
    let anna = viewer("anna");
    let mut wanted = Vec::new();
    for number in 0..25_u64 {
        // Four at the same moment.
        let (name, now) = (format!("film {number:02}"), number / 4);
        let change = Change::Report(report(100));
        progress
            .change(&anna, &title(&name), change.clone(), at(now))
            .await
            .unwrap();
        progress
            .change(&viewer("bert"), &title(&name), change, at(now))
            .await
            .unwrap();
        wanted.push((now, name));
    }
    progress
        .change(&anna, &title("film 07"), Change::Dismiss, at(100))
        .await
        .unwrap();
    progress
        .change(&anna, &title("film 08"), Change::Watched, at(100))
        .await
        .unwrap();
    progress
        .change(&anna, &title("film 09"), Change::Delete, at(100))
        .await
        .unwrap();
    wanted.retain(|(_, name)| !["film 07", "film 08", "film 09"].contains(&&**name));
    wanted.sort_unstable_by(|a, b| b.cmp(a));

    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = progress
            .continue_watching(&anna, after.as_ref(), 3)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = Some(Cursor {
            activity_at: last.activity_at,
            title: last.title.clone(),
        });
        found.extend(
            page.iter()
                .map(|entry| (entry.activity_at.as_millis(), entry.title.to_string())),
        );
    }
    assert_eq!(found, wanted);
    assert!(
        progress
            .continue_watching(&anna, None, 0)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn forgetting_counts_what_came_before_it_and_nothing_else() {
    let place = Place::new();
    let database = place.open().await;
    let progress = database.progress(rules());
    watch(&progress, 100).await.unwrap();
    // One batch: the writer cannot begin before all of it is in the queue.
    let hold = database.writer().acquire().await.unwrap();
    let (anna, bert, cara) = (viewer("anna"), viewer("bert"), title("2"));
    let change = || Change::Report(report(100));
    let requests = async {
        tokio::join!(
            progress.change(&anna, &cara, change(), at(1)),
            progress.change(&bert, &cara, change(), at(1)),
            progress.forget(&anna),
            progress.change(&anna, &cara, change(), at(2)),
        )
    };
    let ((), (before, other, forgotten, after)) = tokio::join!(async { drop(hold) }, requests);
    assert!(before.unwrap().is_some() && other.unwrap().is_some());
    assert_eq!(forgotten.unwrap(), 2);
    assert_eq!(after.unwrap().unwrap().activity_at, at(2));
    assert_eq!(position(&progress).await, None);
    assert_eq!(
        progress
            .entries(&anna, slice::from_ref(&cara))
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(progress.entries(&bert, &[cara]).await.unwrap().len(), 1);
    assert_eq!(progress.forget(&viewer("nobody")).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_tasks_lose_nothing() {
    let place = Place::new();
    let database = place.open().await;
    let progress = database.progress(rules());
    let tasks = (0..64).map(|task: u64| {
        let progress = progress.clone();
        tokio::spawn(async move {
            // Eight tasks to a viewer, each with a session of its own, all on one film.
            let (viewer, session) = (viewer(&format!("v{}", task / 8)), format!("s{}", task % 8));
            for seq in 1..=20 {
                let change = numbered(100 + u32::try_from(seq).unwrap(), &session, seq);
                let entry = progress
                    .change(&viewer, &title("1"), change, at(seq))
                    .await
                    .unwrap();
                let marks = entry.unwrap().sessions;
                let mark = marks
                    .marks()
                    .iter()
                    .find(|mark| mark.session.as_ref().is_some_and(|id| id.as_str() == session));
                assert!(mark.unwrap().seq == seq, "the answer holds the change");
            }
        })
    });
    for task in join_all(tasks).await {
        task.unwrap();
    }
    for number in 0..8 {
        let entries = progress
            .entries(&viewer(&format!("v{number}")), &[title("1")])
            .await
            .unwrap();
        let marks = entries[0].sessions.marks();
        assert_eq!(marks.len(), 8);
        assert!(marks.iter().all(|mark| mark.seq == 20));
    }
}

#[tokio::test]
async fn other_rules_move_the_entries_of_the_row() {
    let place = Place::new();
    let database = place.open().await;
    let progress = database.progress(rules());
    let anna = viewer("anna");
    // More than a page of the task that derives.
    for number in 0..600 {
        let change = Change::Report(report(if number % 2 == 0 { 40 } else { 400 }));
        let film = title(&number.to_string());
        progress.change(&anna, &film, change, at(number)).await.unwrap();
    }
    let length =
        async |progress: &SqliteProgress| progress.continue_watching(&anna, None, 1000).await.unwrap().len();
    assert_eq!(length(&progress).await, 300);
    database.close().await;
    let mut generous = Rules::default();
    generous.min_position = Duration::from_secs(30);
    let progress = place.open().await.progress(generous);
    eventually("the row follows the new rules", async || {
        length(&progress).await == 600
    })
    .await;
}

#[tokio::test]
async fn rules_that_come_back_before_the_others_were_through_find_their_row_again() {
    let place = Place::new();
    let database = place.open().await;
    let progress = database.progress(rules());
    let anna = viewer("anna");
    let changes = (0..600).map(|number| {
        let film = title(&number.to_string());
        let (progress, anna) = (&progress, &anna);
        async move {
            let change = Change::Report(report(40));
            progress.change(anna, &film, change, at(number)).await.unwrap();
        }
    });
    join_all(changes).await;
    let length =
        async |progress: &SqliteProgress| progress.continue_watching(&anna, None, 1000).await.unwrap().len();
    assert_eq!(length(&progress).await, 0);
    // In the second page something is in the way.
    sqlx::query(
        "CREATE TRIGGER cut BEFORE UPDATE ON watch_progress WHEN OLD.title = '98' \
         BEGIN SELECT RAISE(ABORT, 'cut'); END",
    )
    .execute(database.writer())
    .await
    .unwrap();
    database.close().await;

    let mut generous = Rules::default();
    generous.min_position = Duration::from_secs(30);
    let database = place.open().await;
    let progress = database.progress(generous);
    eventually("one page follows the new rules", async || {
        length(&progress).await == 500
    })
    .await;
    sqlx::query("DROP TRIGGER cut")
        .execute(database.writer())
        .await
        .unwrap();
    database.close().await;

    let progress = place.open().await.progress(rules());
    eventually("the row follows the old rules", async || {
        length(&progress).await == 0
    })
    .await;
}

#[tokio::test]
async fn unreadable_sessions_do_not_cost_the_position() {
    let place = Place::new();
    let database = place.open().await;
    let progress = database.progress(rules());
    watch(&progress, 100).await.unwrap();
    sqlx::query("UPDATE watch_progress SET sessions = 'what?'")
        .execute(database.writer())
        .await
        .unwrap();
    assert_eq!(position(&progress).await, Some(Duration::from_secs(100)));
    assert!(watch(&progress, 200).await.unwrap().is_some());
}

#[tokio::test]
async fn the_task_ends_with_the_last_handle_and_loses_nothing() {
    let place = Place::new();
    let database = place.open().await;
    let progress = database.progress(rules());
    let mut waiting = Box::pin(watch(&progress, 100));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    drop(waiting);
    drop(progress);
    let reader = database.progress(rules());
    eventually("the change of a caller who went away", async || {
        position(&reader).await.is_some()
    })
    .await;
}

/// One step of the model: who, which film, what.
type Step = (u8, u8, Change);

fn step() -> impl Strategy<Value = Step> {
    let event = prop_oneof![
        Just(Event::Time),
        Just(Event::Pause),
        Just(Event::Seek),
        Just(Event::Stop),
        Just(Event::Ended)
    ];
    let reported = (0_u32..8000, event, "[ab]", 0_u64..6, any::<bool>()).prop_map(
        |(secs, event, session, seq, in_session)| {
            let reported = report(secs).with_event(event);
            Change::Report(if in_session {
                reported.in_session(flaskflix_core::progress::SessionId::parse(&session).unwrap(), seq)
            } else {
                reported
            })
        },
    );
    let change = prop_oneof![
        8 => reported,
        1 => Just(Change::Watched),
        1 => Just(Change::Unwatched),
        1 => Just(Change::Dismiss),
        1 => Just(Change::Delete),
    ];
    (0_u8..2, 0_u8..2, change)
}

/// The rules, one change at a time, over a map.
fn model(steps: &[Step]) -> HashMap<(ViewerId, TitleId), WatchProgress> {
    let mut entries = HashMap::new();
    for (now, (who, film, change)) in (1..).zip(steps) {
        let key = (viewer(&who.to_string()), title(&film.to_string()));
        match rules().apply(&key.1, entries.get(&key), change, moment(now)) {
            Decision::Keep => {}
            Decision::Write(entry) => drop(entries.insert(key, entry)),
            Decision::Remove => drop(entries.remove(&key)),
        }
    }
    entries
}

fn moment(step: u64) -> UnixMillis {
    at(step * 10_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever the batches, the table is what the rules make of the changes one by one.
    #[test]
    fn batches_are_the_changes_one_by_one(steps in prop::collection::vec(step(), 1..40), batch in 1_usize..20) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let place = Place::new();
            let options = SqliteOptions::default().batch_changes(batch);
            let progress = place.try_open(options).await.unwrap().progress(rules());
            let keys: Vec<_> = steps.iter().map(|(who, film, _)| (viewer(&who.to_string()), title(&film.to_string()))).collect();
            // `join_all` asks in this order.
            let requests = (1..).zip(&steps).zip(&keys).map(|((now, (_, _, change)), (viewer, title))| {
                progress.change(viewer, title, change.clone(), moment(now))
            });
            for answer in join_all(requests).await {
                answer.unwrap();
            }
            let wanted = model(&steps);
            for (viewer, title) in keys {
                let found = progress.entries(&viewer, slice::from_ref(&title)).await.unwrap();
                assert_eq!(found.first(), wanted.get(&(viewer, title)));
            }
        });
    }
}

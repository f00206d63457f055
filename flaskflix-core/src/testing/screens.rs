//! The conformance suite of [`Screens`].
#![expect(clippy::panic, reason = "a conformance suite fails by panicking")]

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use crate::{
    access::{AccessError, Lease, Opening, Playback, Screen, ScreenId, Screens},
    id::{TitleId, ViewerId},
    testing::together::{Work, join_all},
};

/// Checks that the screens keep the promises of [`Screens`]. At most two at once for a viewer is the limit that the suite
/// needs. `pass` lets the time of a lease go by for the store: it moves its clock, or waits. Viewers whose names
/// begin with `conformance` hold nothing before.
///
/// # Panics
/// On the first promise that is broken; the message starts with the name of the promise.
pub async fn conformance(screens: &dyn Screens, pass: impl AsyncFn()) {
    limit_is_held_and_told(screens).await;
    released_screen_makes_room_and_may_come_back(screens).await;
    ended_screen_stays_ended(screens).await;
    viewers_are_kept_apart(screens).await;
    race_has_as_many_winners_as_screens(screens).await;
    lease_runs_out_and_comes_back_when_there_is_room(screens, pass).await;
}

/// What a playback with this number asks for.
///
/// # Panics
/// Never: the names are valid.
#[must_use]
pub fn playback(number: u8) -> Playback {
    match TitleId::parse(&format!("film {number}")) {
        Ok(title) => Playback {
            screen: ScreenId::from_bytes([number; 8]),
            title,
            lifetime: Duration::from_hours(1),
        },
        Err(error) => panic!("{error}"),
    }
}

async fn limit_is_held_and_told(screens: &dyn Screens) {
    let anna = viewer("anna");
    assert_eq!(list(screens, &anna).await, [], "nothing_is_held_at_first");
    assert_eq!(open(screens, &anna, 1).await, Opening::Opened, "first_is_opened");
    assert_eq!(open(screens, &anna, 2).await, Opening::Opened, "second_is_opened");
    match open(screens, &anna, 3).await {
        Opening::Full { screens } => {
            assert_eq!(ids(&screens), [1, 2], "those_in_the_way_are_told_longest_first");
            let titles: Vec<_> = screens.iter().map(|screen| screen.title.as_str()).collect();
            assert_eq!(titles, ["film 1", "film 2"], "titles_are_told");
            assert!(
                screens.iter().all(|screen| screen.since <= screen.last_seen),
                "times_are_in_order: {screens:?}"
            );
        }
        other => panic!("third_is_refused: {other:?}"),
    }
    assert_eq!(
        open(screens, &anna, 1).await,
        Opening::Opened,
        "held_is_renewed_when_full"
    );
    assert_eq!(renew(screens, &anna, 2).await, Lease::Held, "held_is_renewed");
    assert_eq!(
        renew(screens, &anna, 4).await,
        Lease::Ended,
        "unknown_finds_no_room"
    );
    assert_eq!(ids(&list(screens, &anna).await), [1, 2], "list_is_what_is_held");
}

async fn released_screen_makes_room_and_may_come_back(screens: &dyn Screens) {
    let bert = viewer("bert");
    open(screens, &bert, 1).await;
    open(screens, &bert, 2).await;
    assert!(
        told(screens.release(&bert, id(1)).await),
        "release_says_it_was_held"
    );
    assert!(
        !told(screens.release(&bert, id(1)).await),
        "release_says_it_was_not_held"
    );
    assert_eq!(ids(&list(screens, &bert).await), [2], "released_is_not_held");
    assert_eq!(
        renew(screens, &bert, 1).await,
        Lease::Held,
        "released_may_come_back"
    );
    told(screens.release(&bert, id(2)).await);
    assert_eq!(
        open(screens, &bert, 3).await,
        Opening::Opened,
        "released_makes_room"
    );
    assert_eq!(
        renew(screens, &bert, 2).await,
        Lease::Ended,
        "released_finds_its_place_taken"
    );
}

async fn ended_screen_stays_ended(screens: &dyn Screens) {
    let carl = viewer("carl");
    open(screens, &carl, 1).await;
    assert!(
        !told(screens.end(&carl, id(9)).await),
        "what_is_not_held_is_left_alone"
    );
    assert!(told(screens.end(&carl, id(1)).await), "end_says_it_was_held");
    assert_eq!(
        renew(screens, &carl, 1).await,
        Lease::Ended,
        "ended_is_not_renewed"
    );
    assert_eq!(
        open(screens, &carl, 1).await,
        Opening::Ended,
        "ended_is_not_opened"
    );
    assert_eq!(list(screens, &carl).await, [], "ended_is_not_held");
    assert_eq!(
        open(screens, &carl, 9).await,
        Opening::Opened,
        "others_are_opened"
    );
}

async fn viewers_are_kept_apart(screens: &dyn Screens) {
    let (dora, emil) = (viewer("dora"), viewer("emil"));
    for number in [1, 2] {
        open(screens, &dora, number).await;
    }
    assert_eq!(
        open(screens, &emil, 1).await,
        Opening::Opened,
        "viewers_have_limits_of_their_own"
    );
    assert!(
        !told(screens.end(&emil, id(2)).await),
        "nobody_ends_the_screen_of_another"
    );
    assert_eq!(ids(&list(screens, &dora).await), [1, 2], "viewers_are_kept_apart");
}

async fn race_has_as_many_winners_as_screens(screens: &dyn Screens) {
    let fred = viewer("fred");
    let won = AtomicU32::new(0);
    let (viewer, count) = (&fred, &won);
    let work = (0..64).map(|number| {
        Box::pin(async move {
            if open(screens, viewer, number).await == Opening::Opened {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }) as Work<'_>
    });
    join_all(work.collect()).await;
    assert_eq!(won.into_inner(), 2, "race_has_as_many_winners_as_screens");
}

async fn lease_runs_out_and_comes_back_when_there_is_room(screens: &dyn Screens, pass: impl AsyncFn()) {
    let gina = viewer("gina");
    for number in [1, 2, 3] {
        open(screens, &gina, number).await;
    }
    told(screens.end(&gina, id(2)).await);
    pass().await;
    assert_eq!(list(screens, &gina).await, [], "lease_runs_out");
    assert_eq!(
        renew(screens, &gina, 1).await,
        Lease::Held,
        "a_pause_ends_nothing"
    );
    assert_eq!(
        renew(screens, &gina, 2).await,
        Lease::Ended,
        "ended_outlives_the_lease"
    );
    assert_eq!(
        open(screens, &gina, 3).await,
        Opening::Opened,
        "there_is_room_again"
    );
    assert_eq!(
        renew(screens, &gina, 4).await,
        Lease::Ended,
        "and_no_more_than_that"
    );
}

fn viewer(name: &str) -> ViewerId {
    match ViewerId::parse(&format!("conformance-{name}")) {
        Ok(viewer) => viewer,
        Err(error) => panic!("{error}"),
    }
}

fn id(number: u8) -> ScreenId {
    ScreenId::from_bytes([number; 8])
}

/// The numbers of screens.
fn ids(screens: &[Screen]) -> Vec<u8> {
    (0..64)
        .flat_map(|number| {
            screens
                .iter()
                .position(|screen| screen.id == id(number))
                .map(|at| (at, number))
        })
        .collect::<std::collections::BTreeMap<_, _>>()
        .into_values()
        .collect()
}

async fn open(screens: &dyn Screens, viewer: &ViewerId, number: u8) -> Opening {
    told(screens.open(viewer, &playback(number)).await)
}

async fn renew(screens: &dyn Screens, viewer: &ViewerId, number: u8) -> Lease {
    told(screens.renew(viewer, &playback(number)).await)
}

async fn list(screens: &dyn Screens, viewer: &ViewerId) -> Vec<Screen> {
    told(screens.list(viewer).await)
}

fn told<T>(answer: Result<T, AccessError>) -> T {
    match answer {
        Ok(answer) => answer,
        Err(error) => panic!("every_call_answers: {error:?}"),
    }
}

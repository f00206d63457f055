//! What the viewer decides by hand, against late reports.

use flaskflix_core::{
    progress::{Change, Decision, Event, Rules},
    time::UnixMillis,
};

use super::viewing::{FILM, Viewing, report, title};

#[test]
fn watched_outranks_late_heartbeats_of_a_playing_device() {
    let mut film = Viewing::at(500.0);
    film.change(&Change::Watched);
    for seq in 2..10 {
        film.wait(5);
        film.time("tv", seq, 500.0 + 5.0 * seq as f64);
    }
    assert!(film.entry().finished);
    assert_eq!(film.position(), 500.0);
}

#[test]
fn unwatched_outranks_late_heartbeats_and_a_late_end() {
    let mut film = Viewing::at(6800.0);
    film.change(&Change::Unwatched);
    film.time("tv", 2, 6900.0);
    film.event("tv", 3, FILM, Event::Ended);
    let entry = film.entry();
    assert!(!entry.finished && !entry.is_completed());
    assert_eq!((entry.plays, film.position()), (0, 0.0));
}

#[test]
fn device_that_plays_on_counts_after_the_late_window() {
    let mut film = Viewing::at(500.0);
    film.change(&Change::Watched);
    film.wait(60);
    film.time("tv", 2, 560.0);
    assert!(film.entry().finished, "the window includes its end");
    film.wait_for_the_late();
    film.time("tv", 3, 565.0);
    assert_eq!(film.resumes_at(), Some(565.0));
    assert!(film.entry().is_completed());
}

#[test]
fn seeking_after_a_decision_is_a_newer_decision() {
    let mut film = Viewing::at(500.0);
    film.change(&Change::Watched);
    film.event("tv", 2, 100.0, Event::Seek);
    assert_eq!(film.resumes_at(), Some(100.0));
    // And what follows it counts, too.
    film.time("tv", 3, 105.0);
    assert_eq!(film.resumes_at(), Some(105.0));
}

#[test]
fn session_that_begins_after_a_decision_counts_at_once() {
    let mut film = Viewing::at(500.0);
    film.change(&Change::Watched);
    film.time("again", 1, 70.0);
    assert_eq!(film.resumes_at(), Some(70.0));
}

#[test]
fn decision_of_a_wrong_clock_does_not_last_for_years() {
    let mut film = Viewing::at(500.0);
    let today = film.now;
    film.now = UnixMillis::from_millis(u64::MAX);
    film.change(&Change::Watched);
    film.now = today;
    film.time("tv", 2, 505.0);
    assert_eq!(film.resumes_at(), Some(505.0));
}

#[test]
fn watched_counts_one_play_however_often_it_is_marked() {
    let mut film = Viewing::at(500.0);
    film.change(&Change::Watched);
    film.change(&Change::Watched);
    assert_eq!(film.entry().plays, 1);
    // Watched to the end first, marked afterwards.
    let mut film = Viewing::at(FILM);
    film.change(&Change::Watched);
    assert_eq!(film.entry().plays, 1);
}

#[test]
fn watched_needs_no_entry() {
    let mut film = Viewing::new();
    film.change(&Change::Watched);
    assert!(film.entry().finished && film.entry().is_completed());
    assert_eq!(film.entry().plays, 1);
}

#[test]
fn nothing_to_clear_dismiss_or_delete_is_nothing() {
    let now = Viewing::new().now;
    for change in [Change::Unwatched, Change::Dismiss, Change::Delete] {
        let decision = Rules::default().apply(&title(), None, &change, now);
        assert_eq!(decision, Decision::Keep, "{change:?}");
    }
}

#[test]
fn late_heartbeats_do_not_undo_a_dismissal() {
    let mut film = Viewing::at(500.0);
    film.change(&Change::Dismiss);
    film.wait(5);
    film.time("tv", 2, 505.0);
    assert!(!film.is_in_the_row());
}

#[test]
fn deleting_leaves_nothing() {
    let mut film = Viewing::at(FILM);
    film.change(&Change::Delete);
    assert_eq!(film.entry, None);
    // Who plays on begins anew; the number it has reached is no hindrance.
    film.time("tv", 1, 70.0);
    assert_eq!((film.position(), film.entry().plays), (70.0, 0));
}

#[test]
fn decisions_hold_for_players_that_do_not_number() {
    let mut film = Viewing::new();
    film.unnumbered(500.0);
    film.change(&Change::Watched);
    film.unnumbered(505.0);
    assert!(film.entry().finished);
    film.wait_for_the_late();
    film.report(report(510.0, Some(FILM)));
    assert_eq!(film.resumes_at(), Some(510.0));
}

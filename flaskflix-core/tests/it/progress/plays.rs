//! Coming to the end: what counts as watched, and how often.

use flaskflix_core::progress::{Change, Event};

use super::viewing::{FILM, Viewing, report};

#[test]
fn end_is_counted_once_however_often_it_is_reported() {
    let mut film = Viewing::at(6839.0);
    assert!(!film.entry().is_completed());
    film.time("tv", 2, 6840.0); // 95 %
    film.time("tv", 3, 7000.0);
    film.event("tv", 4, FILM, Event::Ended);
    film.event("tv", 5, FILM, Event::Ended);
    assert!(film.entry().finished && film.entry().is_completed());
    assert_eq!(film.entry().plays, 1);
}

#[test]
fn ended_where_the_last_heartbeat_stood_counts() {
    let mut film = Viewing::at(6000.0);
    film.event("tv", 2, 6000.0, Event::Ended);
    assert!(film.entry().finished);
    assert_eq!(film.entry().plays, 1);
}

#[test]
fn ended_counts_without_a_duration() {
    let mut film = Viewing::new();
    film.report(report(6000.0, None));
    film.report(report(6000.0, None).with_event(Event::Ended));
    assert!(film.entry().finished);
    assert_eq!(film.resumes_at(), None);
}

#[test]
fn going_back_a_little_from_the_end_is_not_another_play() {
    let mut film = Viewing::at(6840.0);
    film.time("tv", 2, 6800.0);
    assert_eq!(film.resumes_at(), Some(6800.0));
    film.time("tv", 3, 6840.0);
    assert_eq!(film.entry().plays, 1);
    assert_eq!(film.resumes_at(), None);
}

#[test]
fn playing_again_from_the_start_is_another_play() {
    let mut film = Viewing::at(FILM);
    film.time("tv", 2, 5.0);
    film.time("tv", 3, 3000.0);
    film.time("tv", 4, FILM);
    assert_eq!(film.entry().plays, 2);
    // In another session, too.
    film.time("again", 1, 3000.0);
    film.wait(60);
    film.time("again", 2, FILM);
    assert_eq!(film.entry().plays, 3);
    assert_eq!(film.entry().completed_at, Some(film.now));
}

#[test]
fn watched_title_has_at_least_one_play() {
    let mut film = Viewing::at(FILM);
    film.change(&Change::Unwatched);
    film.wait_for_the_late();
    film.time("tv", 2, 7100.0);
    assert!(film.entry().is_completed());
    assert_eq!(film.entry().plays, 1);
}

#[test]
fn second_device_that_comes_to_the_end_too_is_not_another_play() {
    let mut film = Viewing::at(6000.0);
    film.time("phone", 1, 6100.0);
    film.time("tv", 2, FILM);
    film.time("phone", 2, FILM);
    assert_eq!(film.entry().plays, 1);
}

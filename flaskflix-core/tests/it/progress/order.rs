//! Late, repeated and reordered reports.

use flaskflix_core::progress::{Change, Decision, Event, MAX_SESSIONS, SessionId};

use super::viewing::{FILM, Viewing, report, title};

#[test]
fn late_report_of_a_session_changes_nothing() {
    let mut film = Viewing::at(500.0);
    film.time("tv", 5, 520.0);
    let before = film.entry.clone();
    for seq in [0, 1, 2, 3, 4, 5] {
        film.time("tv", seq, 400.0);
    }
    assert_eq!(film.entry, before);
}

#[test]
fn repeated_report_is_kept_out_of_the_store() {
    let mut film = Viewing::at(500.0);
    let again = Change::Report(
        report(500.0, Some(FILM))
            .in_session(SessionId::parse("tv").unwrap(), 1)
            .with_event(Event::Ended),
    );
    let decision = film.rules.apply(&title(), film.entry.as_ref(), &again, film.now);
    assert_eq!(decision, Decision::Keep);
    film.change(&again);
    assert_eq!(film.position(), 500.0);
}

#[test]
fn late_report_is_late_however_the_other_session_moved() {
    let mut film = Viewing::at(500.0);
    film.time("tv", 2, 505.0);
    film.time("phone", 1, 900.0);
    film.time("tv", 1, 500.0);
    film.time("tv", 2, 505.0);
    assert_eq!(film.position(), 900.0);
}

#[test]
fn what_a_paused_session_said_last_makes_older_reports_late() {
    let mut film = Viewing::at(500.0);
    film.event("tv", 20, 500.0, Event::Pause);
    film.time("tv", 19, 498.0);
    assert_eq!(film.position(), 500.0);
}

#[test]
fn going_back_counts() {
    let mut film = Viewing::at(500.0);
    film.time("tv", 2, 300.0);
    assert_eq!(film.position(), 300.0);
    // To before the minimum, too: the viewer did it where the position is from.
    film.time("tv", 3, 10.0);
    assert_eq!((film.position(), film.resumes_at()), (10.0, None));
}

#[test]
fn largest_number_is_a_number() {
    let mut film = Viewing::at(500.0);
    film.time("tv", u64::MAX, 600.0);
    film.time("tv", u64::MAX, 700.0);
    film.time("tv", 2, 700.0);
    assert_eq!(film.position(), 600.0);
    assert_eq!(
        film.entry().sessions.to_string().parse(),
        Ok(film.entry().sessions.clone())
    );
}

#[test]
fn unnumbered_reports_count_as_they_arrive() {
    let mut film = Viewing::new();
    for secs in [500.0, 900.0, 300.0] {
        film.unnumbered(secs);
        assert_eq!(film.position(), secs);
    }
}

#[test]
fn new_session_at_the_stored_position_is_no_activity_yet() {
    let mut film = Viewing::at(500.0);
    let before = film.entry().activity_at;
    film.wait(10);
    film.event("phone", 1, 500.0, Event::Seek);
    assert_eq!(film.entry().activity_at, before);
    film.time("phone", 2, 505.0);
    assert_eq!(film.entry().activity_at, film.now);
}

#[test]
fn activity_never_goes_back_in_time() {
    let mut film = Viewing::at(500.0);
    let before = film.now;
    film.now = flaskflix_core::time::UnixMillis::from_millis(1);
    film.time("tv", 2, 505.0);
    assert_eq!((film.position(), film.entry().activity_at), (505.0, before));
}

#[test]
fn eight_sessions_are_remembered_and_the_holder_always() {
    let mut film = Viewing::at(500.0);
    for guest in 0..20 {
        // At the stored position: none of them becomes the holder.
        film.time(&format!("guest-{guest}"), 1, 500.0);
    }
    let marks = film.entry().sessions.marks();
    assert_eq!(marks.len(), MAX_SESSIONS);
    let names: Vec<_> = marks
        .iter()
        .map(|mark| mark.session.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(
        names,
        [
            "tv", "guest-19", "guest-18", "guest-17", "guest-16", "guest-15", "guest-14", "guest-13"
        ]
    );
}

#[test]
fn session_that_goes_on_reporting_is_not_forgotten() {
    let mut film = Viewing::at(500.0);
    film.time("phone", 1, 600.0);
    for guest in 0..20 {
        film.time("tv", 2 + guest, 500.0);
        // A clock that runs backwards must not make newcomers the oldest.
        film.now = flaskflix_core::time::UnixMillis::from_millis(1_000_000 - guest);
        film.time(&format!("guest-{guest}"), 1, 600.0);
    }
    assert_eq!(film.position(), 600.0);
}

#[test]
fn position_from_elsewhere_is_kept_like_any_other() {
    // As a migration brings it: a position, no sessions.
    let mut film = Viewing::at(500.0);
    film.entry.as_mut().unwrap().sessions = "".parse().unwrap();
    film.time("visit", 1, 5.0);
    film.time("visit", 2, 10.0);
    assert_eq!(film.resumes_at(), Some(500.0));
    film.time("visit", 3, 60.0);
    assert_eq!(film.resumes_at(), Some(60.0));
}

//! What users of other systems complain about, one test per complaint. The numbers are those of Jellyfin's trackers.

use flaskflix_core::progress::{Change, Event};

use super::viewing::{FILM, Viewing};

/// jellyfin-web 1459: a paused second device keeps overwriting the position.
#[test]
fn paused_second_device_never_overwrites() {
    let mut film = Viewing::at(500.0);
    film.event("tv", 2, 500.0, Event::Pause);
    for step in 1..=100 {
        film.wait(5);
        film.time("phone", step, 500.0 + 5.0 * step as f64);
        film.time("tv", 2 + step, 500.0);
        assert_eq!(film.position(), 500.0 + 5.0 * step as f64);
    }
    // Nor when it goes away at last.
    film.event("tv", 200, 500.0, Event::Stop);
    assert_eq!(film.position(), 1000.0);
}

/// The same where the paused device is the one that stands further on: the largest position does not win either.
#[test]
fn paused_second_device_further_on_never_overwrites() {
    let mut film = Viewing::at(5000.0);
    film.time("phone", 1, 600.0);
    film.time("tv", 2, 5000.0);
    assert_eq!(film.position(), 600.0);
}

/// A device that stands at the end reports an end with every heartbeat; that is no activity either.
#[test]
fn paused_second_device_at_the_end_never_completes_again() {
    let mut film = Viewing::at(7000.0);
    film.time("phone", 1, 600.0);
    film.time("tv", 2, 7000.0);
    film.event("tv", 3, 7000.0, Event::Ended);
    assert_eq!(film.position(), 600.0);
    assert!(film.is_in_the_row());

    film.change(&Change::Unwatched);
    film.wait_for_the_late();
    film.time("tv", 4, 7000.0);
    film.event("tv", 5, 7000.0, Event::Ended);
    assert!(!film.entry().is_completed());
}

/// jellyfin-web 1459: a paused second device undoes "mark watched".
#[test]
fn paused_second_device_never_undoes_watched() {
    let mut film = Viewing::at(500.0);
    film.time("phone", 1, 800.0);
    film.change(&Change::Watched);
    for seq in 2..100 {
        film.wait(5);
        film.time("tv", seq, 500.0);
        film.time("phone", seq, 800.0);
    }
    assert!(film.entry().finished && film.entry().is_completed());
    assert!(!film.is_in_the_row());
}

/// jellyfin 7535, 10984, 14351, 15761: re-watching clears "watched".
#[test]
fn watching_again_keeps_watched() {
    let mut film = Viewing::at(7000.0);
    let completed_at = film.entry().completed_at;
    film.wait(86_400);
    for step in 0..100 {
        film.time("again", step, 5.0 * step as f64);
        assert_eq!(film.entry().completed_at, completed_at);
        assert_eq!(film.entry().plays, 1);
    }
    // It stands in the row meanwhile.
    assert_eq!(film.resumes_at(), Some(495.0));
}

/// jellyfin 13695: a bogus stop "at 0 ms" beside a real one.
#[test]
fn stop_at_zero_after_a_real_position_is_ignored() {
    let mut film = Viewing::at(500.0);
    film.event("tv", 2, 505.0, Event::Stop);
    film.event("tv", 3, 0.0, Event::Stop);
    assert_eq!(film.position(), 505.0);

    // The other way round, and from a player that does not number its reports.
    let mut film = Viewing::at(500.0);
    film.event("tv", 2, 0.0, Event::Stop);
    film.event("tv", 3, 505.0, Event::Stop);
    assert_eq!(film.position(), 505.0);
    film.unnumbered(600.0);
    film.report(super::viewing::report(0.0, None).with_event(Event::Stop));
    assert_eq!(film.position(), 600.0);
}

/// A viewer who has gone back to the start and leaves there means it.
#[test]
fn stop_at_zero_after_seeking_there_counts() {
    let mut film = Viewing::at(500.0);
    film.event("tv", 2, 0.0, Event::Seek);
    film.event("tv", 3, 0.0, Event::Stop);
    assert_eq!(film.position(), 0.0);
    // It is a word like any other: what its session said before is late.
    film.time("tv", 3, 500.0);
    assert_eq!(film.position(), 0.0);
}

/// jellyfin-web 7601: no way to remove a title from the row and keep the position.
#[test]
fn dismissed_title_leaves_the_row_and_keeps_its_position() {
    let mut film = Viewing::at(500.0);
    film.change(&Change::Dismiss);
    assert!(!film.is_in_the_row());
    assert_eq!(film.resumes_at(), Some(500.0));
    // The device that stands there does not bring it back.
    film.wait_for_the_late();
    film.time("tv", 2, 500.0);
    assert!(!film.is_in_the_row());
    // Newer activity does.
    film.time("tv", 3, 505.0);
    assert!(film.is_in_the_row());
}

/// jellyfin-roku 1137: opening and leaving quickly loses the position.
#[test]
fn opening_and_leaving_quickly_keeps_the_position() {
    let mut film = Viewing::at(500.0);
    film.wait(3600);
    let before = film.entry().activity_at;
    film.event("visit", 1, 0.0, Event::Seek);
    film.time("visit", 2, 5.0);
    film.event("visit", 3, 9.0, Event::Stop);
    assert_eq!(film.resumes_at(), Some(500.0));
    assert_eq!(film.entry().activity_at, before);
    // Staying counts.
    film.time("visit", 4, 60.0);
    assert_eq!(film.resumes_at(), Some(60.0));
}

/// The page of requirements.md numbers nothing, and reports zero before it has gone to where it left.
#[test]
fn opening_and_leaving_quickly_keeps_the_position_without_sessions_too() {
    let mut film = Viewing::new();
    film.unnumbered(500.0);
    for secs in [0.0, 5.0, 10.0] {
        film.unnumbered(secs);
        assert_eq!(film.resumes_at(), Some(500.0));
    }
    film.unnumbered(60.0);
    assert_eq!(film.resumes_at(), Some(60.0));
}

#[test]
fn opening_and_leaving_quickly_keeps_finished() {
    let mut film = Viewing::at(FILM);
    film.time("visit", 1, 5.0);
    assert!(film.entry().finished);
    // Marked watched and never played: there is no session to compare with.
    let mut film = Viewing::new();
    film.change(&Change::Watched);
    film.time("visit", 1, 5.0);
    film.time("visit", 2, 10.0);
    assert!(film.entry().finished);
}

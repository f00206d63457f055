//! The bounds of the row, just before them and at them.

use flaskflix_core::progress::{Change, Rules};

use super::viewing::{FILM, Viewing, report, secs};

/// requirements.md shows 125.5 s of 7200 s in the row: 1.74 %. So the smaller of 5 % and 60 s is the minimum.
#[test]
fn example_of_the_requirements_stands_in_the_row() {
    let film = Viewing::at(125.5);
    assert!(film.is_in_the_row());
    assert_eq!(film.entry().percentage(), 1.74);
}

#[test]
fn smaller_of_five_percent_and_sixty_seconds_is_the_minimum() {
    #[rustfmt::skip]
    let table = [
        // duration, position,  in the row
        (Some(7200.0), 59.999,  false),
        (Some(7200.0), 60.0,    true),
        (Some(1000.0), 49.999,  false),
        (Some(1000.0), 50.0,    true),
        (Some(1200.0), 60.0,    true),
        (None,         59.999,  false),
        (None,         60.0,    true),
        (Some(7200.0), 0.0,     false),
    ];
    for (duration, position, shown) in table {
        let mut film = Viewing::new();
        film.report(report(position, duration));
        assert_eq!(film.is_in_the_row(), shown, "{position} of {duration:?}");
        assert_eq!(film.resumes_at(), shown.then_some(position));
    }
}

#[test]
fn ninety_five_percent_is_watched() {
    for (position, watched) in [(6839.999, false), (6840.0, true), (FILM, true), (9000.0, true)] {
        let film = Viewing::at(position);
        assert_eq!(film.entry().is_completed(), watched, "{position}");
        assert_eq!(film.is_in_the_row(), !watched, "{position}");
    }
}

#[test]
fn short_title_keeps_no_resume_point_and_counts_as_watched() {
    for (duration, resumes) in [(299.999, false), (300.0, true)] {
        let mut clip = Viewing::new();
        clip.report(report(150.0, Some(duration)));
        assert_eq!(clip.is_in_the_row(), resumes, "{duration}");
        assert_eq!(clip.position(), 150.0);
        clip.report(report(duration, Some(duration)));
        assert!(clip.entry().is_completed());
    }
}

#[test]
fn no_setting_makes_the_start_a_resume_point() {
    let mut film = Viewing::new();
    film.rules.min_position = secs(0);
    film.rules.min_percent = 0;
    film.unnumbered(0.0);
    assert_eq!(film.resumes_at(), None);
    film.unnumbered(0.001);
    assert_eq!(film.resumes_at(), Some(0.001));
}

#[test]
fn entry_written_under_other_settings_is_judged_by_these() {
    let mut film = Viewing::at(6500.0);
    assert!(film.is_in_the_row());
    film.rules.completed_percent = 90;
    assert!(!film.is_in_the_row());
}

#[test]
fn position_behind_the_duration_is_the_duration() {
    let mut film = Viewing::at(500.0);
    film.report(report(9000.0, Some(FILM)));
    assert_eq!(film.position(), FILM);
    // Also behind the duration that only the store knows.
    let mut film = Viewing::at(500.0);
    film.report(report(9000.0, None));
    assert_eq!(film.position(), FILM);
    assert!(film.entry().finished);
}

#[test]
fn paused_player_without_a_duration_stands_still_when_the_duration_changes() {
    let mut film = Viewing::at(500.0);
    film.report(report(9000.0, None));
    film.report(
        report(600.0, Some(7100.0))
            .in_session(flaskflix_core::progress::SessionId::parse("phone").unwrap(), 1),
    );
    film.report(report(9000.0, None));
    assert_eq!(film.position(), 600.0);
}

#[test]
fn duration_is_learnt_from_a_player_that_stands_still() {
    let mut film = Viewing::new();
    film.report(report(500.0, None));
    assert_eq!(film.entry().percentage(), 0.0);
    film.report(report(500.0, Some(1000.0)));
    assert_eq!(film.entry().percentage(), 50.0);
    // But not one that lies before the stored position.
    let mut film = Viewing::new();
    film.report(report(500.0, None));
    film.change(&Change::Watched);
    film.report(report(400.0, Some(450.0)));
    assert_eq!(film.entry().duration, secs(0));
}

#[test]
fn percentages_are_rounded_to_two_decimals() {
    let mut entry = Viewing::at(1.0).entry().clone();
    for (position, duration, percentage) in [
        (0, 7200, 0.0),
        (1, 3, 33.33),
        (2, 3, 66.67),
        (7200, 7200, 100.0),
        (7200, 0, 0.0),
        (9000, 7200, 100.0),
    ] {
        (entry.position, entry.duration) = (secs(position), secs(duration));
        assert_eq!(entry.percentage(), percentage, "{position} of {duration}");
    }
}

#[test]
fn defaults_are_the_documented_ones() {
    let rules = Rules::default();
    assert_eq!(rules.min_position, secs(60));
    assert_eq!(rules.min_percent, 5);
    assert_eq!(rules.completed_percent, 95);
    assert_eq!(rules.short_title, secs(300));
    assert_eq!(rules.late_window, secs(60));
}

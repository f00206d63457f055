//! What players say, as numbers: what is believed, and what is not.

use std::time::Duration;

use flaskflix_core::progress::{Event, InvalidReport, MAX_POSITION, Report, SessionId};
use proptest::prelude::*;

#[test]
fn numbers_that_are_no_times_are_refused() {
    let month = MAX_POSITION.as_secs_f64();
    for wrong in [
        f64::NAN,
        -f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.001,
        -f64::MIN_POSITIVE,
        month + 0.001,
        f64::MAX,
    ] {
        assert_eq!(Report::new(wrong, None), Err(InvalidReport::Position), "{wrong}");
        assert_eq!(
            Report::new(0.0, Some(wrong)),
            Err(InvalidReport::Duration),
            "{wrong}"
        );
    }
}

#[test]
fn thirty_days_are_believed() {
    let month = MAX_POSITION.as_secs_f64();
    assert_eq!(month, 2_592_000.0);
    let report = Report::new(month, Some(month)).unwrap();
    assert_eq!(
        (report.position(), report.duration()),
        (MAX_POSITION, Some(MAX_POSITION))
    );
}

#[test]
fn negative_zero_is_zero() {
    let report = Report::new(-0.0, Some(-0.0)).unwrap();
    assert_eq!((report.position(), report.duration()), (Duration::ZERO, None));
}

#[test]
fn seconds_are_rounded_to_milliseconds() {
    for (secs, millis) in [
        (0.0004, 0),
        (0.0006, 1),
        (0.9996, 1000),
        (125.5, 125_500),
        (125.4996, 125_500),
        (2_591_999.999_6, 2_592_000_000),
    ] {
        let position = Report::new(secs, None).unwrap().position();
        assert_eq!(position, Duration::from_millis(millis), "{secs}");
    }
}

#[test]
fn position_is_cut_to_the_duration() {
    let report = Report::new(7300.0, Some(7200.0)).unwrap();
    assert_eq!(report.position(), Duration::from_secs(7200));
}

#[test]
fn duration_of_zero_is_an_unknown_one() {
    for zero in [0.0, 0.0001] {
        let report = Report::new(10.0, Some(zero)).unwrap();
        assert_eq!(
            (report.position(), report.duration()),
            (Duration::from_secs(10), None)
        );
    }
}

#[test]
fn sessions_have_tame_names() {
    let longest = "x".repeat(64);
    for good in ["a", "0", "-", "_", "A-z_09", &longest] {
        assert_eq!(SessionId::parse(good).unwrap().as_str(), good);
    }
    let too_long = "x".repeat(65);
    for wrong in [
        "", " ", "a b", "a:b", "a;b", "ä", "a\n", "a\0", "a.b", "a/b", &too_long,
    ] {
        assert_eq!(SessionId::parse(wrong), Err(InvalidReport::Session), "{wrong:?}");
    }
}

#[test]
fn events_are_five_words() {
    for (word, event) in [
        ("time", Event::Time),
        ("pause", Event::Pause),
        ("seek", Event::Seek),
        ("ended", Event::Ended),
        ("stop", Event::Stop),
    ] {
        assert_eq!(Event::parse(word), Some(event));
    }
    for wrong in ["", "Time", "time ", "paused", "timeupdate"] {
        assert_eq!(Event::parse(wrong), None, "{wrong:?}");
    }
}

proptest! {
    #[test]
    fn report_that_exists_is_believable(position: f64, duration: Option<f64>) {
        if let Ok(report) = Report::new(position, duration) {
            prop_assert!(report.position() <= report.duration().unwrap_or(MAX_POSITION));
            prop_assert!(report.duration().is_none_or(|duration| duration <= MAX_POSITION && !duration.is_zero()));
            prop_assert_eq!(report.position().subsec_nanos() % 1_000_000, 0);
        }
    }
}

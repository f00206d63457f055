//! Random reports of several players in random order, against plain statements about what must hold.

use std::collections::BTreeMap;

use flaskflix_core::{
    progress::{Change, Decision, Event, MAX_POSITION, MAX_SESSIONS, Rules, SessionId, WatchProgress},
    time::UnixMillis,
};
use proptest::{collection::vec, prelude::*, sample::select};

use super::viewing::{FILM, Viewing, report, title};

/// One thing that happens, `after` so many seconds.
#[derive(Debug, Clone)]
struct Step {
    change: Change,
    after: u64,
}

/// Reports of up to three numbered players and one that does not number, with repeated and reordered numbers; now and then
/// a decision of the viewer.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let event = select(vec![
        Event::Time,
        Event::Time,
        Event::Pause,
        Event::Seek,
        Event::Ended,
        Event::Stop,
    ]);
    let session = select(vec![None, Some("a"), Some("b"), Some("c")]);
    // Few positions, so that players meet at the same one; some behind the end.
    let position = select(vec![
        0.0, 5.0, 60.0, 500.0, 505.0, 3000.0, 6800.0, 6840.0, FILM, 8000.0,
    ]);
    let duration = select(vec![None, Some(FILM), Some(FILM), Some(7100.0), Some(200.0)]);
    let told = (session, 0..12_u64, position, duration, event).prop_map(
        |(session, seq, position, duration, event)| {
            let report = report(position, duration).with_event(event);
            Change::Report(match session {
                None => report,
                Some(name) => report.in_session(SessionId::parse(name).unwrap(), seq),
            })
        },
    );
    let decided = select(vec![
        Change::Watched,
        Change::Unwatched,
        Change::Dismiss,
        Change::Delete,
    ]);
    let change = prop_oneof![9 => told, 1 => decided];
    vec(
        (change, select(vec![0, 1, 5, 61])).prop_map(|(change, after)| Step { change, after }),
        0..60,
    )
}

/// What holds of every entry that the rules write.
fn is_sound(entry: &WatchProgress, rules: &Rules, now: UnixMillis) {
    assert!(entry.position <= MAX_POSITION && entry.duration <= MAX_POSITION);
    assert!(
        entry.duration.is_zero() || entry.position <= entry.duration,
        "{entry:?}"
    );
    assert_eq!(entry.is_completed(), entry.plays > 0, "{entry:?}");
    assert!(!entry.finished || entry.is_completed(), "{entry:?}");
    assert!(entry.activity_at <= now);
    assert!(entry.sessions.marks().len() <= MAX_SESSIONS);
    assert_eq!(entry.sessions.to_string().parse(), Ok(entry.sessions.clone()));
    assert!((0.0..=100.0).contains(&entry.percentage()));
    let shown = rules.row_position(entry).is_some();
    assert!(!shown || !entry.finished && entry.dismissed_at.is_none() && !entry.position.is_zero());
}

proptest! {
    #[test]
    fn every_entry_is_sound(steps in steps()) {
        let mut film = Viewing::new();
        for step in steps {
            film.wait(step.after);
            film.change(&step.change);
            if let Some(entry) = &film.entry {
                is_sound(entry, &film.rules, film.now);
            }
        }
    }

    #[test]
    fn numbered_report_that_comes_twice_counts_once(steps in steps()) {
        let (mut once, mut twice) = (Viewing::new(), Viewing::new());
        for step in steps {
            once.wait(step.after);
            twice.wait(step.after);
            once.change(&step.change);
            twice.change(&step.change);
            if matches!(&step.change, Change::Report(report) if report.session().is_some()) {
                let again = twice.rules.apply(&title(), twice.entry.as_ref(), &step.change, twice.now);
                // A stop at zero is ignored without being remembered, as it is every time.
                prop_assert_eq!(again, Decision::Keep);
            }
            prop_assert_eq!(&once.entry, &twice.entry);
        }
    }

    /// Every earlier report of the same sessions, sent again at any time, changes nothing.
    #[test]
    fn late_repetitions_change_nothing(steps in steps(), picks in vec(any::<prop::sample::Index>(), 20)) {
        let mut film = Viewing::new();
        let mut sent = Vec::new();
        for (step, pick) in steps.into_iter().zip(picks.iter().cycle()) {
            film.wait(step.after);
            film.change(&step.change);
            match &step.change {
                Change::Report(report) if report.session().is_some() => sent.push(step.change),
                // Nothing is left of a deleted entry, the sessions neither.
                Change::Delete => sent.clear(),
                _ => {}
            }
            // A teardown's stop is not remembered: it may count as a later report of its session.
            let late: Vec<_> = sent.iter().filter(|change| !is_stop_at_zero(change)).collect();
            if !late.is_empty() {
                let before = film.entry.clone();
                film.change(late[pick.index(late.len())]);
                prop_assert_eq!(&film.entry, &before);
            }
        }
    }

    /// The largest number of a session is its last word, in whatever order its reports arrive.
    #[test]
    fn session_never_goes_back_behind_its_newest_report(order in Just((1..=20_u64).collect::<Vec<_>>()).prop_shuffle()) {
        let mut film = Viewing::new();
        let mut newest = 0;
        for seq in order {
            film.time("tv", seq, 100.0 + seq as f64);
            newest = newest.max(seq);
            prop_assert_eq!(film.position(), 100.0 + newest as f64);
        }
    }

    /// Two players that play, their reports mixed, late and repeated: the position is one that its session said last.
    #[test]
    fn position_is_the_last_word_of_a_session(
        sent in vec((select(vec!["a", "b", "c"]), 1..30_u64), 1..120),
    ) {
        let mut film = Viewing::new();
        let mut newest = BTreeMap::new();
        for (session, seq) in sent {
            film.wait(1);
            // Each session in a part of the film of its own, later numbers further on.
            let part = f64::from(session.as_bytes()[0] - b'a') * 2000.0;
            let position = 100.0 + part + 10.0 * seq as f64;
            let is_new = newest.get(session).is_none_or(|(newest, _)| seq > *newest);
            if is_new {
                newest.insert(session, (seq, position));
            }
            film.time(session, seq, position);
            if is_new {
                prop_assert_eq!(film.position(), position);
            }
            prop_assert!(newest.values().any(|(_, last)| *last == film.position()));
        }
    }

    /// A player that stands still says so again and again, between everything that others do.
    #[test]
    fn paused_device_never_changes_the_position(
        steps in steps(),
        pauses in vec(any::<bool>(), 60),
        stands_at in select(vec![0.0, 30.0, 500.0, 3000.0, 6900.0, FILM]),
    ) {
        let (mut with, mut without) = (Viewing::new(), Viewing::new());
        for film in [&mut with, &mut without] {
            film.time("paused", 1, stands_at);
        }
        for (seq, (step, pauses)) in steps.into_iter().zip(pauses).enumerate() {
            if matches!(step.change, Change::Delete) {
                continue;
            }
            for film in [&mut with, &mut without] {
                film.wait(step.after);
                film.change(&step.change);
            }
            if pauses {
                let event = [Event::Time, Event::Pause, Event::Stop][seq % 3];
                with.event("paused", 2 + seq as u64, stands_at, event);
            }
            let shown = |film: &Viewing| {
                let entry = film.entry();
                (entry.position, entry.finished, entry.activity_at, entry.plays, entry.completed_at, entry.dismissed_at)
            };
            prop_assert_eq!(shown(&with), shown(&without));
        }
    }
}

fn is_stop_at_zero(change: &Change) -> bool {
    matches!(change, Change::Report(report) if report.event() == Event::Stop && report.position().is_zero())
}

//! One viewer and one title, kept as a store would keep them.

use std::time::Duration;

use flaskflix_core::{
    id::TitleId,
    progress::{Change, Decision, Event, Report, Rules, SessionId, WatchProgress},
    time::UnixMillis,
};

/// Two hours: the film of most tests.
pub(super) const FILM: f64 = 7200.0;

/// The entry, the rules, and the time of day.
#[derive(Debug, Clone)]
pub(super) struct Viewing {
    pub(super) rules: Rules,
    pub(super) entry: Option<WatchProgress>,
    pub(super) now: UnixMillis,
}

impl Viewing {
    pub(super) fn new() -> Self {
        Self {
            rules: Rules::default(),
            entry: None,
            now: UnixMillis::from_millis(1_700_000_000_000),
        }
    }

    /// A film that session `tv` has played to `secs` with report number 1.
    pub(super) fn at(secs: f64) -> Self {
        let mut viewing = Self::new();
        viewing.time("tv", 1, secs);
        viewing
    }

    /// An ordinary report about the film.
    pub(super) fn time(&mut self, session: &str, seq: u64, secs: f64) {
        self.event(session, seq, secs, Event::Time);
    }

    pub(super) fn event(&mut self, session: &str, seq: u64, secs: f64, event: Event) {
        self.report(
            report(secs, Some(FILM))
                .in_session(SessionId::parse(session).unwrap(), seq)
                .with_event(event),
        );
    }

    /// A report about the film of a player that does not number its reports.
    pub(super) fn unnumbered(&mut self, secs: f64) {
        self.report(report(secs, Some(FILM)));
    }

    pub(super) fn report(&mut self, report: Report) {
        self.change(&Change::Report(report));
    }

    /// Does what a store does.
    pub(super) fn change(&mut self, change: &Change) {
        match self.rules.apply(&title(), self.entry.as_ref(), change, self.now) {
            Decision::Keep => {}
            Decision::Write(entry) => self.entry = Some(entry),
            Decision::Remove => self.entry = None,
        }
    }

    pub(super) fn wait(&mut self, secs: u64) {
        self.now = UnixMillis::from_millis(self.now.as_millis() + secs * 1000);
    }

    /// Waits until late reports are not expected any more.
    pub(super) fn wait_for_the_late(&mut self) {
        self.wait(self.rules.late_window.as_secs() + 1);
    }

    pub(super) fn entry(&self) -> &WatchProgress {
        self.entry.as_ref().expect("an entry")
    }

    pub(super) fn position(&self) -> f64 {
        self.entry().position.as_secs_f64()
    }

    pub(super) fn resumes_at(&self) -> Option<f64> {
        self.rules
            .resume_point(self.entry())
            .map(|point| point.as_secs_f64())
    }

    pub(super) fn is_in_the_row(&self) -> bool {
        self.rules.row_position(self.entry()).is_some()
    }
}

pub(super) fn report(secs: f64, duration: Option<f64>) -> Report {
    Report::new(secs, duration).unwrap()
}

pub(super) fn title() -> TitleId {
    TitleId::parse("1").unwrap()
}

pub(super) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

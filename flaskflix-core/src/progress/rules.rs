//! The rules: which change counts, what is watched, where to resume, what stands in the row.

use std::time::Duration;

use super::{Event, Report, SessionMark, WatchProgress};
use crate::{id::TitleId, time::UnixMillis};

/// The settings of the rules.
///
/// # Defaults
/// * [`min_position`](Self::min_position) 60 s and [`min_percent`](Self::min_percent) 5: the smaller of the two must be watched
/// * [`completed_percent`](Self::completed_percent) 95
/// * [`short_title`](Self::short_title) 300 s
/// * [`late_window`](Self::late_window) 60 s
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// A position before this is no place to resume from. Default: 60 s.
    pub min_position: Duration,
    /// A position before this share of the title, in percent, is none either. The smaller of the two bounds holds, so that
    /// two minutes of a long film are worth resuming. Default: 5.
    pub min_percent: u8,
    /// From this share on, in percent, the title counts as watched. Default: 95.
    pub completed_percent: u8,
    /// Titles shorter than this have no place to resume from, but count as watched. Default: 300 s.
    pub short_title: Duration,
    /// For how long after a viewer has marked or dismissed a title the sessions that were known then cannot undo it.
    /// Longer forgives slower networks, shorter lets a device that goes on playing count sooner. Default: 60 s.
    pub late_window: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            min_position: Duration::from_secs(60),
            min_percent: 5,
            completed_percent: 95,
            short_title: Duration::from_secs(300),
            late_window: Duration::from_secs(60),
        }
    }
}

/// What is to happen to the entry of one viewer and title.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A player reports.
    Report(Report),
    /// The viewer marks the title watched.
    Watched,
    /// The viewer marks the title not watched: the position, the mark and the play count are cleared. Nothing happens to a
    /// title without an entry.
    Unwatched,
    /// The viewer takes the title out of the row until it is watched again; the position stays.
    Dismiss,
    /// The viewer deletes the entry. Nothing is left of it, the sessions neither: a player that is still open and moves
    /// makes a new one.
    Delete,
}

/// What the store does with the entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing: the entry stays as it is, or stays absent.
    Keep,
    /// Writes this entry, whole.
    Write(WatchProgress),
    /// Deletes the entry.
    Remove,
}

impl Rules {
    /// Decides about one change. `current` is the stored entry, `now` the moment at which the server received the change.
    ///
    /// The order of the calls is the order of arrival: a store makes them one after the other for one viewer and title.
    #[must_use]
    pub fn apply(
        &self,
        title: &TitleId,
        current: Option<&WatchProgress>,
        change: &Change,
        now: UnixMillis,
    ) -> Decision {
        let Some(entry) = current.cloned() else {
            // Nothing is there to be cleared, dismissed or deleted.
            return match change {
                Change::Report(report) => Decision::Write(self.first_report(title, report, now)),
                Change::Watched => Decision::Write(watched(WatchProgress::new(title.clone(), now), now)),
                Change::Unwatched | Change::Dismiss | Change::Delete => Decision::Keep,
            };
        };
        match change {
            Change::Report(report) => self.report(entry, report, now),
            Change::Watched => Decision::Write(watched(entry, now)),
            Change::Unwatched => Decision::Write(unwatched(entry, now)),
            Change::Dismiss => Decision::Write(dismissed(entry, now)),
            Change::Delete => Decision::Remove,
        }
    }

    /// Where a player should offer to resume; `None` when there is nothing to resume.
    #[must_use]
    pub fn resume_point(&self, entry: &WatchProgress) -> Option<Duration> {
        let short = !entry.duration.is_zero() && entry.duration < self.short_title;
        let ended = entry.finished || self.is_at_end(entry.position, entry.duration);
        let offered = !ended && !short && self.is_past_minimum(entry.position, entry.duration);
        offered.then_some(entry.position)
    }

    /// When the entry was last active, if it stands in the "continue watching" row: what the row is ordered by.
    #[must_use]
    pub fn row_position(&self, entry: &WatchProgress) -> Option<UnixMillis> {
        let shown = self.resume_point(entry).is_some() && entry.dismissed_at.is_none();
        shown.then_some(entry.activity_at)
    }

    fn first_report(&self, title: &TitleId, report: &Report, now: UnixMillis) -> WatchProgress {
        let entry = WatchProgress::new(title.clone(), now);
        let told = self.told(&entry, report, now);
        moved(entry, told, now)
    }

    fn report(&self, mut entry: WatchProgress, report: &Report, now: UnixMillis) -> Decision {
        if entry.sessions.holder().is_none() {
            // Marked watched and never played, or brought from elsewhere: whoever wrote the position did not number it.
            entry.sessions.hold(SessionMark::unnumbered(&entry));
        }
        let known = entry.sessions.find(report.session());
        if known.is_some_and(|mark| is_stale(mark, report) || is_teardown(mark, report)) {
            return Decision::Keep;
        }
        let told = self.told(&entry, report, now);
        let counts = is_activity(&entry, known, report, told.position)
            && !self.is_late(&entry, known, report, now)
            && !self.is_mere_visit(&entry, &told);
        if counts {
            return Decision::Write(moved(entry, told, now));
        }
        // Remembered, so that what comes next from this session is judged by it. A length is true whoever tells it.
        if entry.duration.is_zero() && entry.position <= told.duration {
            entry.duration = told.duration;
        }
        entry.sessions.remember(told.mark);
        Decision::Write(entry)
    }

    /// What a report says of an entry, with what is known of its session.
    fn told(&self, entry: &WatchProgress, report: &Report, now: UnixMillis) -> Told {
        let duration = report.duration().unwrap_or(entry.duration);
        let position = if duration.is_zero() {
            report.position()
        } else {
            report.position().min(duration)
        };
        let ends = report.event() == Event::Ended || self.is_at_end(position, duration);
        let known = entry.sessions.find(report.session());
        let ended_before = known.is_some_and(|mark| mark.ended);
        let mark = SessionMark {
            session: report.session().cloned(),
            seq: report.seq(),
            // As told, not as cut: a paused player repeats it whatever others say of the duration.
            position: report.position(),
            at: now,
            closed: known.is_some_and(|mark| mark.closed),
            ended: ends || (ended_before && self.is_past_minimum(position, duration)),
        };
        Told {
            position,
            duration,
            ends,
            is_new_play: ends && !ended_before,
            mark,
        }
    }

    /// Whether this report comes from before the viewer's own decision: its session was known then, and it is too soon for
    /// it to be anything but late. Going to another position is a decision too.
    fn is_late(
        &self,
        entry: &WatchProgress,
        known: Option<&SessionMark>,
        report: &Report,
        now: UnixMillis,
    ) -> bool {
        let Some(decided_at) = entry.decided_at else {
            return false;
        };
        // Both ways round: a decision from a future that a wrong clock believed in is not respected until then.
        let apart = now
            .saturating_since(decided_at)
            .max(decided_at.saturating_since(now));
        known.is_some_and(|mark| mark.closed) && report.event() != Event::Seek && apart <= self.late_window
    }

    /// Whether a title was opened and is still before the minimum, where an entry holds more than that. The session whose
    /// position is stored may go back there; a player that does not number its reports cannot be told from a new one.
    fn is_mere_visit(&self, entry: &WatchProgress, told: &Told) -> bool {
        let holder = entry.sessions.holder().and_then(|mark| mark.session.as_ref());
        let holds = holder.is_some() && holder == told.mark.session.as_ref();
        let is_worth_keeping = entry.finished || self.is_past_minimum(entry.position, entry.duration);
        !holds && !told.ends && is_worth_keeping && !self.is_past_minimum(told.position, told.duration)
    }

    fn is_past_minimum(&self, position: Duration, duration: Duration) -> bool {
        let mut minimum = self.min_position;
        if !duration.is_zero() {
            minimum = minimum.min(percent(duration, self.min_percent));
        }
        !position.is_zero() && position >= minimum
    }

    fn is_at_end(&self, position: Duration, duration: Duration) -> bool {
        !duration.is_zero() && position >= percent(duration, self.completed_percent)
    }
}

/// What a report says of an entry.
struct Told {
    /// Not behind the duration, when that is known.
    position: Duration,
    duration: Duration,
    /// Whether the title is over.
    ends: bool,
    /// Whether it is over for the first time in this play.
    is_new_play: bool,
    mark: SessionMark,
}

/// A late or repeated report of its session.
fn is_stale(known: &SessionMark, report: &Report) -> bool {
    report.session().is_some() && report.seq() <= known.seq
}

/// A stop at zero after a real position: players report it while they are torn down.
fn is_teardown(known: &SessionMark, report: &Report) -> bool {
    report.event() == Event::Stop && report.position().is_zero() && !known.position.is_zero()
}

/// Whether a player did something. One that stands still did not, wherever it stands; a new one that begins at the stored
/// position has not yet.
fn is_activity(
    entry: &WatchProgress,
    known: Option<&SessionMark>,
    report: &Report,
    position: Duration,
) -> bool {
    let came_to_its_end = report.event() == Event::Ended && !known.is_some_and(|mark| mark.ended);
    let stands_still = known.map_or(entry.position == position, |mark| {
        mark.position == report.position()
    });
    came_to_its_end || !stands_still
}

/// The entry after activity.
fn moved(mut entry: WatchProgress, told: Told, now: UnixMillis) -> WatchProgress {
    entry.position = told.position;
    entry.duration = told.duration;
    entry.activity_at = entry.activity_at.max(now);
    entry.dismissed_at = None;
    if told.ends && !entry.finished {
        if told.is_new_play || entry.completed_at.is_none() {
            entry.plays = entry.plays.saturating_add(1);
        }
        entry.completed_at = Some(now);
    }
    entry.finished = told.ends;
    entry.sessions.hold(SessionMark {
        closed: false,
        ..told.mark
    });
    entry
}

fn watched(mut entry: WatchProgress, now: UnixMillis) -> WatchProgress {
    if !entry.finished || entry.completed_at.is_none() {
        entry.plays = entry.plays.saturating_add(1);
    }
    entry.completed_at = Some(now);
    entry.finished = true;
    decided(entry, now)
}

fn unwatched(mut entry: WatchProgress, now: UnixMillis) -> WatchProgress {
    entry.completed_at = None;
    entry.finished = false;
    entry.plays = 0;
    entry.position = Duration::ZERO;
    decided(entry, now)
}

fn dismissed(mut entry: WatchProgress, now: UnixMillis) -> WatchProgress {
    entry.dismissed_at = Some(now);
    decided(entry, now)
}

fn decided(mut entry: WatchProgress, now: UnixMillis) -> WatchProgress {
    entry.decided_at = Some(now);
    entry.sessions.close();
    entry
}

/// This share of a duration.
fn percent(duration: Duration, percent: u8) -> Duration {
    duration.saturating_mul(u32::from(percent)) / 100
}

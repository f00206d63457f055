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
    /// The viewer marks the title not watched: the position, the mark and the play count are cleared.
    Unwatched,
    /// The viewer takes the title out of the row; the position stays.
    Dismiss,
    /// The viewer deletes the entry.
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
        let entry = || {
            current
                .cloned()
                .unwrap_or_else(|| WatchProgress::new(title.clone(), now))
        };
        match change {
            Change::Report(report) => self.report(entry(), current.is_some(), report, now),
            Change::Watched => Decision::Write(watched(entry(), now)),
            Change::Unwatched => Decision::Write(unwatched(entry(), now)),
            Change::Dismiss => current.map_or(Decision::Keep, |_| Decision::Write(dismissed(entry(), now))),
            Change::Delete => current.map_or(Decision::Keep, |_| Decision::Remove),
        }
    }

    /// Where a player should offer to resume; `None` when there is nothing to resume.
    #[must_use]
    pub fn resume_point(&self, entry: &WatchProgress) -> Option<Duration> {
        let short = !entry.duration.is_zero() && entry.duration < self.short_title;
        let offered = !entry.finished && !short && self.is_past_minimum(entry.position, entry.duration);
        offered.then_some(entry.position)
    }

    /// When the entry was last active, if it stands in the "continue watching" row: what the row is ordered by.
    #[must_use]
    pub fn row_position(&self, entry: &WatchProgress) -> Option<UnixMillis> {
        let shown = self.resume_point(entry).is_some() && entry.dismissed_at.is_none();
        shown.then_some(entry.activity_at)
    }

    fn is_past_minimum(&self, position: Duration, duration: Duration) -> bool {
        let mut minimum = self.min_position;
        if !duration.is_zero() {
            minimum = minimum.min(percent(duration, self.min_percent));
        }
        !position.is_zero() && position >= minimum
    }

    fn report(&self, mut entry: WatchProgress, stored: bool, report: &Report, now: UnixMillis) -> Decision {
        let session = report.session.as_ref().map(|(session, _)| session);
        let seq = report.session.as_ref().map_or(0, |(_, seq)| *seq);
        let known = entry.sessions.find(session).cloned();

        // A late or repeated report of its session.
        if session.is_some() && known.as_ref().is_some_and(|mark| seq <= mark.seq) {
            return Decision::Keep;
        }
        // A stop at zero right after a real position: players report it while they are torn down.
        let was_somewhere = known.as_ref().is_some_and(|mark| !mark.position.is_zero());
        if report.event == Event::Stop && report.position.is_zero() && was_somewhere {
            return Decision::Keep;
        }

        let duration = report.duration.unwrap_or(entry.duration);
        let position = if duration.is_zero() {
            report.position
        } else {
            report.position.min(duration)
        };
        let ends = report.event == Event::Ended
            || (!duration.is_zero() && position >= percent(duration, self.completed_percent));
        let mut mark = SessionMark {
            session: session.cloned(),
            seq,
            position,
            at: now,
            closed: known.as_ref().is_some_and(|mark| mark.closed),
        };

        let last = known.as_ref().map(|mark| mark.position);
        let moved = last.or(stored.then_some(entry.position)) != Some(position);
        let is_activity =
            (moved || (ends && !entry.finished)) && !self.is_late(&entry, known.as_ref(), report, now);
        let holds = entry
            .sessions
            .holder()
            .is_none_or(|holder| holder.session == mark.session);
        let keeps_what_is_there =
            !holds && !ends && !self.is_past_minimum(position, duration) && self.is_worth_keeping(&entry);

        if !is_activity || keeps_what_is_there {
            // Remembered, so that later reports of this session are judged by it.
            entry.sessions.remember(mark, holds);
            return Decision::Write(entry);
        }
        mark.closed = false;
        entry.sessions.remember(mark, true);
        entry.position = position;
        entry.duration = duration;
        entry.activity_at = entry.activity_at.max(now);
        entry.dismissed_at = None;
        if ends && !entry.finished {
            entry.completed_at = Some(now);
            entry.plays = entry.plays.saturating_add(1);
        }
        entry.finished = ends;
        Decision::Write(entry)
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
        known.is_some_and(|mark| mark.closed)
            && report.event != Event::Seek
            && now.saturating_since(decided_at) <= self.late_window
    }

    /// Whether an entry holds something that opening and leaving quickly must not destroy.
    fn is_worth_keeping(&self, entry: &WatchProgress) -> bool {
        entry.finished || self.is_past_minimum(entry.position, entry.duration)
    }
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

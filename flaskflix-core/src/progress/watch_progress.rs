//! What is stored for one viewer and one title.

use std::time::Duration;

use super::Sessions;
use crate::{id::TitleId, time::UnixMillis};

/// How far one viewer is in one title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchProgress {
    /// The title.
    pub title: TitleId,
    /// The position of the newest activity, in whole milliseconds; never behind a known duration.
    pub position: Duration,
    /// How long the title is; zero when no player has said.
    pub duration: Duration,
    /// Whether the position is the end: the title was watched to it, or marked watched.
    pub finished: bool,
    /// When the newest activity was: `last_watched_at`. A paused device is not activity.
    pub activity_at: UnixMillis,
    /// When the title was last watched to the end or marked watched. Watching it again does not clear it.
    pub completed_at: Option<UnixMillis>,
    /// How often it was watched to the end or marked watched.
    pub plays: u32,
    /// When it was taken out of the row; cleared by newer activity.
    pub dismissed_at: Option<UnixMillis>,
    /// When the viewer last marked or dismissed it: late reports do not undo that.
    pub decided_at: Option<UnixMillis>,
    /// What each playback session said last.
    pub sessions: Sessions,
}

impl WatchProgress {
    /// An entry for a title that was not watched yet.
    #[must_use]
    pub fn new(title: TitleId, now: UnixMillis) -> Self {
        Self {
            title,
            position: Duration::ZERO,
            duration: Duration::ZERO,
            finished: false,
            activity_at: now,
            completed_at: None,
            plays: 0,
            dismissed_at: None,
            decided_at: None,
            sessions: Sessions::default(),
        }
    }

    /// Whether the title counts as watched.
    #[must_use]
    pub const fn is_completed(&self) -> bool {
        self.completed_at.is_some()
    }

    /// How much of the title lies before the position, from 0 to 100, rounded to two decimals; 0 when the duration is not
    /// known.
    #[must_use]
    pub fn percentage(&self) -> f64 {
        if self.duration.is_zero() {
            return 0.0;
        }
        let share = self.position.as_secs_f64() / self.duration.as_secs_f64();
        (share * 10_000.0).round().clamp(0.0, 10_000.0) / 100.0
    }
}

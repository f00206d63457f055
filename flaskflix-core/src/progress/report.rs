//! What a player says about its position.

use std::{fmt, sync::Arc, time::Duration};

/// The longest position or duration that is believed: 30 days.
pub const MAX_POSITION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// One report of a player. Valid once it exists: the position is finite, not negative and not behind the duration, so that
/// it fits every database in milliseconds.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use flaskflix_core::progress::{Event, Report, SessionId};
/// let report = Report::new(125.5, Some(7200.0))?
///     .in_session(SessionId::parse("tv-1")?, 42)
///     .with_event(Event::Pause);
/// assert_eq!(report.position(), Duration::from_millis(125_500));
/// assert!(Report::new(f64::NAN, None).is_err());
/// # Ok::<(), flaskflix_core::progress::InvalidReport>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    position: Duration,
    duration: Option<Duration>,
    session: Option<(SessionId, u64)>,
    event: Event,
}

/// What made a player report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Event {
    /// Time has passed: the default.
    #[default]
    Time,
    /// The viewer paused.
    Pause,
    /// The viewer went to another position.
    Seek,
    /// The title has ended.
    Ended,
    /// The player goes away.
    Stop,
}

impl Event {
    /// Reads the word for it: `time`, `pause`, `seek`, `ended` or `stop`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "time" => Some(Self::Time),
            "pause" => Some(Self::Pause),
            "seek" => Some(Self::Seek),
            "ended" => Some(Self::Ended),
            "stop" => Some(Self::Stop),
            _ => None,
        }
    }
}

/// Names one playback: one player on one page, from opening to closing. Chosen by the player, at random.
///
/// One to 64 ASCII letters, digits, `-` or `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// Parses a session's name.
    ///
    /// # Errors
    /// [`InvalidReport::Session`] when it breaks the rule above.
    pub fn parse(text: &str) -> Result<Self, InvalidReport> {
        let valid = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if valid {
            Ok(Self(text.into()))
        } else {
            Err(InvalidReport::Session)
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a report cannot be believed. The client's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReport {
    /// The position is not a number of seconds from 0 to [`MAX_POSITION`].
    #[error("current_time is not a number of seconds from 0 to {}", MAX_POSITION.as_secs())]
    Position,
    /// The duration is not a number of seconds from 0 to [`MAX_POSITION`].
    #[error("total_duration is not a number of seconds from 0 to {}", MAX_POSITION.as_secs())]
    Duration,
    /// The session's name is not one to 64 letters, digits, `-` or `_`.
    #[error("session is not 1 to 64 ASCII letters, digits, - or _")]
    Session,
}

impl Report {
    /// Makes a report from what players measure in: seconds. A duration of zero is an unknown one; a position behind the
    /// duration becomes the duration.
    ///
    /// # Errors
    /// [`InvalidReport`] for a number that is not finite, negative, or beyond [`MAX_POSITION`].
    pub fn new(position_secs: f64, duration_secs: Option<f64>) -> Result<Self, InvalidReport> {
        let position = millis(position_secs).ok_or(InvalidReport::Position)?;
        let duration = match duration_secs {
            None => None,
            Some(secs) => Some(millis(secs).ok_or(InvalidReport::Duration)?).filter(|d| !d.is_zero()),
        };
        Ok(Self {
            position: duration.map_or(position, |duration| position.min(duration)),
            duration,
            session: None,
            event: Event::Time,
        })
    }

    /// The same report as the `seq`-th of a playback session: later reports of the session have larger numbers, any others
    /// are late or repeated. Players that do not number their reports leave this out; then the order of arrival counts.
    #[must_use]
    pub fn in_session(mut self, session: SessionId, seq: u64) -> Self {
        self.session = Some((session, seq));
        self
    }

    /// The same report with what made it. Default: [`Event::Time`].
    #[must_use]
    pub const fn with_event(mut self, event: Event) -> Self {
        self.event = event;
        self
    }

    /// Where the player is: whole milliseconds, at most [`MAX_POSITION`], never behind the duration.
    #[must_use]
    pub const fn position(&self) -> Duration {
        self.position
    }

    /// How long the title is, when the player knows: whole milliseconds, at most [`MAX_POSITION`], never zero.
    #[must_use]
    pub const fn duration(&self) -> Option<Duration> {
        self.duration
    }

    /// The playback session; `None` when the player does not number its reports.
    #[must_use]
    pub const fn session(&self) -> Option<&SessionId> {
        match &self.session {
            Some((session, _)) => Some(session),
            None => None,
        }
    }

    /// The number of this report in its session; 0 when the player does not number its reports.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        match &self.session {
            Some((_, seq)) => *seq,
            None => 0,
        }
    }

    /// What made the player report.
    #[must_use]
    pub const fn event(&self) -> Event {
        self.event
    }
}

/// Seconds as whole milliseconds, rounded to nearest, when they are believable.
fn millis(secs: f64) -> Option<Duration> {
    // Also false for NaN.
    let believable = (0.0..=MAX_POSITION.as_secs_f64()).contains(&secs);
    let exact = believable.then(|| Duration::from_secs_f64(secs))?;
    let millis = exact.subsec_nanos().saturating_add(500_000) / 1_000_000;
    Some(Duration::from_secs(exact.as_secs()) + Duration::from_millis(millis.into()))
}

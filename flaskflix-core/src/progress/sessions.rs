//! What each playback session said last: how a late report, a paused device and a device that plays are told apart.

use std::{fmt, str::FromStr, time::Duration};

use super::{SessionId, WatchProgress};
use crate::time::UnixMillis;

/// Most sessions that an entry remembers. The holder is never forgotten; of the others, the one that reported longest ago is.
pub const MAX_SESSIONS: usize = 8;

/// The last report of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionMark {
    /// The session; `None` stands for all players that do not number their reports.
    pub session: Option<SessionId>,
    /// Its largest sequence number so far; 0 for players without.
    pub seq: u64,
    /// The position of that report.
    pub position: Duration,
    /// When it was received. For people who look at it: the rules go by the order of arrival, which no clock can turn round.
    pub at: UnixMillis,
    /// Whether the viewer has marked or dismissed the title since: late reports of this session do not count.
    pub closed: bool,
    /// Whether it has been at the end since it was last before the minimum: going back a little and coming to the end again
    /// is not another play.
    pub ended: bool,
}

impl SessionMark {
    /// Stands for the unknown player that left `entry` where it is.
    pub(super) const fn unnumbered(entry: &WatchProgress) -> Self {
        Self {
            session: None,
            seq: 0,
            position: entry.position,
            at: entry.activity_at,
            closed: false,
            ended: entry.finished,
        }
    }
}

/// The sessions of one entry. The first is the holder: the one whose position is stored. The others follow, the one that
/// reported last before the rest; together at most [`MAX_SESSIONS`], each once.
///
/// `Display` and `FromStr` are a pair, for stores that keep it in one text column: at most 1 KiB of ASCII.
///
/// # Examples
/// ```
/// use flaskflix_core::progress::Sessions;
/// let sessions: Sessions = "tv-1:42:125500:1700000000000;:0:0:1690000000000:ce".parse()?;
/// assert_eq!(sessions.holder().map(|mark| mark.seq), Some(42));
/// assert_eq!(sessions.marks().len(), 2);
/// assert_eq!(sessions.to_string(), "tv-1:42:125500:1700000000000;:0:0:1690000000000:ce");
/// # Ok::<(), flaskflix_core::progress::InvalidSessions>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sessions(Vec<SessionMark>);

/// A stored text is not a list of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored text is not a list of at most {MAX_SESSIONS} playback sessions")]
pub struct InvalidSessions;

impl Sessions {
    /// The mark of a session.
    #[must_use]
    pub fn find(&self, session: Option<&SessionId>) -> Option<&SessionMark> {
        self.0.iter().find(|mark| mark.session.as_ref() == session)
    }

    /// The session whose position is stored; `None` only when nothing was ever reported.
    #[must_use]
    pub fn holder(&self) -> Option<&SessionMark> {
        self.0.first()
    }

    /// The marks, the holder first.
    #[must_use]
    pub fn marks(&self) -> &[SessionMark] {
        &self.0
    }

    /// Makes a session the holder.
    pub(super) fn hold(&mut self, mark: SessionMark) {
        self.0.retain(|other| other.session != mark.session);
        self.0.insert(0, mark);
        self.0.truncate(MAX_SESSIONS);
    }

    /// Remembers what a session said. It holds afterwards if it did before.
    pub(super) fn remember(&mut self, mark: SessionMark) {
        let holds = self.holder().is_some_and(|holder| holder.session == mark.session);
        self.0.retain(|other| other.session != mark.session);
        let place = if holds { 0 } else { self.0.len().min(1) };
        self.0.insert(place, mark);
        self.0.truncate(MAX_SESSIONS);
    }

    /// Closes every session: the viewer has decided about the title.
    pub(super) fn close(&mut self) {
        for mark in &mut self.0 {
            mark.closed = true;
        }
    }
}

impl fmt::Display for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, mark) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(";")?;
            }
            let session = mark.session.as_ref().map_or("", SessionId::as_str);
            let (seq, position, at) = (mark.seq, mark.position.as_millis(), mark.at.as_millis());
            let flags = match (mark.closed, mark.ended) {
                (false, false) => "",
                (true, false) => ":c",
                (false, true) => ":e",
                (true, true) => ":ce",
            };
            write!(f, "{session}:{seq}:{position}:{at}{flags}")?;
        }
        Ok(())
    }
}

impl FromStr for Sessions {
    type Err = InvalidSessions;

    /// Reads what `Display` has written, and nothing else.
    fn from_str(text: &str) -> Result<Self, InvalidSessions> {
        let mut sessions = Self::default();
        for mark in text.split_terminator(';') {
            let mark = parse_mark(mark).ok_or(InvalidSessions)?;
            let again = sessions.find(mark.session.as_ref()).is_some();
            if again || sessions.0.len() == MAX_SESSIONS {
                return Err(InvalidSessions);
            }
            sessions.0.push(mark);
        }
        // Leading zeros, signs, a separator too many: two texts for one value are one too many.
        (sessions.to_string() == text)
            .then_some(sessions)
            .ok_or(InvalidSessions)
    }
}

fn parse_mark(text: &str) -> Option<SessionMark> {
    let mut fields = text.split(':');
    let session = match fields.next()? {
        "" => None,
        name => Some(SessionId::parse(name).ok()?),
    };
    let mut number = || fields.next()?.parse::<u64>().ok();
    let (seq, position, at) = (number()?, number()?, number()?);
    let flags = fields.next().unwrap_or_default();
    fields.next().is_none().then_some(SessionMark {
        session,
        seq,
        position: Duration::from_millis(position),
        at: UnixMillis::from_millis(at),
        closed: flags.contains('c'),
        ended: flags.contains('e'),
    })
}

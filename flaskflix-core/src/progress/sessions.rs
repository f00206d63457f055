//! What each playback session said last: how a late report, a paused device and a device that plays are told apart.

use std::{fmt, str::FromStr, time::Duration};

use super::SessionId;
use crate::time::UnixMillis;

/// Most sessions that an entry remembers; the one that was silent longest is forgotten first.
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
    /// When it was received.
    pub at: UnixMillis,
    /// Whether the viewer has marked or dismissed the title since: late reports of this session do not count.
    pub closed: bool,
}

/// The sessions of one entry. The first is the one whose position is stored; at most [`MAX_SESSIONS`].
///
/// `Display` and `FromStr` are a pair, for stores that keep it in one text column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sessions(Vec<SessionMark>);

/// A stored text is not a list of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored text is not a list of playback sessions")]
pub struct InvalidSessions;

impl Sessions {
    /// The mark of a session.
    #[must_use]
    pub fn find(&self, session: Option<&SessionId>) -> Option<&SessionMark> {
        self.0.iter().find(|mark| mark.session.as_ref() == session)
    }

    /// The session whose position is stored.
    #[must_use]
    pub fn holder(&self) -> Option<&SessionMark> {
        self.0.first()
    }

    /// The marks, the holder first.
    #[must_use]
    pub fn marks(&self) -> &[SessionMark] {
        &self.0
    }

    /// Remembers a mark, as the holder's or in its old place.
    pub(super) fn remember(&mut self, mark: SessionMark, holds: bool) {
        let place = self.0.iter().position(|other| other.session == mark.session);
        if holds {
            if let Some(place) = place {
                self.0.remove(place);
            }
            self.0.insert(0, mark);
        } else if let Some(known) = place.and_then(|place| self.0.get_mut(place)) {
            *known = mark;
        } else {
            self.0.push(mark);
        }
        while self.0.len() > MAX_SESSIONS {
            // Never the holder: it is the first.
            let oldest = (1..self.0.len()).min_by_key(|&place| self.0.get(place).map(|mark| mark.at));
            self.0.remove(oldest.unwrap_or(MAX_SESSIONS));
        }
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
            let closed = if mark.closed { ":c" } else { "" };
            write!(f, "{session}:{seq}:{position}:{at}{closed}")?;
        }
        Ok(())
    }
}

impl FromStr for Sessions {
    type Err = InvalidSessions;

    fn from_str(text: &str) -> Result<Self, InvalidSessions> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let marks: Option<Vec<_>> = text.split(';').map(parse_mark).collect();
        marks
            .filter(|marks| marks.len() <= MAX_SESSIONS)
            .map(Self)
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
    let closed = match fields.next() {
        None => false,
        Some("c") => true,
        Some(_) => return None,
    };
    fields.next().is_none().then_some(SessionMark {
        session,
        seq,
        position: Duration::from_millis(position),
        at: UnixMillis::from_millis(at),
        closed,
    })
}

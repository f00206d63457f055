//! A player's buffer: pure, with the time handed in.
//!
//! Rebuffers are counted as Media3 counts them ([`PlaybackStats.totalRebufferCount`]): the buffer ran empty after the film had
//! begun to play. Waiting for the first picture is joining and waiting after a seek is seeking; neither is a rebuffer, and a
//! seek out of a rebuffer ends it. As in Media3's `DefaultLoadControl`, what is needed to play after a seek is what is
//! needed at the start, and more is needed after a rebuffer.
//!
//! [`PlaybackStats.totalRebufferCount`]: https://developer.android.com/reference/androidx/media3/exoplayer/analytics/PlaybackStats

use std::time::Duration;

use super::scenario::Buffering;

/// What is there, what has been played, and how often it starved.
#[derive(Debug, Clone)]
pub struct Buffer {
    settings: Buffering,
    state: State,
    /// When `played` and `level` were true.
    at: Duration,
    level: Duration,
    played: Duration,
    rebuffers: u32,
    ran_empty: Option<Duration>,
    starved: Duration,
    seeks: u32,
    seeking: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Starting,
    Playing,
    Seeking,
    Starved,
}

impl Buffer {
    /// An empty one, at a moment.
    #[must_use]
    pub const fn new(settings: Buffering, now: Duration) -> Self {
        Self {
            settings,
            state: State::Starting,
            at: now,
            level: Duration::ZERO,
            played: Duration::ZERO,
            rebuffers: 0,
            ran_empty: None,
            starved: Duration::ZERO,
            seeks: 0,
            seeking: Duration::ZERO,
        }
    }

    /// A segment has arrived.
    pub fn add(&mut self, media: Duration, now: Duration) {
        self.advance(now);
        self.level = self.level.saturating_add(media);
        let needed = match self.state {
            State::Starting | State::Seeking => self.settings.start,
            State::Starved => self.settings.resume,
            State::Playing => return,
        };
        if self.level >= needed {
            self.state = State::Playing;
        }
    }

    /// The viewer jumps: what is there is of no use any more. Before the film has begun to play, it begins elsewhere.
    pub fn seek(&mut self, now: Duration) {
        self.advance(now);
        self.level = Duration::ZERO;
        if self.state != State::Starting {
            self.state = State::Seeking;
            self.seeks = self.seeks.saturating_add(1);
        }
    }

    /// Plays until `now`.
    pub fn advance(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at);
        self.at = self.at.max(now);
        match self.state {
            State::Starting => {}
            State::Seeking => self.seeking = self.seeking.saturating_add(passed),
            State::Starved => self.starved = self.starved.saturating_add(passed),
            State::Playing => {
                let played = passed.min(self.level);
                self.level = self.level.saturating_sub(played);
                self.played = self.played.saturating_add(played);
                if played < passed {
                    self.state = State::Starved;
                    self.ran_empty = Some(now.saturating_sub(passed.saturating_sub(played)));
                    self.rebuffers = self.rebuffers.saturating_add(1);
                    self.starved = self.starved.saturating_add(passed.saturating_sub(played));
                }
            }
        }
    }

    /// How long to wait before the next segment is asked for: until there is room below the target.
    #[must_use]
    pub const fn room_in(&self) -> Duration {
        self.level.saturating_sub(self.settings.target)
    }

    /// Media played so far.
    #[must_use]
    pub const fn played(&self) -> Duration {
        self.played
    }

    /// How often it ran empty after it had begun to play.
    #[must_use]
    pub const fn rebuffers(&self) -> u32 {
        self.rebuffers
    }

    /// When it ran empty last.
    #[must_use]
    pub const fn ran_empty(&self) -> Option<Duration> {
        self.ran_empty
    }

    /// How often the viewer jumped while the film played.
    #[must_use]
    pub const fn seeks(&self) -> u32 {
        self.seeks
    }

    /// How long the viewer waited after that.
    #[must_use]
    pub const fn seeking(&self) -> Duration {
        self.seeking
    }

    /// How long it stood still after it had begun to play.
    #[must_use]
    pub const fn starved(&self) -> Duration {
        self.starved
    }

    /// Whether it has begun to play.
    #[must_use]
    pub fn has_started(&self) -> bool {
        self.state != State::Starting
    }

    /// Whether it plays: enough has come since the start, the last seek or the last rebuffer.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.state == State::Playing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn buffer() -> Buffer {
        let settings = Buffering {
            start: secs(3),
            resume: secs(5),
            target: secs(12),
        };
        Buffer::new(settings, secs(100))
    }

    #[test]
    fn playing_begins_when_enough_is_there_and_waiting_before_it_is_no_rebuffer() {
        let mut buffer = buffer();
        buffer.add(secs(2), secs(110));
        assert!(!buffer.has_started());
        buffer.add(secs(2), secs(120));
        assert!(buffer.has_started());
        assert_eq!((buffer.rebuffers(), buffer.starved()), (0, secs(0)));
        buffer.advance(secs(121));
        assert_eq!(buffer.played(), secs(1));
    }

    #[test]
    fn an_empty_buffer_is_one_rebuffer_until_enough_is_there_again() {
        let mut buffer = buffer();
        buffer.add(secs(6), secs(100));
        buffer.advance(secs(104));
        buffer.advance(secs(110)); // empty since 106
        buffer.add(secs(4), secs(112)); // less than resume
        buffer.add(secs(4), secs(113));
        buffer.advance(secs(114));
        assert_eq!((buffer.rebuffers(), buffer.starved()), (1, secs(7)));
        assert_eq!(buffer.played(), secs(7));
    }

    #[test]
    fn waiting_after_a_seek_is_no_rebuffer_and_a_seek_ends_one() {
        let mut buffer = buffer();
        buffer.add(secs(6), secs(100));
        buffer.seek(secs(102));
        buffer.add(secs(2), secs(109)); // less than start
        assert!(!buffer.is_playing());
        buffer.add(secs(2), secs(110)); // less than resume: enough after a seek
        assert!(buffer.is_playing());
        assert_eq!((buffer.rebuffers(), buffer.starved()), (0, secs(0)));
        assert_eq!((buffer.seeks(), buffer.seeking()), (1, secs(8)));
        buffer.seek(secs(120)); // empty since 114
        buffer.advance(secs(130));
        assert_eq!((buffer.rebuffers(), buffer.starved()), (1, secs(6)));
        assert_eq!(buffer.ran_empty(), Some(secs(114)));
        assert_eq!(buffer.played(), secs(6));
    }

    #[test]
    fn a_seek_before_the_start_is_none() {
        let mut buffer = buffer();
        buffer.add(secs(2), secs(100));
        buffer.seek(secs(101));
        buffer.add(secs(2), secs(102));
        assert_eq!((buffer.has_started(), buffer.seeks()), (false, 0));
    }

    #[test]
    fn the_next_segment_is_asked_for_when_there_is_room() {
        let mut buffer = buffer();
        buffer.add(secs(10), secs(100));
        assert_eq!(buffer.room_in(), secs(0));
        buffer.add(secs(6), secs(100));
        assert_eq!(buffer.room_in(), secs(4));
        buffer.advance(secs(104));
        assert_eq!(buffer.room_in(), secs(0));
    }
}

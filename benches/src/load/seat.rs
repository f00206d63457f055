//! Where a viewer is in its film, and what it does next: pure, with the time handed in.

use std::time::Duration;

use super::{
    buffer::Buffer,
    scenario::{Entry, Habits, Scenario},
};
use crate::dice::Dice;

/// A viewer's place, its buffer and its plans. Times run from the first arrival.
#[derive(Debug, Clone)]
pub struct Seat {
    /// What is there to play.
    pub buffer: Buffer,
    /// The segment to ask for next.
    pub place: usize,
    /// The numbers of this viewer.
    pub dice: Dice,
    /// What the viewer waits for, and since when; [`None`] while it plays or starves.
    waits: Option<Waits>,
    /// Where the film stood when the buffer had played so much.
    offset: (Duration, Duration),
    habits: Habits,
    due_position: Option<Duration>,
    due_seek: Option<Duration>,
    due_switch: Option<Duration>,
    progress_every: Duration,
    rebuffers: u32,
}

/// What a viewer does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Ask for the next segment.
    Segment,
    /// Post its position.
    Position,
    /// Jump.
    Seek,
    /// Take another quality.
    Switch,
}

/// What a viewer has waited for, since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// The first picture.
    Start(Duration),
    /// The film to play on after a jump.
    Seek(Duration),
}

impl Seat {
    /// Taken at this moment: play has been pressed.
    #[must_use]
    pub fn new(scenario: &Scenario, number: u32, now: Duration) -> Self {
        let mut dice = scenario.dice(number);
        let habits = scenario.habits;
        let mut plan = |every: Duration| (!every.is_zero()).then(|| now.saturating_add(dice.wait(every)));
        let (due_seek, due_switch) = (plan(habits.seek_every), plan(habits.switch_every));
        let posts = matches!(scenario.entry, Entry::Account { .. });
        Self {
            buffer: Buffer::new(scenario.buffer, now),
            place: 0,
            dice,
            waits: Some(Waits::Start(now)),
            offset: (Duration::ZERO, Duration::ZERO),
            habits,
            due_position: posts.then_some(now.saturating_add(scenario.progress_every)),
            due_seek,
            due_switch,
            progress_every: scenario.progress_every,
            rebuffers: 0,
        }
    }

    /// What is next, and when.
    #[must_use]
    pub fn next(&mut self, now: Duration) -> (Deed, Duration) {
        self.buffer.advance(now);
        let segment = (Deed::Segment, now.saturating_add(self.buffer.room_in()));
        let planned = [
            (Deed::Position, self.due_position),
            (Deed::Seek, self.due_seek),
            (Deed::Switch, self.due_switch),
        ];
        let planned = planned.into_iter().filter_map(|(deed, due)| Some((deed, due?)));
        // What was planned goes before a segment that is due as well: a player does both at once.
        planned
            .chain([segment])
            .min_by_key(|(_, due)| *due)
            .unwrap_or(segment)
    }

    /// Plans what was just done anew.
    pub fn done(&mut self, deed: Deed, now: Duration) {
        let (due, every) = match deed {
            Deed::Segment => return,
            Deed::Position => {
                // A player's clock does not wait for an answer that is late; what it missed, it leaves out.
                let next = self
                    .due_position
                    .map(|due| due.saturating_add(self.progress_every));
                self.due_position = next.map(|next| next.max(now));
                return;
            }
            Deed::Seek => (&mut self.due_seek, self.habits.seek_every),
            Deed::Switch => (&mut self.due_switch, self.habits.switch_every),
        };
        *due = Some(now.saturating_add(self.dice.wait(every)));
    }

    /// Goes to a segment that begins at this time of the film.
    pub fn jump(&mut self, place: usize, starts_at: Duration, now: Duration) {
        self.place = place;
        self.buffer.seek(now);
        self.offset = (starts_at, self.buffer.played());
        if self.buffer.has_started() {
            self.waits = Some(Waits::Seek(now));
        }
    }

    /// A segment has arrived; says what the viewer has waited for, when that has come now.
    pub fn arrived(&mut self, media: Duration, now: Duration) -> Option<Waits> {
        self.buffer.add(media, now);
        if self.buffer.is_playing() {
            self.waits.take()
        } else {
            None
        }
    }

    /// When the buffer has run empty, once for each time.
    pub fn ran_empty(&mut self) -> Option<Duration> {
        let before = std::mem::replace(&mut self.rebuffers, self.buffer.rebuffers());
        (self.rebuffers > before).then(|| self.buffer.ran_empty())?
    }

    /// The position in a film of this length, which begins anew at its end.
    #[must_use]
    pub fn position_seconds(&self, film: Duration) -> f64 {
        let (start, played_before) = self.offset;
        let position = start.saturating_add(self.buffer.played().saturating_sub(played_before));
        position.as_secs_f64() % film.as_secs_f64().max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::scenario::tests::scenario;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn a_full_buffer_waits_and_positions_are_posted_meanwhile() {
        let mut seat = Seat::new(&scenario(1), 0, secs(10));
        assert_eq!(seat.next(secs(10)), (Deed::Segment, secs(10)));
        assert_eq!(seat.arrived(secs(26), secs(11)), Some(Waits::Start(secs(10))));
        assert_eq!(seat.next(secs(11)), (Deed::Position, secs(15)));
        seat.done(Deed::Position, secs(15));
        assert_eq!(seat.next(secs(15)), (Deed::Segment, secs(17)));
        seat.done(Deed::Position, secs(31)); // late: the next one is due now, not twice before
        assert_eq!(seat.next(secs(31)), (Deed::Position, secs(31)));
    }

    #[test]
    fn the_position_goes_on_from_where_the_viewer_jumped_to() {
        let mut seat = Seat::new(&scenario(1), 0, secs(0));
        seat.jump(5, secs(20), secs(0));
        assert_eq!(seat.arrived(secs(10), secs(1)), Some(Waits::Start(secs(0))));
        seat.buffer.advance(secs(4));
        assert!((seat.position_seconds(secs(100)) - 23.0).abs() < 1e-9);
        seat.jump(24, secs(98), secs(5));
        assert_eq!(seat.arrived(secs(10), secs(7)), Some(Waits::Seek(secs(5))));
        seat.buffer.advance(secs(11));
        assert!((seat.position_seconds(secs(100)) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn each_time_the_buffer_runs_empty_is_told_once() {
        let mut seat = Seat::new(&scenario(1), 0, secs(0));
        seat.arrived(secs(4), secs(1));
        seat.buffer.advance(secs(9));
        assert_eq!((seat.ran_empty(), seat.ran_empty()), (Some(secs(5)), None));
    }
}

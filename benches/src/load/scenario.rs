//! What the viewers do.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use serde::Serialize;

use super::arrivals::Arrivals;
use crate::dice::Dice;

/// One run. Everything that shapes the load stands here, so that a new kind of viewer is a new field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scenario {
    /// Where the server listens.
    pub host: SocketAddr,
    /// How many viewers watch at once, at the end.
    pub viewers: u32,
    /// When they come.
    pub arrivals: Arrivals,
    /// How they get to the film.
    pub entry: Entry,
    /// The rendition whose bandwidth is nearest to this many bits in a second.
    pub bits_per_second: u64,
    /// How often each posts its position.
    pub progress_every: Duration,
    /// How the player buffers.
    pub buffer: Buffering,
    /// What else they do.
    pub habits: Habits,
    /// One segment of so many is hashed and compared with the same request made alone. 0 compares none.
    pub check_one_in: u64,
    /// Every wait for an answer ends after this and is an error.
    pub patience: Duration,
    /// Loopback addresses from which they come; 0 leaves the choice to the kernel.
    pub sources: u32,
    /// The names of the accounts begin so; a number follows.
    pub name: String,
    /// The password of every account.
    #[serde(skip)]
    pub password: String,
    /// Where each viewer begins in the film, what it does, and which segments are compared.
    pub seed: u64,
}

/// How viewers get to the film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// `flaskflix-server`: an account, a log-in, a token; positions are posted.
    Account {
        /// The movie.
        movie: u64,
    },
    /// A server of open HLS: nobody is asked who he is, and there is nowhere to post to.
    Open {
        /// Path of the master playlist.
        master: String,
    },
}

/// How a player buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Buffering {
    /// Media that must be there before it plays, at the start and after a seek.
    pub start: Duration,
    /// Media that must be there before it plays on after it starved.
    pub resume: Duration,
    /// It asks for the next segment when less than this is there.
    pub target: Duration,
}

/// What viewers do besides watching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Habits {
    /// A viewer jumps this often on average; zero: never.
    pub seek_every: Duration,
    /// A player changes the quality this often on average, when there is another; zero: never.
    pub switch_every: Duration,
    /// Viewers of a hundred whose line carries [`SLOW_LINE_PERCENT`] of what they watch, through a small receive buffer.
    pub slow_percent: u8,
    /// Viewers of a hundred whose line breaks in the middle of one video segment of [`BREAKS_ONE_IN`].
    pub flaky_percent: u8,
}

/// What one viewer's line is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nothing in the way.
    Plain,
    /// It carries little more than the film.
    Slow,
    /// It breaks now and then.
    Flaky,
}

/// As Media3's `DefaultLoadControl` had it for years, with a shorter target: the film is short, and a full buffer asks
/// for nothing.
impl Default for Buffering {
    fn default() -> Self {
        Self {
            start: Duration::from_millis(2500),
            resume: Duration::from_secs(5),
            target: Duration::from_secs(20),
        }
    }
}

impl Scenario {
    /// The name of one account.
    #[must_use]
    pub fn account(&self, viewer: u32) -> String {
        format!("{}{viewer}", self.name)
    }

    /// When one viewer comes, from the first arrival.
    #[must_use]
    pub fn arrival(&self, viewer: u32) -> Duration {
        self.arrivals.of(viewer, self.viewers)
    }

    /// The pseudo-random numbers of one viewer.
    #[must_use]
    pub const fn dice(&self, viewer: u32) -> Dice {
        Dice::new(self.seed ^ ((viewer as u64) << 32))
    }

    /// The line of one viewer. The kinds are spread evenly over those who come.
    #[must_use]
    pub fn kind(&self, viewer: u32) -> Kind {
        // 37 and 100 have no common factor: any hundred neighbours get all remainders.
        let place = viewer.wrapping_mul(37) % 100;
        let slow = u32::from(self.habits.slow_percent);
        if place < slow {
            Kind::Slow
        } else if place < slow.saturating_add(u32::from(self.habits.flaky_percent)) {
            Kind::Flaky
        } else {
            Kind::Plain
        }
    }

    /// The address from which one viewer comes: 127.1.0.1 and so on, in turns.
    #[must_use]
    pub fn source(&self, viewer: u32) -> Option<IpAddr> {
        let place = viewer.checked_rem(self.sources)?;
        let first = u32::from(Ipv4Addr::new(127, 1, 0, 1));
        Some(IpAddr::V4(Ipv4Addr::from(first.wrapping_add(place))))
    }
}

/// What a slow line carries, in percent of the film's bit rate.
pub const SLOW_LINE_PERCENT: u64 = 150;

/// A flaky line breaks in one video segment of so many.
pub const BREAKS_ONE_IN: u64 = 4;

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::load) fn scenario(viewers: u32) -> Scenario {
        Scenario {
            host: SocketAddr::from(([127, 0, 0, 1], 1)),
            viewers,
            arrivals: Arrivals::Ramp {
                ramp: Duration::from_secs(10),
                steady: Duration::from_secs(20),
            },
            entry: Entry::Account { movie: 1 },
            bits_per_second: 1_000_000,
            progress_every: Duration::from_secs(5),
            buffer: Buffering::default(),
            habits: Habits {
                seek_every: Duration::ZERO,
                switch_every: Duration::ZERO,
                slow_percent: 10,
                flaky_percent: 5,
            },
            check_one_in: 0,
            patience: Duration::from_secs(20),
            sources: 3,
            name: "load-".to_owned(),
            password: String::new(),
            seed: 1,
        }
    }

    #[test]
    fn shares_are_exact_in_every_hundred_neighbours() {
        let scenario = scenario(1000);
        for first in [0, 50, 777] {
            let count = |kind| {
                (first..first + 100)
                    .filter(|viewer| scenario.kind(*viewer) == kind)
                    .count()
            };
            assert_eq!([Kind::Slow, Kind::Flaky, Kind::Plain].map(count), [10, 5, 85]);
        }
    }

    #[test]
    fn viewers_come_from_every_source_in_turns() {
        let scenario = scenario(10);
        let sources = [0, 1, 2, 3].map(|viewer| scenario.source(viewer).unwrap().to_string());
        assert_eq!(sources, ["127.1.0.1", "127.1.0.2", "127.1.0.3", "127.1.0.1"]);
    }
}

//! What the viewers do.

use std::{net::SocketAddr, time::Duration};

use serde::Serialize;

/// One run. Everything that shapes the load stands here, so that a new kind of viewer is a new field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scenario {
    /// Where the server listens.
    pub host: SocketAddr,
    /// How many viewers watch at once.
    pub viewers: u32,
    /// How long they take to come: they log in one after the other, evenly.
    pub ramp: Duration,
    /// How long is measured, from the moment the last one has come.
    pub steady: Duration,
    /// The movie they watch.
    pub movie: u64,
    /// The rendition whose bandwidth is nearest to this many bits in a second.
    pub bits_per_second: u64,
    /// How often each posts its position.
    pub progress_every: Duration,
    /// How the player buffers.
    pub buffer: Buffering,
    /// One segment of so many is hashed and compared with the same request made alone. 0 compares none.
    pub check_one_in: u64,
    /// Every wait for an answer ends after this and is an error.
    pub patience: Duration,
    /// The names of the accounts begin so; a number follows.
    pub name: String,
    /// The password of every account.
    #[serde(skip)]
    pub password: String,
    /// Where each viewer begins in the film, and which segments are compared.
    pub seed: u64,
}

/// How a player buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Buffering {
    /// Media that must be there before it plays.
    pub start: Duration,
    /// Media that must be there before it plays on after it starved.
    pub resume: Duration,
    /// It asks for the next segment when less than this is there.
    pub target: Duration,
}

/// As Media3's defaults, with a shorter target: the film is short, and a full buffer asks for nothing.
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

    /// When one viewer comes, from the beginning of the ramp.
    #[must_use]
    pub fn arrival(&self, viewer: u32) -> Duration {
        self.ramp
            .mul_f64(f64::from(viewer) / f64::from(self.viewers.max(1)))
    }

    /// From the first arrival to the end.
    #[must_use]
    pub fn whole(&self) -> Duration {
        self.ramp.saturating_add(self.steady)
    }
}

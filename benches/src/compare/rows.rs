//! What is compared.

use serde::Serialize;

use crate::numbers::Spread;

/// One kind of work.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What it is.
    pub title: String,
    /// What the costs are counted in.
    pub unit: &'static str,
    /// Ours and every peer's, ours first.
    pub costs: Vec<Cost>,
    /// What is promised.
    pub targets: Vec<Target>,
}

/// What one server needs.
#[derive(Debug, Clone, Serialize)]
pub struct Cost {
    /// Its name.
    pub server: String,
    /// One for each round, in order: less is better.
    pub rounds: Vec<f64>,
}

/// A promise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Target {
    /// Our cost over that of a peer is at most this.
    Ratio {
        /// Its name.
        peer: &'static str,
        /// The bound.
        at_most: f64,
    },
    /// Our cost is at most this.
    Cost {
        /// The bound.
        at_most: f64,
    },
}

/// What became of a promise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// What was promised.
    pub promise: String,
    /// What was measured: the median counts.
    pub measured: Spread,
    /// The bound.
    pub at_most: f64,
}

impl Cost {
    /// Of a server that has had no turn yet.
    #[must_use]
    pub fn none(server: &str) -> Self {
        Self {
            server: server.to_owned(),
            rounds: Vec::new(),
        }
    }
}

impl Verdict {
    /// Whether it was kept.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.measured.median <= self.at_most
    }
}

impl Row {
    /// The costs of one server.
    #[must_use]
    pub fn cost(&self, server: &str) -> Option<&Cost> {
        self.costs.iter().find(|cost| cost.server == server)
    }

    /// The cost of one server over that of another, in the rounds that both were in.
    #[must_use]
    pub fn ratio(&self, server: &str, over: &str) -> Option<Spread> {
        Spread::of_ratios(&self.cost(server)?.rounds, &self.cost(over)?.rounds)
    }

    /// What became of the promises. A peer that was left out leaves its promise out.
    #[must_use]
    pub fn verdicts(&self) -> Vec<Verdict> {
        let Some(ours) = self.costs.first() else {
            return Vec::new();
        };
        let verdict = |target: &Target| match *target {
            Target::Ratio { peer, at_most } => Some(Verdict {
                promise: format!("{}: cost over {peer}", self.title),
                measured: self.ratio(&ours.server, peer)?,
                at_most,
            }),
            Target::Cost { at_most } => Some(Verdict {
                promise: format!("{}: {}", self.title, self.unit),
                measured: Spread::of(ours.rounds.iter().copied())?,
                at_most,
            }),
        };
        self.targets.iter().filter_map(verdict).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::compare) fn row() -> Row {
        let cost = |server: &str, rounds: [f64; 3]| Cost {
            server: server.to_owned(),
            rounds: rounds.to_vec(),
        };
        Row {
            title: "2 MiB".to_owned(),
            unit: "CPU s/GB",
            costs: vec![cost("ours", [0.2, 0.3, 0.2]), cost("nginx", [0.4, 0.3, 0.4])],
            targets: vec![
                Target::Ratio {
                    peer: "nginx",
                    at_most: 0.7,
                },
                Target::Ratio {
                    peer: "absent",
                    at_most: 0.4,
                },
                Target::Cost { at_most: 0.1 },
            ],
        }
    }

    #[test]
    fn a_promise_is_judged_by_the_median_of_the_rounds_own_ratios() {
        let verdicts = row().verdicts();
        let [ratio, cost] = &verdicts[..] else {
            panic!("{verdicts:?}")
        };
        assert_eq!((ratio.measured.median, ratio.measured.max), (0.5, 1.0));
        assert!(ratio.is_met());
        assert_eq!(cost.measured.median, 0.2);
        assert!(!cost.is_met());
    }
}

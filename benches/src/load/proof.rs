//! The sampled bytes, asked for again by one viewer, alone.

use std::{sync::Arc, time::Duration};

use serde::Serialize;
use tokio::time::Instant;

use super::{
    crowd::viewer,
    line::{Ask, Keep, Line},
    scenario::Scenario,
    tally::{Tally, Totals},
};

/// What the comparison showed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Answers that were compared.
    pub compared: usize,
    /// Different segments among them.
    pub segments: usize,
    /// Answers with other bytes than the same request made alone.
    pub wrong: usize,
    /// Segments that could not be had again.
    pub missing: usize,
}

impl Proof {
    /// Whether every sample was right.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.wrong == 0 && self.missing == 0
    }

    /// Compares every sample of a run.
    pub async fn of(scenario: &Arc<Scenario>, totals: &Totals) -> Self {
        let mut proof = Self {
            segments: totals.samples.len(),
            compared: totals.samples.values().map(Vec::len).sum(),
            ..Self::default()
        };
        if totals.samples.is_empty() {
            return proof;
        }
        let mut line =
            Line::new(scenario.host, scenario.patience.max(Duration::from_secs(10))).from(scenario.source(0));
        let first = viewer(0, scenario, &Arc::new(Tally::default()), Instant::now());
        let Ok(cookie) = first.log_in(&mut line).await else {
            proof.missing = proof.segments;
            return proof;
        };
        let Ok(ticket) = first.ticket(&mut line, cookie).await else {
            proof.missing = proof.segments;
            return proof;
        };
        for (name, hashes) in &totals.samples {
            let path = format!("{}{name}", ticket.folder);
            let ask = Ask {
                method: "GET",
                path: &path,
                keep: Keep::Hash,
                ..Ask::default()
            };
            match line.ask(&ask).await {
                Ok(reply) if reply.status == 200 => {
                    let wrong = hashes.iter().filter(|hash| Some(**hash) != reply.hash).count();
                    proof.wrong = proof.wrong.saturating_add(wrong);
                }
                _ => proof.missing = proof.missing.saturating_add(1),
            }
        }
        proof
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::load::{
        exchange::tests::{BODY, answering},
        scenario::{Entry, tests::scenario},
    };

    #[test]
    fn one_wrong_sample_is_found_among_right_ones() {
        let right: [u8; 32] = Sha256::digest(vec![b'a'; BODY]).into();
        let mut totals = Totals::default();
        totals
            .samples
            .insert("1.m4s".to_owned(), vec![right, [0; 32], right]);
        totals.samples.insert("2.m4s".to_owned(), vec![right]);
        let scenario = Arc::new(Scenario {
            host: answering(1),
            entry: Entry::Open {
                master: "/film/master.m3u8".to_owned(),
            },
            ..scenario(1)
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let proof = runtime.block_on(Proof::of(&scenario, &totals));
        let expected = Proof {
            compared: 4,
            segments: 2,
            wrong: 1,
            missing: 0,
        };
        assert_eq!(proof, expected);
        assert!(!proof.holds());
    }
}

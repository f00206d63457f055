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
        let mut line = Line::new(scenario.host, scenario.patience.max(Duration::from_secs(10)));
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

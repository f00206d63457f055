//! Everything about one run, ready for JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    arrivals::Arrivals,
    crowd::Outcome,
    measured::{Break, Measured},
    proof::Proof,
    scenario::{Kind, Scenario},
    soak::Slope,
    tally::{Fate, Percentiles, Second, Step},
    watch::Moment,
};
use crate::machine;

/// Everything about one run. [`markdown`](Self::markdown) and [`plot`](Self::plot) are the same for people.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Kernel and processors.
    pub machine: String,
    /// Which server.
    pub server: String,
    /// What was asked of the viewers.
    pub scenario: Scenario,
    /// Errors by kind. Empty when all is well.
    pub errors: BTreeMap<String, u64>,
    /// Latencies by step; segments are those of the measured windows.
    pub latencies: BTreeMap<Step, Percentiles>,
    /// From pressing play to the first picture.
    pub start: Percentiles,
    /// Viewers that came.
    pub came: u64,
    /// What became of them.
    pub kinds: BTreeMap<Kind, Fate>,
    /// The same together.
    pub fate: Fate,
    /// Lines that broke in the middle of a segment, on purpose.
    pub breaks: u64,
    /// Changes of quality.
    pub switches: u64,
    /// TCP connections opened.
    pub connects: u64,
    /// Seconds that making the accounts took, before all of this.
    pub registering_seconds: f64,
    /// What was measured, in order: one, or one for each step.
    pub windows: Vec<Measured>,
    /// The sampled bytes.
    pub proof: Proof,
    /// The server as it was; absent without its pid.
    pub footprint: Option<Footprint>,
    /// Whether memory grew, for a soak.
    pub slope: Option<Slope>,
    /// The server second by second.
    pub moments: Vec<Moment>,
    /// The viewers second by second.
    pub seconds: Vec<Second>,
}

/// What the server held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Footprint {
    /// Resident memory at the first arrival.
    pub resident_bytes_before: u64,
    /// The most resident memory seen.
    pub resident_bytes_max: u64,
    /// The most open files seen, connections among them.
    pub open_files_max: u64,
}

/// Where a server broke.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knee<'a> {
    /// The last step in which nothing was broken.
    pub stood: Option<&'a Measured>,
    /// The first one in which something was.
    pub broke: Option<(&'a Measured, Break)>,
}

impl Footprint {
    fn of(moments: &[Moment]) -> Option<Self> {
        Some(Self {
            resident_bytes_before: moments.first()?.resident_bytes,
            resident_bytes_max: moments.iter().map(|moment| moment.resident_bytes).max()?,
            open_files_max: moments.iter().map(|moment| moment.open_files).max()?,
        })
    }
}

impl Report {
    /// Sums a run up.
    #[must_use]
    pub fn of(server: String, scenario: &Scenario, outcome: Outcome, proof: Proof, soak: bool) -> Self {
        let totals = outcome.totals;
        let windows = outcome.windows.iter();
        let windows: Vec<_> = windows
            .map(|window| Measured::of(&totals, &outcome.moments, *window))
            .collect();
        let mut latencies: BTreeMap<_, _> = totals
            .latencies
            .iter()
            .map(|(step, latencies)| (*step, Percentiles::of(latencies)))
            .collect();
        let measured = outcome.windows.iter().flat_map(|window| totals.within(*window));
        let segments = measured.flat_map(|second| second.segments_us.iter().copied());
        latencies.insert(Step::Segment, Percentiles::of_micros(segments));
        let starts = totals
            .seconds
            .iter()
            .flat_map(|second| second.starts_us.iter().copied());
        let whole = outcome.windows.last();
        Self {
            machine: machine::describe(),
            server,
            scenario: scenario.clone(),
            latencies,
            start: Percentiles::of_micros(starts),
            came: totals
                .seconds
                .iter()
                .map(|second| u64::from(second.arrivals))
                .sum(),
            fate: totals.fate(),
            breaks: totals.breaks,
            switches: totals.switches,
            connects: totals.connects,
            registering_seconds: outcome.registering.as_secs_f64(),
            windows,
            proof,
            footprint: Footprint::of(&outcome.moments),
            slope: whole
                .filter(|_| soak)
                .and_then(|window| Slope::of(&outcome.moments, *window)),
            moments: outcome.moments,
            seconds: totals.seconds,
            kinds: totals.kinds,
            errors: totals.errors,
        }
    }

    /// Whether nothing went wrong: no error, every viewer that came played, every sampled byte was right, and memory
    /// that was watched did not grow. A search for the knee ends with something broken, which is not wrong; there only bytes count.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        if matches!(self.scenario.arrivals, Arrivals::Steps { .. }) {
            return self.proof.wrong == 0;
        }
        let grew = self.slope.zip(self.windows.last());
        self.errors.is_empty()
            && u64::from(self.fate.started) == self.came
            && self.proof.holds()
            && grew.is_none_or(|(slope, measured)| slope.is_within_noise(measured.window))
    }

    /// How many watched at the end of what was measured. Of a next step, one may have come in the moment in which it ended.
    #[must_use]
    pub fn viewers(&self) -> u64 {
        let last = self.windows.last();
        last.map_or(self.came, |measured| {
            self.came.min(u64::from(measured.window.viewers))
        })
    }

    /// Where it broke.
    #[must_use]
    pub fn knee(&self) -> Knee<'_> {
        let broke = self
            .windows
            .iter()
            .find_map(|measured| Some((measured, measured.broken()?)));
        let stood = self
            .windows
            .iter()
            .take_while(|measured| measured.broken().is_none());
        Knee {
            stood: stood.last(),
            broke,
        }
    }
}

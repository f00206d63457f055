//! The table and the JSON.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;

use super::{
    crowd::Outcome,
    proof::Proof,
    scenario::Scenario,
    tally::{Percentiles, Step},
    watch::Moment,
};
use crate::{machine, numbers::float};

/// Everything about one run, ready for JSON; [`markdown`](Self::markdown) is the same for people.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Kernel and processors.
    pub machine: String,
    /// What was asked of the viewers.
    pub scenario: Scenario,
    /// Errors by kind. Empty when all is well.
    pub errors: BTreeMap<String, u64>,
    /// Latencies by step; segments and progress of the steady time only.
    pub latencies: BTreeMap<Step, Percentiles>,
    /// From asking for the token to the first segment of every stream.
    pub first_segment: Percentiles,
    /// Viewers that began to play.
    pub started: u32,
    /// How often playing viewers ran empty.
    pub rebuffers: u64,
    /// Seconds that they stood still, together.
    pub starved_seconds: f64,
    /// Hours of film played, together.
    pub played_hours: f64,
    /// Segment bytes in a second of the steady time, in Mbit/s.
    pub megabits_per_second: f64,
    /// TCP connections opened.
    pub connects: u64,
    /// Seconds that making the accounts took, before all of this.
    pub registering_seconds: f64,
    /// The sampled bytes.
    pub proof: Proof,
    /// The server in the steady time; absent without its pid.
    pub server: Option<ServerCost>,
    /// The server second by second.
    pub moments: Vec<Moment>,
    /// Segment bytes in each second.
    pub bytes_by_second: Vec<u64>,
}

/// What the server used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ServerCost {
    /// CPU seconds of the ramp, most of them password hashing.
    pub ramp_cpu_seconds: f64,
    /// CPU seconds of the steady time.
    pub steady_cpu_seconds: f64,
    /// Processors busy on average in the steady time.
    pub steady_cores: f64,
    /// The same of the load generator, which shares the machine.
    pub own_steady_cores: f64,
    /// Resident memory at the first arrival.
    pub resident_bytes_before: u64,
    /// The most resident memory seen.
    pub resident_bytes_max: u64,
    /// The most open files seen, connections among them.
    pub open_files_max: u64,
}

impl ServerCost {
    fn of(moments: &[Moment], scenario: &Scenario) -> Option<Self> {
        let ramp = scenario.ramp.as_secs_f64();
        let (first, last) = (moments.first()?, moments.last()?);
        let full = moments.iter().find(|moment| moment.at_seconds >= ramp)?;
        let steady = last.at_seconds - full.at_seconds;
        let cores = |from: f64, to: f64| if steady > 0.0 { (to - from) / steady } else { 0.0 };
        Some(Self {
            ramp_cpu_seconds: full.cpu_seconds - first.cpu_seconds,
            steady_cpu_seconds: last.cpu_seconds - full.cpu_seconds,
            steady_cores: cores(full.cpu_seconds, last.cpu_seconds),
            own_steady_cores: cores(full.own_cpu_seconds, last.own_cpu_seconds),
            resident_bytes_before: first.resident_bytes,
            resident_bytes_max: moments.iter().map(|moment| moment.resident_bytes).max()?,
            open_files_max: moments.iter().map(|moment| moment.open_files).max()?,
        })
    }
}

impl Report {
    /// Sums a run up.
    #[must_use]
    pub fn of(scenario: &Scenario, outcome: Outcome, proof: Proof) -> Self {
        let totals = outcome.totals;
        let steady = scenario.steady.as_secs_f64().max(f64::MIN_POSITIVE);
        Self {
            machine: machine::describe(),
            scenario: scenario.clone(),
            latencies: totals
                .latencies
                .iter()
                .map(|(step, latencies)| (*step, Percentiles::of(latencies)))
                .collect(),
            first_segment: Percentiles::of(&totals.first_segments),
            started: totals.started,
            rebuffers: totals.rebuffers,
            starved_seconds: totals.starved.as_secs_f64(),
            played_hours: totals.played.as_secs_f64() / 3600.0,
            megabits_per_second: float(totals.steady_bytes) * 8.0 / 1e6 / steady,
            connects: totals.connects,
            registering_seconds: outcome.registering.as_secs_f64(),
            proof,
            server: ServerCost::of(&outcome.moments, scenario),
            moments: outcome.moments,
            bytes_by_second: totals.bytes_by_second,
            errors: totals.errors,
        }
    }

    /// Whether nothing went wrong: no error, every viewer played, every sampled byte was right.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.errors.is_empty() && self.started == self.scenario.viewers && self.proof.holds()
    }

    /// Two tables and the errors.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a String never fails.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let Self {
            scenario, machine, ..
        } = self;
        writeln!(
            out,
            "Machine: {machine}; client and server share it. {} viewers come in {} s and watch for {} s more.\n",
            scenario.viewers,
            scenario.ramp.as_secs(),
            scenario.steady.as_secs()
        )?;
        writeln!(out, "| latency, ms | count | p50 | p90 | p99 | max |")?;
        writeln!(out, "|---|---:|---:|---:|---:|---:|")?;
        for (step, latency) in &self.latencies {
            write_row(out, &step.to_string(), latency)?;
        }
        write_row(out, "token to first segment", &self.first_segment)?;
        writeln!(out, "\n| what | value |\n|---|---:|")?;
        let errors: u64 = self.errors.values().sum();
        writeln!(out, "| errors | {errors} |")?;
        writeln!(out, "| viewers that played | {} |", self.started)?;
        let starved = self.starved_seconds;
        writeln!(out, "| rebuffers | {} ({starved:.1} s) |", self.rebuffers)?;
        writeln!(out, "| film played, hours | {:.2} |", self.played_hours)?;
        writeln!(out, "| throughput, Mbit/s | {:.0} |", self.megabits_per_second)?;
        writeln!(out, "| connections opened | {} |", self.connects)?;
        let Proof {
            compared,
            segments,
            wrong,
            missing,
        } = self.proof;
        writeln!(
            out,
            "| segments compared by hash | {compared} answers of {segments} segments, {wrong} wrong, {missing} missing |"
        )?;
        if let Some(server) = &self.server {
            write_server(out, server)?;
        }
        if !self.errors.is_empty() {
            writeln!(out, "\n| error | count |\n|---|---:|")?;
            for (kind, count) in &self.errors {
                writeln!(out, "| {kind} | {count} |")?;
            }
        }
        Ok(())
    }
}

fn write_row(out: &mut String, name: &str, latency: &Percentiles) -> std::fmt::Result {
    let Percentiles {
        count,
        p50_ms,
        p90_ms,
        p99_ms,
        max_ms,
    } = latency;
    writeln!(
        out,
        "| {name} | {count} | {p50_ms:.1} | {p90_ms:.1} | {p99_ms:.1} | {max_ms:.1} |"
    )
}

fn write_server(out: &mut String, server: &ServerCost) -> std::fmt::Result {
    let mib = |bytes: u64| float(bytes) / 1024.0 / 1024.0;
    writeln!(
        out,
        "| server CPU, s: ramp, then steady | {:.1}, {:.1} |",
        server.ramp_cpu_seconds, server.steady_cpu_seconds
    )?;
    writeln!(
        out,
        "| processors busy in the steady time: server, load generator | {:.2}, {:.2} |",
        server.steady_cores, server.own_steady_cores
    )?;
    writeln!(
        out,
        "| server memory, MiB: before, most | {:.0}, {:.0} |",
        mib(server.resident_bytes_before),
        mib(server.resident_bytes_max)
    )?;
    writeln!(out, "| server open files, most | {} |", server.open_files_max)
}

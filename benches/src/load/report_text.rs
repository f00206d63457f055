//! A report as Markdown.

use std::fmt::{Result, Write as _};

use super::{
    arrivals::Arrivals,
    measured::{LATENCY_BOUND_MS, Measured},
    proof::Proof,
    report::Report,
    scenario::Kind,
    tally::Percentiles,
};
use crate::numbers::float;

impl Report {
    /// Tables of latencies and of everything else, the steps when there are some, and the errors.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a String never fails.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> Result {
        let habits = self.scenario.habits;
        writeln!(
            out,
            "Machine: {}; client and server share it. Server: {}. {} viewers of {:.1} Mbit/s, {} % on slow lines, {} % on flaky ones.\n",
            self.machine,
            self.server,
            self.viewers(),
            float(self.scenario.bits_per_second) / 1e6,
            habits.slow_percent,
            habits.flaky_percent
        )?;
        if matches!(self.scenario.arrivals, Arrivals::Steps { .. }) {
            self.write_steps(out)?;
        }
        writeln!(out, "| latency, ms | count | p50 | p90 | p99 | max |")?;
        writeln!(out, "|---|---:|---:|---:|---:|---:|")?;
        for (step, latency) in &self.latencies {
            write_row(out, &step.to_string(), latency)?;
        }
        write_row(out, "play pressed to first picture", &self.start)?;
        self.write_kinds(out)?;
        self.write_facts(out)?;
        if !self.errors.is_empty() {
            writeln!(out, "\n| error | count |\n|---|---:|")?;
            for (kind, count) in &self.errors {
                writeln!(out, "| {kind} | {count} |")?;
            }
        }
        Ok(())
    }

    fn write_steps(&self, out: &mut String) -> Result {
        writeln!(
            out,
            "| viewers | Mbit/s | segment p50, ms | p99 | rebuffers | errors | processors: server, load generator | server MiB |"
        )?;
        writeln!(out, "|---:|---:|---:|---:|---:|---:|---:|---:|")?;
        for measured in &self.windows {
            let Measured {
                window,
                segments,
                rebuffers,
                errors,
                megabits_per_second,
                server,
            } = measured;
            write!(
                out,
                "| {} | {megabits_per_second:.0} | {:.1} | {:.1} | {rebuffers} | {errors} |",
                window.viewers, segments.p50_ms, segments.p99_ms
            )?;
            match server {
                Some(cost) => writeln!(
                    out,
                    " {:.2}, {:.2} | {:.0} |",
                    cost.cores,
                    cost.own_cores,
                    mib(cost.resident_bytes)
                )?,
                None => writeln!(out, " - | - |")?,
            }
        }
        let knee = self.knee();
        let stood = knee.stood.map_or(0, |measured| measured.window.viewers);
        match knee.broke {
            Some((measured, what)) => writeln!(
                out,
                "\nAll is well with {stood} viewers; with {} the first to break is: {what} (bounds: no error, rebuffers of 1 % of \
                 the viewers, p99 of {LATENCY_BOUND_MS:.0} ms).\n",
                measured.window.viewers
            ),
            None => writeln!(
                out,
                "\nNothing broke with {stood} viewers, the most that were asked for.\n"
            ),
        }
    }

    fn write_kinds(&self, out: &mut String) -> Result {
        writeln!(
            out,
            "\n| viewers | played | rebuffers | stood still, s | seeks | hours of film |"
        )?;
        writeln!(out, "|---|---:|---:|---:|---:|---:|")?;
        for (kind, fate) in &self.kinds {
            let name = match kind {
                Kind::Plain => "nothing in the way",
                Kind::Slow => "slow lines",
                Kind::Flaky => "flaky lines",
            };
            writeln!(
                out,
                "| {name} | {} | {} | {:.1} | {} | {:.2} |",
                fate.started,
                fate.rebuffers,
                fate.starved.as_secs_f64(),
                fate.seeks,
                fate.played.as_secs_f64() / 3600.0
            )?;
        }
        Ok(())
    }

    fn write_facts(&self, out: &mut String) -> Result {
        writeln!(out, "\n| what | value |\n|---|---:|")?;
        let errors: u64 = self.errors.values().sum();
        writeln!(out, "| errors | {errors} |")?;
        if let (Some(measured), Arrivals::Ramp { .. }) = (self.windows.last(), self.scenario.arrivals) {
            let rate = measured.megabits_per_second;
            writeln!(out, "| rebuffers while measured | {} |", measured.rebuffers)?;
            writeln!(out, "| throughput, Mbit/s | {rate:.0} |")?;
            if let Some(cost) = measured.server {
                writeln!(
                    out,
                    "| processors busy: server, load generator | {:.2}, {:.2} |",
                    cost.cores, cost.own_cores
                )?;
            }
        }
        writeln!(out, "| connections opened | {} |", self.connects)?;
        writeln!(
            out,
            "| lines that broke in a segment, on purpose | {} |",
            self.breaks
        )?;
        writeln!(out, "| changes of quality | {} |", self.switches)?;
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
        if let Some(footprint) = self.footprint {
            writeln!(
                out,
                "| server memory, MiB: before, most | {:.0}, {:.0} |",
                mib(footprint.resident_bytes_before),
                mib(footprint.resident_bytes_max)
            )?;
            writeln!(out, "| server open files, most | {} |", footprint.open_files_max)?;
        }
        if let (Some(slope), Some(measured)) = (self.slope, self.windows.last()) {
            let verdict = if slope.is_within_noise(measured.window) {
                "within noise"
            } else {
                "**it grows**"
            };
            writeln!(
                out,
                "| growth of memory, MiB an hour (95 %) | {:.1} ± {:.1} at {:.0}: {verdict} |",
                slope.mib_per_hour, slope.plus_minus, slope.level_mib
            )?;
        }
        Ok(())
    }
}

fn write_row(out: &mut String, name: &str, latency: &Percentiles) -> Result {
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

fn mib(bytes: u64) -> f64 {
    float(bytes) / 1024.0 / 1024.0
}

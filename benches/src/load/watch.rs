//! The server's memory, CPU and open files over time, from `/proc`.

use std::{
    fs, io,
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio::{sync::watch::Receiver, time};

use crate::cpu;

/// What a process and its descendants were at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Moment {
    /// Seconds from the first arrival.
    pub at_seconds: f64,
    /// CPU seconds so far.
    pub cpu_seconds: f64,
    /// Resident memory; pages that several processes share count for each of them.
    pub resident_bytes: u64,
    /// Open files, connections among them.
    pub open_files: u64,
    /// CPU seconds so far of the load generator itself.
    pub own_cpu_seconds: f64,
}

/// A process that is watched.
#[derive(Debug)]
pub struct Watch {
    pid: u32,
    since: Instant,
}

impl Watch {
    /// Begins now.
    #[must_use]
    pub fn of(pid: u32) -> Self {
        Self {
            pid,
            since: Instant::now(),
        }
    }

    /// Looks once.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn look(&self) -> io::Result<Moment> {
        let mut moment = Moment {
            at_seconds: self.since.elapsed().as_secs_f64(),
            cpu_seconds: cpu::seconds_of_family(self.pid)?,
            resident_bytes: 0,
            open_files: 0,
            own_cpu_seconds: cpu::own_seconds()?,
        };
        for pid in cpu::family_of(self.pid)? {
            moment.resident_bytes = moment.resident_bytes.saturating_add(cpu::resident_bytes(pid)?);
            let files = fs::read_dir(format!("/proc/{pid}/fd"))?.count();
            moment.open_files = moment
                .open_files
                .saturating_add(u64::try_from(files).map_err(io::Error::other)?);
        }
        Ok(moment)
    }

    /// Looks once a second until the curtain falls. Ends early when the process does.
    pub async fn look_until(self, mut curtain: Receiver<bool>) -> Vec<Moment> {
        let mut moments = Vec::new();
        let mut ticks = time::interval(Duration::from_secs(1));
        // On a busy machine two looks at once would show processors that nobody has.
        ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = curtain.wait_for(|fallen| *fallen) => return moments,
                _ = ticks.tick() => {}
            }
            match self.look() {
                Ok(moment) => moments.push(moment),
                Err(_) => return moments,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_can_watch_ourselves() {
        let moment = Watch::of(std::process::id()).look().unwrap();
        assert!(moment.resident_bytes > 1 << 20, "{moment:?}");
        assert!(moment.open_files >= 3, "{moment:?}");
        assert!(Watch::of(u32::MAX).look().is_err());
    }
}

//! The server's memory, CPU and open files over time, from `/proc`.

use std::{
    fs, io,
    time::{Duration, Instant},
};

use rustix::param::page_size;
use serde::Serialize;
use tokio::time;

use crate::{cpu, numbers::float};

/// What a process was at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Moment {
    /// Seconds from the first arrival.
    pub at_seconds: f64,
    /// CPU seconds so far, of the server and its children.
    pub cpu_seconds: f64,
    /// Resident memory.
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
        let pid = self.pid;
        let statm = fs::read_to_string(format!("/proc/{pid}/statm"))?;
        let pages = statm
            .split(' ')
            .nth(1)
            .and_then(|pages| pages.parse::<u64>().ok());
        let page_bytes = u64::try_from(page_size()).map_err(io::Error::other)?;
        let open_files = fs::read_dir(format!("/proc/{pid}/fd"))?.count();
        Ok(Moment {
            at_seconds: self.since.elapsed().as_secs_f64(),
            cpu_seconds: cpu::seconds_of_family(pid)?,
            resident_bytes: pages
                .ok_or(io::ErrorKind::InvalidData)?
                .saturating_mul(page_bytes),
            open_files: u64::try_from(open_files).map_err(io::Error::other)?,
            own_cpu_seconds: own_cpu_seconds()?,
        })
    }

    /// Looks once a second for so long. Ends early when the process does.
    pub async fn look_for(self, whole: Duration) -> Vec<Moment> {
        let mut moments = Vec::new();
        let mut ticks = time::interval(Duration::from_secs(1));
        while self.since.elapsed() < whole {
            ticks.tick().await;
            match self.look() {
                Ok(moment) => moments.push(moment),
                Err(_) => break,
            }
        }
        moments
    }
}

/// CPU seconds of this process alone: a server that it started is not its own work.
fn own_cpu_seconds() -> io::Result<f64> {
    let schedstat = fs::read_to_string("/proc/self/stat")?;
    let fields = schedstat
        .rsplit_once(')')
        .map_or("", |(_, fields)| fields)
        .split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Ok(float(ticks) / float(rustix::param::clock_ticks_per_second()))
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

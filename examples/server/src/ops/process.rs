//! Memory, processor time and files of this process, read when somebody asks.

use std::{
    fs,
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use flaskflix_core::time::UnixTime;
use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

/// Gives the metrics of this file their help texts. Names as the Prometheus client libraries have them.
pub(super) fn describe() {
    describe_gauge!(RESIDENT, Unit::Bytes, "Resident memory.");
    describe_gauge!(OPEN_FDS, Unit::Count, "Open files, connections among them.");
    describe_gauge!(MAX_FDS, Unit::Count, "Files that may be open.");
    describe_gauge!(START, Unit::Seconds, "When the process began, in Unix time.");
    describe_counter!(CPU, Unit::Seconds, "Processor time used, user and system.");
    describe_gauge!(BUILD, Unit::Count, "Always 1: the version as a label.");
}

/// Reads them now. What the system does not tell is left out.
pub(super) fn read() {
    gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    if let Some(pages) = field("/proc/self/statm", 1) {
        gauge!(RESIDENT).set(float(pages.saturating_mul(page_bytes())));
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        gauge!(OPEN_FDS).set(float(u64::try_from(files.count()).unwrap_or(u64::MAX)));
    }
    if let Some(files) = rustix::process::getrlimit(rustix::process::Resource::Nofile).current {
        gauge!(MAX_FDS).set(float(files));
    }
    if let Some(millis) = cpu_millis() {
        // A counter of the facade is a whole number: seconds, rounded down.
        counter!(CPU).absolute(millis / 1000);
    }
    gauge!(START).set(float(started().as_secs()));
}

/// When the process began, by the kernel; asked once.
fn started() -> UnixTime {
    static STARTED: OnceLock<UnixTime> = OnceLock::new();
    *STARTED.get_or_init(|| {
        let path = fs::metadata("/proc/self").and_then(|entry| entry.modified());
        let since = path.unwrap_or(UNIX_EPOCH).duration_since(SystemTime::UNIX_EPOCH);
        UnixTime::from_secs(since.unwrap_or_default().as_secs())
    })
}

/// `pid (name) state ...`: the name may hold anything, so fields count from its last `)`.
fn cpu_millis() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let ticks = ticks(11)?.saturating_add(ticks(12)?);
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Some(ticks.saturating_mul(1000) / per_second)
}

fn field(path: &str, at: usize) -> Option<u64> {
    fs::read_to_string(path)
        .ok()?
        .split_whitespace()
        .nth(at)?
        .parse()
        .ok()
}

fn page_bytes() -> u64 {
    u64::try_from(rustix::param::page_size()).unwrap_or(4096)
}

/// Exact below 2^53, where everything here is.
const fn float(value: u64) -> f64 {
    value as f64
}

const RESIDENT: &str = "process_resident_memory_bytes";
const OPEN_FDS: &str = "process_open_fds";
const MAX_FDS: &str = "process_max_fds";
const START: &str = "process_start_time_seconds";
const CPU: &str = "process_cpu_seconds_total";
const BUILD: &str = "flaskflix_build_info";

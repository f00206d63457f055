//! What a benchmark ran on, in one line.

use std::{fs, process::Command};

/// Kernel, CPU model and count, and the versions of the peers.
#[must_use]
pub fn describe() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown CPU", |(_, model)| model.trim());
    let count = cpus.lines().filter(|line| line.starts_with("processor")).count();
    let nginx = Command::new("nginx").arg("-v").output().map_or_else(
        |_| "no nginx".to_owned(),
        |output| {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            text.trim().rsplit(' ').next().unwrap_or_default().to_owned()
        },
    );
    format!("Linux {}, {count} x {model}, {nginx}", kernel.trim())
}

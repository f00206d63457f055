//! CPU time and memory of processes, and pinning.

use std::{fs, io};

use rustix::{
    param::{clock_ticks_per_second, page_size},
    thread::{CpuSet, sched_setaffinity},
};

/// Pins the calling thread, and every thread and process that it starts from now on, to one CPU.
///
/// # Errors
/// When there is no such CPU.
pub fn pin(cpu: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(cpu);
    Ok(sched_setaffinity(None, &set)?)
}

/// Lets the calling thread, and what it starts from now on, run on every CPU again.
///
/// # Errors
/// When the kernel refuses.
pub fn unpin() -> io::Result<()> {
    let mut set = CpuSet::new();
    for cpu in 0..CpuSet::MAX_CPU {
        set.set(cpu);
    }
    Ok(sched_setaffinity(None, &set)?)
}

/// The resident set of one process, in bytes.
///
/// # Errors
/// When it is gone.
pub fn resident_bytes(pid: u32) -> io::Result<u64> {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm"))?;
    let pages: Option<u64> = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    let page_bytes = u64::try_from(page_size()).map_err(io::Error::other)?;
    Ok(pages
        .ok_or(io::ErrorKind::InvalidData)?
        .saturating_mul(page_bytes))
}

/// User plus system CPU seconds that a process and all its living descendants have used so far.
///
/// The kernel counts in ticks of 10 ms: measure for seconds.
///
/// # Errors
/// When the process is gone.
pub fn seconds_of_family(pid: u32) -> io::Result<f64> {
    let ticks = family(pid)?.iter().map(|(_, ticks)| ticks).sum();
    seconds(ticks)
}

/// The ids of a process and all its living descendants.
///
/// # Errors
/// When the process is gone.
pub fn family_of(pid: u32) -> io::Result<Vec<u32>> {
    Ok(family(pid)?.iter().map(|(id, _)| *id).collect())
}

/// CPU seconds of this process alone: a server that it started is not its own work.
///
/// # Errors
/// When there is no `/proc`.
pub fn own_seconds() -> io::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let stat = Stat::parse(&stat).ok_or(io::ErrorKind::InvalidData)?;
    seconds(stat.ticks)
}

fn seconds(ticks: u64) -> io::Result<f64> {
    let per_second = u32::try_from(clock_ticks_per_second()).map_err(io::Error::other)?;
    let ticks = u32::try_from(ticks).map_err(io::Error::other)?;
    Ok(f64::from(ticks) / f64::from(per_second))
}

/// Each member with its ticks.
fn family(pid: u32) -> io::Result<Vec<(u32, u64)>> {
    let mut processes = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // A process may end while the folder is read.
        if let Some(stat) = fs::read_to_string(format!("/proc/{id}/stat"))
            .ok()
            .as_deref()
            .and_then(Stat::parse)
        {
            processes.push((id, stat));
        }
    }
    let mut waiting = vec![pid];
    let mut members = Vec::new();
    while let Some(member) = waiting.pop() {
        for (id, stat) in &processes {
            if *id == member {
                members.push((*id, stat.ticks));
            } else if stat.parent == member {
                waiting.push(*id);
            }
        }
    }
    if members.is_empty() {
        return Err(io::Error::other(format!("process {pid} is gone")));
    }
    Ok(members)
}

struct Stat {
    parent: u32,
    ticks: u64,
}

impl Stat {
    /// `pid (name) state ppid ... utime stime ...`: the name may hold anything, so fields count from its last `)`.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Self {
            parent: u32::try_from(number(1)?).ok()?,
            ticks: number(11)?.saturating_add(number(12)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_move_the_fields() {
        let text = "42 (a) b) (c) S 7 42 42 0 -1 4194560 1 2 3 4 100 23 5 6 20 0 1 0";
        let stat = Stat::parse(text).unwrap();
        assert_eq!((stat.parent, stat.ticks), (7, 123));
    }

    #[test]
    fn our_own_family_has_a_cpu_time_and_a_stranger_has_none() {
        assert!(seconds_of_family(std::process::id()).unwrap() >= 0.0);
        assert!(seconds_of_family(u32::MAX).is_err());
        assert!(
            family_of(std::process::id())
                .unwrap()
                .contains(&std::process::id())
        );
    }
}

//! CPU time of processes, and pinning.

use std::{fs, io};

use rustix::{
    param::clock_ticks_per_second,
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

/// User plus system CPU seconds that a process and all its living descendants have used so far.
///
/// The kernel counts in ticks of 10 ms: measure for seconds.
///
/// # Errors
/// When the process is gone.
pub fn seconds_of_family(pid: u32) -> io::Result<f64> {
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
    let mut family = vec![pid];
    let mut ticks = 0_u64;
    let mut found = false;
    while let Some(member) = family.pop() {
        for (id, stat) in &processes {
            if *id == member {
                found = true;
                ticks = ticks.saturating_add(stat.ticks);
            } else if stat.parent == member {
                family.push(*id);
            }
        }
    }
    if !found {
        return Err(io::Error::other(format!("process {pid} is gone")));
    }
    let per_second = u32::try_from(clock_ticks_per_second()).map_err(io::Error::other)?;
    let ticks = u32::try_from(ticks).map_err(io::Error::other)?;
    Ok(f64::from(ticks) / f64::from(per_second))
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
    }
}

//! The program, serving, and what the kernel says about it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};

use crate::siege::PATIENCE;

/// A running `flaskflix-origin`, killed when dropped.
pub(crate) struct Origin {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Origin {
    /// Serves a folder to everybody on a free port.
    pub(crate) fn start(root: &Path, args: &[&str]) -> Self {
        Self::spawn(Command::new(PROGRAM), root, args)
    }

    /// The same from a shell in which no more files may be open.
    pub(crate) fn start_within(open_files: u32, root: &Path, args: &[&str]) -> Self {
        let mut shell = Command::new("sh");
        shell.args([
            "-c",
            &format!("ulimit -n {open_files} && exec {PROGRAM:?} \"$@\""),
            "sh",
        ]);
        Self::spawn(shell, root, args)
    }

    fn spawn(mut command: Command, root: &Path, args: &[&str]) -> Self {
        let mut process = command
            .args(["--listen", "127.0.0.1:0", "--open", "--root"])
            .arg(root)
            .args(args)
            // What was freed goes back to the kernel after a second, so that nobody waits ten for it.
            .env("_RJEM_MALLOC_CONF", "dirty_decay_ms:1000")
            // What it says of the attacks is not for the log of the tests.
            .env("RUST_LOG", "off")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line
            .strip_prefix("listening on http://")
            .and_then(|rest| rest.strip_suffix("/\n"))
            .unwrap_or_else(|| panic!("first line: {line:?}"))
            .parse()
            .unwrap();
        Self { process, address }
    }

    pub(crate) fn memory(&self) -> Memory {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let kib = |name: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim_start_matches(':')
                .trim()
                .trim_end_matches(" kB")
                .parse()
                .unwrap()
        };
        Memory {
            now_kib: kib("VmRSS"),
            peak_kib: kib("VmHWM"),
            mapped_kib: kib("VmSize"),
        }
    }

    /// How many descriptors are open.
    pub(crate) fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.process.id()))
            .unwrap()
            .count()
    }

    /// As `prlimit` does it.
    pub(crate) fn limit(&self, resource: Resource, most: u64) {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        prlimit(Some(Pid::from_child(&self.process)), resource, limit).unwrap();
    }

    /// Lets no more files be open from now on; what is open stays open.
    pub(crate) fn limit_open_files(&self, most: usize) {
        let process = Some(Pid::from_child(&self.process));
        // The hard limit stays: it could not be raised again.
        let limit = Rlimit {
            current: Some(most as u64),
            ..getrlimit(Resource::Nofile)
        };
        prlimit(process, Resource::Nofile, limit).unwrap();
    }

    /// The processor time that it has taken, user's and kernel's.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        // Its name, in brackets, may hold anything; utime and stime are fields 14 and 15.
        let fields = stat.rsplit_once(')').unwrap().1.split_ascii_whitespace();
        let ticks: u64 = fields
            .skip(11)
            .take(2)
            .map(|field| field.parse::<u64>().unwrap())
            .sum();
        // `USER_HZ` is 100 wherever Linux runs.
        Duration::from_millis(ticks * 10)
    }

    pub(crate) fn terminate(&self) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
    }

    /// Waits for the end of the program.
    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it runs on");
            std::thread::yield_now();
        }
    }

    pub(crate) fn runs(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What `/proc/PID/status` says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) now_kib: u64,
    pub(crate) peak_kib: u64,
    pub(crate) mapped_kib: u64,
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_flaskflix-origin");

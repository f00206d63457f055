//! The program, serving, and what the kernel says about it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use crate::siege::PATIENCE;

/// A running `flaskflix-origin`, killed when dropped.
pub(crate) struct Origin {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Origin {
    /// Serves a folder to everybody on a free port.
    pub(crate) fn start(root: &Path, args: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_flaskflix-origin"))
            .args(["--listen", "127.0.0.1:0", "--open", "--root"])
            .arg(root)
            .args(args)
            // As docs/SECURITY.md advises: buffers go back to the kernel when they are freed.
            .env("MALLOC_MMAP_THRESHOLD_", "16384")
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

//! The S3 server of the Python package `moto`, as a process of its own.

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

/// One server for all tests, because it takes seconds to start. It ends when this process does: its input ends then.
pub(crate) struct Moto {
    _process: Child,
    endpoint: String,
}

impl Moto {
    /// The server; `None`, with a line that says so, when it is not installed.
    pub(crate) fn get() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Moto>> = OnceLock::new();
        SERVER.get_or_init(Self::start).as_ref()
    }

    /// Starts one; `None`, with a line that says so, when it is not installed. That fails where `CI` is set.
    fn start() -> Option<Self> {
        let python = python();
        let installed = Command::new(&python)
            .args(["-c", "import moto.server"])
            .stderr(Stdio::null())
            .status();
        if !installed.is_ok_and(|status| status.success()) {
            let why = format!(
                "LEFT OUT: {} has no moto[server] (.ci/setup installs it)",
                python.display()
            );
            assert!(env::var("CI").is_err(), "{why}");
            println!("{why}");
            return None;
        }
        let mut process = Command::new(python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/object/moto_server.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut port = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut port).unwrap();
        let endpoint = format!("http://127.0.0.1:{}", port.trim());
        Some(Self {
            _process: process,
            endpoint,
        })
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

/// The interpreter that `.ci/setup` prepares, or the one that `FLASKFLIX_PYTHON` names.
fn python() -> PathBuf {
    env::var_os("FLASKFLIX_PYTHON").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python/bin/python"),
        PathBuf::from,
    )
}

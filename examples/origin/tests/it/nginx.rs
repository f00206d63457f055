//! A private nginx with a configuration out of the documentation.

use std::{
    env, fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Instant,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::program::PATIENCE;

/// nginx with one worker. Dropping it ends it.
pub(crate) struct Nginx {
    process: Child,
    pub(crate) address: SocketAddr,
    _folder: TempDir,
}

impl Nginx {
    /// Starts it with these `upstream` and `server` blocks; `{address}` in them is where it is to listen. `None` where nginx is not
    /// installed.
    #[expect(clippy::print_stdout, reason = "tests tell what they leave out")]
    pub(crate) fn start(blocks: &str) -> Option<Self> {
        let Some(program) = program() else {
            println!("LEFT OUT: no nginx");
            assert!(env::var("CI").as_deref() != Ok("true"), "no nginx");
            return None;
        };
        // It takes no port 0. The one found free may be lost before it is bound; then another is tried.
        (0..5)
            .find_map(|_| Self::try_start(&program, blocks))
            .map_or_else(|| panic!("nginx does not start:\n{blocks}"), Some)
    }

    fn try_start(program: &Path, blocks: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let place = folder.path().display();
        let blocks = blocks
            .replace("{address}", &address.to_string())
            .replace("/var/log/nginx", &place.to_string());
        // Started as root, it would give its worker a user who may not read the films.
        let user = if rustix::process::geteuid().is_root() {
            "user root;"
        } else {
            ""
        };
        let places: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {place}/{kind};"))
            .collect();
        let config = folder.path().join("nginx.conf");
        let text = format!(
            "{user} daemon off; master_process off; pid {place}/pid; error_log {place}/error.log;\n\
             events {{}}\nhttp {{ {places}\n{blocks}\n}}\n"
        );
        fs::write(&config, text).unwrap();
        let process = Command::new(program)
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(&config)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut nginx = Self {
            process,
            address,
            _folder: folder,
        };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if nginx.process.try_wait().unwrap().is_some() {
                return None;
            }
            assert!(begun.elapsed() < PATIENCE, "nginx does not listen");
            thread::yield_now();
        }
        Some(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.process), Signal::TERM);
        let _ = self.process.wait();
    }
}

fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join("nginx"))
        .find(|program| program.is_file())
}

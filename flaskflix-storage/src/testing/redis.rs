//! A Redis server of one's own.

use std::{
    fs, io,
    os::unix::{net::UnixStream, process::CommandExt as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::programs::{find, left_out, poll, signal, watch};

/// A Redis server that listens on a socket in a folder of its own and keeps everything in memory.
///
/// It is killed and its folder removed when the value is dropped, and also when the process ends or is killed.
#[derive(Debug)]
pub struct PrivateRedis {
    folder: TempDir,
    program: PathBuf,
    more: Vec<String>,
    server: Child,
    watcher: Child,
}

impl PrivateRedis {
    /// Starts a server. `None` when Redis is not installed: then it has printed a line that begins with `LEFT OUT:`.
    ///
    /// # Errors
    /// When it cannot be started.
    ///
    /// # Panics
    /// When it is not installed and the environment says `CI=true`.
    pub fn start() -> io::Result<Option<Self>> {
        Self::start_with(&[])
    }

    /// Starts a server with more options, as on its command line: `["--requirepass", "secret"]`.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn start_with(options: &[&str]) -> io::Result<Option<Self>> {
        let Some(program) = find("redis-server", &["/usr/sbin".into()]) else {
            left_out("Redis is not installed (Debian: redis-server)");
            return Ok(None);
        };
        let folder = tempfile::Builder::new().prefix("flaskflix-redis-").tempdir()?;
        // As the process will see its own folder.
        let working = fs::canonicalize(folder.path())?;
        let watcher = watch(&folder.path().join(PID_FILE), &working, folder.path())?;
        let more: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
        let server = run(&program, &folder, &more)?;
        Ok(Some(Self {
            folder,
            program,
            more,
            server,
            watcher,
        }))
    }

    /// Its URL, for [`Redis::open`](crate::redis::Redis::open) when the feature `redis` is on.
    #[must_use]
    pub fn url(&self) -> String {
        format!("unix://{}", self.folder.path().join(SOCKET).display())
    }

    /// Kills the server with SIGKILL. What it held is gone.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill(&mut self) -> io::Result<()> {
        self.server.kill()?;
        self.server.wait().map(|_| ())
    }

    /// Starts the server again, under the same URL.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn restart(&mut self) -> io::Result<()> {
        self.server = run(&self.program, &self.folder, &self.more)?;
        Ok(())
    }

    /// Stops the server with SIGSTOP: it takes what is sent to it and says nothing.
    ///
    /// # Errors
    /// When there is no shell to send the signal.
    pub fn suspend(&self) -> io::Result<()> {
        signal("STOP", &[self.server.id()])
    }

    /// Lets the server go on.
    ///
    /// # Errors
    /// When there is no shell to send the signal.
    pub fn resume(&self) -> io::Result<()> {
        signal("CONT", &[self.server.id()])
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        let _ = self.kill();
        // Its pipe ends, and it removes the folder, if we do not do so before.
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

fn run(program: &PathBuf, folder: &TempDir, more: &[String]) -> io::Result<Child> {
    let socket = folder.path().join(SOCKET);
    // What a killed server leaves behind looks like one that lives.
    let _ = fs::remove_file(&socket);
    let server = Command::new(program)
        .args(["--port", "0", "--save", "", "--appendonly", "no"])
        .arg("--unixsocket")
        .arg(&socket)
        .arg("--pidfile")
        .arg(folder.path().join(PID_FILE))
        .arg("--dir")
        .arg(folder.path())
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    poll("redis-server starts", || Ok(UnixStream::connect(&socket).ok()))?;
    Ok(server)
}

const SOCKET: &str = "redis.sock";
const PID_FILE: &str = "redis.pid";

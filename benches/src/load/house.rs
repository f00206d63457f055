//! A `flaskflix-server` of our own for the run: an empty data folder, limits that let one address act for all.

use std::{
    fs,
    io::{self, BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::server::{FOR_MANY, START_PATIENCE, without_settings};

/// A server that runs; ended, and its folder removed, when dropped.
#[derive(Debug)]
pub struct House {
    child: Child,
    /// Where it listens.
    pub host: SocketAddr,
    /// The movie that was put into it.
    pub movie: u64,
    _folder: TempDir,
}

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Movie {
    /// The demo film that the server brings, the movie of an empty server: at most 0.5 Mbit/s.
    Demo,
    /// Files, one for each quality, the lowest first.
    Files(Vec<PathBuf>),
}

impl House {
    /// Starts a server, with the movie in its catalogue.
    ///
    /// # Errors
    /// When the program is not there or ends, or the disk is full.
    pub fn open(binary: &Path, movie: &Movie) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let media = folder.path().join("media");
        fs::create_dir_all(&media)?;
        let movie = match movie {
            Movie::Demo => 1,
            Movie::Files(files) => add_movie(binary, folder.path(), &media, files)?,
        };
        let mut command = settings(binary, folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| named(&command, &error))?;
        let host = address(&mut child);
        let mut house = Self {
            child,
            host: SocketAddr::from(([127, 0, 0, 1], 0)),
            movie,
            _folder: folder,
        };
        house.host = host?;
        Ok(house)
    }

    /// The server's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

/// All viewers come from one address, more often than people do: the limits are there to stop just that.
fn settings(binary: &Path, data: &Path) -> Command {
    let mut command = without_settings(binary);
    command.arg("--data").arg(data);
    command.args(["--listen", "127.0.0.1:0", "--log", "warn"]);
    for limit in [
        "--login-attempts",
        "--login-attempts-per-address",
        "--registrations-per-address",
        "--mint-per-viewer",
        "--mint-per-address",
        "--progress-per-viewer",
    ] {
        command.args([limit, "1000000/1m"]);
    }
    command.args(FOR_MANY);
    command
}

/// Makes the database and gives the id of the movie in it.
fn add_movie(binary: &Path, data: &Path, media: &Path, files: &[PathBuf]) -> io::Result<u64> {
    let mut qualities = Vec::new();
    for (place, file) in files.iter().enumerate() {
        let name = format!("load-{place}.mp4");
        fs::copy(file, media.join(&name))?;
        qualities.push(format!(
            "{}p:{name}",
            360_usize.saturating_mul(place.saturating_add(1))
        ));
    }
    task(binary, data, &["migrate"])?;
    let variants = qualities.join(",");
    let text = task(
        binary,
        data,
        &["movie", "add", "--title", "Load", "--variants", &variants],
    )?;
    let number = text
        .split(|c: char| !c.is_ascii_digit())
        .find_map(|digits| digits.parse().ok());
    number.ok_or_else(|| io::Error::other(format!("movie add said: {text}")))
}

/// Runs a sub-command of the server; gives what it wrote.
fn task(binary: &Path, data: &Path, arguments: &[&str]) -> io::Result<String> {
    let mut command = without_settings(binary);
    command.arg("--data").arg(data).args(arguments);
    let output = command.output().map_err(|error| named(&command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(io::Error::other(format!("{}: {complaint}", arguments.join(" "))))
}

/// Reads lines until one holds the address, and on after that, so that the server never waits for a full pipe.
fn address(child: &mut Child) -> io::Result<SocketAddr> {
    let lines = child.stdout.take().map(BufReader::new);
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        for line in lines
            .into_iter()
            .flat_map(|out| out.lines())
            .map_while(Result::ok)
        {
            if let Some((_, address)) = line.split_once("http://") {
                let address = address.split(['/', ' ']).next().unwrap_or_default();
                let _ = send.send(address.parse::<SocketAddr>());
            }
        }
    });
    receive
        .recv_timeout(START_PATIENCE)
        .map_err(|_| io::Error::other("the server ended or stayed silent before it listened"))?
        .map_err(io::Error::other)
}

fn named(command: &Command, error: &io::Error) -> io::Error {
    let program = command.get_program().display();
    io::Error::new(error.kind(), format!("{program}: {error}"))
}

impl Drop for House {
    fn drop(&mut self) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let asked = id.map(|id| kill_process(id, Signal::TERM));
        let deadline = Instant::now() + Duration::from_secs(15);
        while asked == Some(Ok(())) && Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::yield_now();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

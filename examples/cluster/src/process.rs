//! Programs that run beside this one, and end with it.

use std::{
    ffi::OsStr,
    fs::{self, File},
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{net::TcpStream, time::sleep};

/// A program that runs; ended when it is dropped, however that comes about.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    /// What ends it in good order.
    stop: Signal,
}

impl Process {
    /// Starts a program. What it says goes to `{name}.log` in the folder.
    ///
    /// # Errors
    /// When it is not there; the error names it.
    pub(crate) fn start(name: &str, mut command: Command, folder: &Path, stop: Signal) -> io::Result<Self> {
        let path = folder.join(name).with_extension("log");
        let log = File::options().create(true).append(true).open(&path)?;
        // A group of its own: Ctrl-C reaches this program alone, which then ends the others in order.
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0);
        let child = command.spawn().map_err(|error| named(&command, &error))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log: path,
            stop,
        })
    }

    /// Waits until it listens there.
    pub(crate) async fn listens(&mut self, address: SocketAddr) -> io::Result<()> {
        let what = format!("{} does not listen", self.name);
        wait_for(&what, self, || async {
            TcpStream::connect(address).await.is_ok()
        })
        .await
    }

    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let id = id.ok_or_else(|| io::Error::other("no such process"))?;
        Ok(kill_process(id, signal)?)
    }

    /// How it ended; `None` while it runs.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// The last line that it wrote: why it ended, most of the time.
    fn last_line(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        log.trim_end().lines().next_back().unwrap_or_default().to_owned()
    }

    /// Waits until it has ended.
    pub(crate) async fn end(&mut self, patience: Duration) -> io::Result<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                return Err(io::Error::other(format!("{} does not end", self.name)));
            }
            sleep(POLL).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let deadline = Instant::now() + FAREWELL;
        let asked = self.signal(self.stop).is_ok();
        while asked && Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(POLL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again and again until it is so.
///
/// # Errors
/// When the process ends, or after [`START_PATIENCE`].
pub(crate) async fn wait_for<F>(
    what: &str,
    process: &mut Process,
    mut is_so: impl FnMut() -> F,
) -> io::Result<()>
where
    F: Future<Output = bool>,
{
    let deadline = Instant::now() + START_PATIENCE;
    while !is_so().await {
        if let Some(status) = process.ended()? {
            return Err(io::Error::other(format!(
                "{what}: {} ended, {status}: {}",
                process.name,
                process.last_line()
            )));
        }
        if Instant::now() > deadline {
            return Err(io::Error::other(what.to_owned()));
        }
        sleep(POLL).await;
    }
    Ok(())
}

/// Runs a command to its end; gives what it wrote.
///
/// # Errors
/// When it fails: with what it complained about.
pub(crate) fn run(mut command: Command) -> io::Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| named(&command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let complaint = complaint.trim();
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(OsStr::new("?"));
    Err(io::Error::other(format!("{}: {complaint}", program.display())))
}

/// Loopback addresses whose ports were free a moment ago, all of them different.
pub(crate) fn free_addresses<const N: usize>() -> io::Result<[SocketAddr; N]> {
    let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); N];
    let mut held = Vec::with_capacity(N);
    for address in &mut addresses {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *address = listener.local_addr()?;
        held.push(listener);
    }
    Ok(addresses)
}

fn named(command: &Command, error: &io::Error) -> io::Error {
    let program = command.get_program().display();
    io::Error::new(error.kind(), format!("{program}: {error}"))
}

/// How long a program may take until it is ready.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// How long a program may take to end before it is killed.
const FAREWELL: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(5);

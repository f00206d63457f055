//! The server as a process.

use std::{
    env, io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, ChildStdout, Command},
    time::{Instant, sleep, timeout},
};

use crate::args::CheckArgs;

/// A running server. Killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Held open, so that the server never writes to a closed pipe.
    _stdout: Option<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts a server over a data folder and waits until it listens.
    pub(crate) async fn start(args: &CheckArgs, data: &Path) -> io::Result<Self> {
        match &args.server_command {
            Some(command) => Self::start_foreign(command, data).await,
            None => Self::start_own(args, data).await,
        }
    }

    /// Kills it without a warning (SIGKILL) and waits until it is gone.
    pub(crate) async fn kill(mut self) -> io::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            return Err(io::Error::other(format!("the server ended by itself: {status}")));
        }
        self.child.kill().await
    }

    /// This program as a server: it takes a free port and says which.
    async fn start_own(args: &CheckArgs, data: &Path) -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command
            .args([
                "serve",
                "--store",
                args.store.name(),
                "--titles",
                &args.titles.to_string(),
            ])
            .arg("--data")
            .arg(data)
            .stdout(Stdio::piped());
        let mut child = spawn(command)?;
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("no standard output"))?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        timeout(PATIENCE, stdout.read_line(&mut line)).await??;
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.and_then(|address| address.strip_suffix('/')?.parse().ok());
        Ok(Self {
            child,
            address: address.ok_or_else(|| io::Error::other(format!("the server says {line:?}")))?,
            _stdout: Some(stdout),
        })
    }

    /// Another server: it is told a port that was free, and asked until it listens there.
    async fn start_foreign(template: &str, data: &Path) -> io::Result<Self> {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = free.local_addr()?;
        drop(free);
        let data = data
            .to_str()
            .ok_or_else(|| io::Error::other("the data folder is not UTF-8"))?;
        let mut words = template.split_whitespace().map(|word| {
            word.replace("{port}", &address.port().to_string())
                .replace("{data}", data)
        });
        let program = words
            .next()
            .ok_or_else(|| io::Error::other("the server command is empty"))?;
        let mut command = Command::new(program);
        command.args(words).stdout(Stdio::null());
        let mut child = spawn(command)?;
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).await.is_err() {
            if let Some(status) = child.try_wait()? {
                return Err(io::Error::other(format!("the server ended: {status}")));
            }
            if Instant::now() > deadline {
                return Err(io::ErrorKind::TimedOut.into());
            }
            sleep(POLL).await;
        }
        Ok(Self {
            child,
            address,
            _stdout: None,
        })
    }
}

fn spawn(mut command: Command) -> io::Result<Child> {
    command.stdin(Stdio::null()).kill_on_drop(true).spawn()
}

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a port is tried.
const POLL: Duration = Duration::from_millis(5);

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

use crate::{args::CheckArgs, flaskflix_server};

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
        match (&args.flaskflix_server, &args.server_command) {
            (Some(program), _) => Self::start_telling(flaskflix_server::serve(program, data)).await,
            (None, Some(command)) => Self::start_foreign(command, data).await,
            (None, None) => Self::start_telling(own(args, data)?).await,
        }
    }

    /// Kills it without a warning (SIGKILL) and waits until it is gone.
    pub(crate) async fn kill(mut self) -> io::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            return Err(io::Error::other(format!("the server ended by itself: {status}")));
        }
        self.child.kill().await
    }

    /// A server that takes a free port and says which.
    async fn start_telling(mut command: Command) -> io::Result<Self> {
        command.stdout(Stdio::piped());
        let mut child = spawn(command)?;
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("no standard output"))?;
        let mut stdout = BufReader::new(stdout);
        let address = timeout(PATIENCE, told_address(&mut stdout)).await??;
        Ok(Self {
            child,
            address,
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

/// This program as a server.
fn own(args: &CheckArgs, data: &Path) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    let titles = args.titles.to_string();
    command.args(["serve", "--store", args.store.name(), "--titles", &titles]);
    command.arg("--data").arg(data);
    Ok(command)
}

/// The address in the line that ends the greeting.
async fn told_address(stdout: &mut BufReader<ChildStdout>) -> io::Result<SocketAddr> {
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).await? == 0 {
            return Err(io::Error::other("the server ended before it listened"));
        }
        if let Some(rest) = line.trim_end().strip_prefix("listening on http://") {
            let address = rest.strip_suffix('/').and_then(|address| address.parse().ok());
            return address.ok_or_else(|| io::Error::other(format!("the server says {line:?}")));
        }
    }
}

fn spawn(mut command: Command) -> io::Result<Child> {
    command.stdin(Stdio::null()).kill_on_drop(true).spawn()
}

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a port is tried.
const POLL: Duration = Duration::from_millis(5);

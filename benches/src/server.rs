//! FlaskFlix and its peers as child processes: one worker each, pinned, on a port of their own.

use std::{
    fs,
    io::{self, BufRead, BufReader},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::cpu;

/// How long a server may take until it accepts connections.
pub const START_PATIENCE: Duration = Duration::from_secs(20);

/// A server that runs; ended when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub host: SocketAddr,
}

/// How nginx sends a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// From the page cache, without a copy: its default in most distributions.
    Sendfile,
    /// The same with `tcp_nopush on`.
    SendfileNopush,
    /// Through buffers of 512 KiB. What is sent was read before it was checked and stays what it was, as ours.
    Copy,
}

impl Server {
    /// `flaskflix-origin` with one worker, open, on a folder.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn flaskflix(binary: &Path, root: &Path, cpu: usize) -> io::Result<Self> {
        Self::that_says_where(&mut origin(binary, root), cpu)
    }

    /// The same, with films encrypted by the secret of this file.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn encrypting(binary: &Path, root: &Path, secret: &Path, cpu: usize) -> io::Result<Self> {
        let mut command = origin(binary, root);
        command.arg("--encrypt-with").arg(secret);
        Self::that_says_where(&mut command, cpu)
    }

    /// tower-http's `ServeDir` (`serve-dir-peer` of this package) on a folder.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn serve_dir(binary: &Path, root: &Path, cpu: usize) -> io::Result<Self> {
        let mut command = Command::new(binary);
        command.arg(root);
        Self::that_says_where(&mut command, cpu)
    }

    /// nginx with one worker on a folder, with its own files under `private`.
    ///
    /// # Errors
    /// When it cannot be started (not installed: [`io::ErrorKind::NotFound`]).
    pub fn nginx(root: &Path, private: &Path, sending: Sending, cpu: usize) -> io::Result<Self> {
        fs::create_dir_all(private)?;
        // nginx takes no port 0. The one found free may be lost before nginx binds it: then it ends, and says so.
        let host = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let config = private.join("nginx.conf");
        fs::write(&config, nginx_config(root, private, sending, host))?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(private).arg("-c").arg(&config);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut server = Self {
            child: pinned(&mut command, cpu)?,
            host,
        };
        server.wait_until_it_accepts()?;
        Ok(server)
    }

    /// CPU seconds used so far by the server and its children.
    ///
    /// # Errors
    /// When it is gone.
    pub fn cpu_seconds(&self) -> io::Result<f64> {
        cpu::seconds_of_family(self.child.id())
    }

    /// Bytes of memory that the server has now: its resident set.
    ///
    /// # Errors
    /// When it is gone.
    pub fn memory_bytes(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kib: u64 = kib
            .ok_or_else(|| io::Error::other("no VmRSS"))?
            .parse()
            .map_err(io::Error::other)?;
        Ok(kib.saturating_mul(1024))
    }

    /// Starts a server that prints `listening on http://HOST:PORT/` to its standard output.
    fn that_says_where(command: &mut Command, cpu: usize) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = pinned(command, cpu)?;
        let lines = child.stdout.take().map(BufReader::new);
        let mut server = Self {
            child,
            host: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let (send, receive) = mpsc::channel();
        // Reads on after the address, so that the server never waits for a full pipe.
        thread::spawn(move || {
            for line in lines.into_iter().flat_map(BufRead::lines).map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("http://") {
                    let address = address.split(['/', ' ']).next().unwrap_or_default();
                    let _ = send.send(address.parse::<SocketAddr>());
                }
            }
        });
        server.host = receive
            .recv_timeout(START_PATIENCE)
            .map_err(|_| io::Error::other("the server ended or stayed silent before it listened"))?
            .map_err(io::Error::other)?;
        server.wait_until_it_accepts()?;
        Ok(server)
    }

    fn wait_until_it_accepts(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            match TcpStream::connect(self.host) {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > deadline => return Err(error),
                Err(_) => {}
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(io::Error::other(format!("the server ended at once: {status}")));
            }
            thread::yield_now();
        }
    }
}

fn origin(binary: &Path, root: &Path) -> Command {
    let mut command = Command::new(binary);
    command.arg("--root").arg(root);
    command.args(["--workers", "1", "--open", "--listen", "127.0.0.1:0"]);
    command
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGTERM, so that nginx ends its worker too.
        let id = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        let asked = id.map(|id| rustix::process::kill_process(id, rustix::process::Signal::TERM));
        let deadline = Instant::now() + Duration::from_secs(5);
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

/// Starts a process on one CPU: affinity is inherited from the thread that starts it, so a thread of its own does.
fn pinned(command: &mut Command, cpu: usize) -> io::Result<Child> {
    thread::scope(|scope| {
        let starter = scope.spawn(|| {
            cpu::pin(cpu)?;
            let child = command.spawn();
            child.map_err(|error| {
                let program = command.get_program().display();
                io::Error::new(error.kind(), format!("{program}: {error}"))
            })
        });
        starter
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the starting thread panicked")))
    })
}

fn nginx_config(root: &Path, private: &Path, sending: Sending, host: SocketAddr) -> String {
    let (root, private) = (root.display(), private.display());
    // Started as root, nginx would give its worker another user, who may not read the folder.
    let user = if rustix::process::geteuid().is_root() {
        "user root;\n"
    } else {
        ""
    };
    let sending = match sending {
        Sending::Sendfile => "sendfile on;\n  tcp_nopush off;",
        Sending::SendfileNopush => "sendfile on;\n  tcp_nopush on;",
        Sending::Copy => "sendfile off;\n  output_buffers 2 512k;",
    };
    format!(
        "{user}daemon off;\nworker_processes 1;\npid {private}/pid;\nerror_log {private}/error.log;\n\
        events {{ worker_connections 2048; }}\n\
        http {{\n  access_log off;\n  {sending}\n  tcp_nodelay on;\n  \
        keepalive_requests 1000000000;\n  keepalive_timeout 600s;\n  client_body_temp_path {private}/body;\n  \
        proxy_temp_path {private}/proxy;\n  fastcgi_temp_path {private}/fastcgi;\n  \
        uwsgi_temp_path {private}/uwsgi;\n  scgi_temp_path {private}/scgi;\n  \
        server {{ listen {host}; root {root}; }}\n}}\n"
    )
}

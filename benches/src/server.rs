//! FlaskFlix and its peers as child processes, on a port of their own.

use std::{
    env, fs,
    io::{self, BufRead, BufReader},
    net::{SocketAddr, TcpListener, TcpStream},
    os::fd::{AsRawFd as _, OwnedFd},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::{
    io::{FdFlags, fcntl_setfd},
    net::{AddressFamily, SocketType, bind, getsockname, listen, socket, sockopt::set_socket_reuseport},
};

use crate::{cpu, tls::Identity};

/// How long a server may take until it accepts connections.
pub const START_PATIENCE: Duration = Duration::from_secs(20);

/// A server that runs; ended when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub host: SocketAddr,
}

/// Where a server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Threads or processes that serve.
    pub workers: usize,
    /// The CPU to which it is pinned; [`None`] leaves the whole machine to it.
    pub cpu: Option<usize>,
}

impl Place {
    /// One worker, pinned to one CPU.
    #[must_use]
    pub const fn pinned(cpu: usize) -> Self {
        Self {
            workers: 1,
            cpu: Some(cpu),
        }
    }

    /// A worker for each CPU, free to move.
    #[must_use]
    pub fn whole_machine() -> Self {
        Self {
            workers: thread::available_parallelism().map_or(1, usize::from),
            cpu: None,
        }
    }
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
    /// `flaskflix-origin`, open, on a folder.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn flaskflix(binary: &Path, root: &Path, place: Place) -> io::Result<Self> {
        Self::that_says_where(&mut origin(binary, root, place), place)
    }

    /// The same, where the machine's TCP paces loopback, too, if it does.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn flaskflix_paced(binary: &Path, root: &Path, place: Place) -> io::Result<Self> {
        Self::that_says_where(origin(binary, root, place).arg("--pace-loopback"), place)
    }

    /// The same, that makes every segment anew, however often it is asked for.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn packaging(binary: &Path, root: &Path, place: Place) -> io::Result<Self> {
        Self::that_says_where(origin(binary, root, place).args(KEEP_NOTHING), place)
    }

    /// The same, with films encrypted by the secret of this file.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn encrypting(binary: &Path, root: &Path, secret: &Path, place: Place) -> io::Result<Self> {
        let mut command = origin(binary, root, place);
        command.arg("--encrypt-with").arg(secret).args(KEEP_NOTHING);
        Self::that_says_where(&mut command, place)
    }

    /// The same over TLS.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn flaskflix_tls(binary: &Path, root: &Path, identity: &Identity, place: Place) -> io::Result<Self> {
        let mut command = origin(binary, root, place);
        command.arg("--tls-cert").arg(&identity.certificate);
        command.arg("--tls-key").arg(&identity.key);
        Self::that_says_where(&mut command, place)
    }

    /// As many processes of `flaskflix-origin` with one worker each, on one port that they share (`SO_REUSEPORT`): the kernel deals connections
    /// out to them.
    ///
    /// # Errors
    /// When they cannot be started.
    pub fn flaskflix_processes(binary: &Path, root: &Path, processes: usize) -> io::Result<Self> {
        let one = Place {
            workers: 1,
            cpu: None,
        };
        let first = shared_listener(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let host = getsockname(&first)?.try_into().map_err(io::Error::other)?;
        let mut listeners = vec![first];
        while listeners.len() < processes {
            listeners.push(shared_listener(host)?);
        }
        // Socket activation: each finds its listener as descriptor 3, and its own number in LISTEN_PID.
        let each = "exec 3<&$1; shift; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\"";
        let all = "for fd in $LISTENERS; do sh -c \"$EACH\" sh $fd \"$@\" & pids=\"$pids $!\"; done; \
            trap 'kill $pids' TERM; wait; wait";
        let served = origin(binary, root, one);
        let mut command = Command::new("sh");
        command.args(["-c", all, "sh"]).arg(served.get_program());
        let numbers: Vec<String> = listeners.iter().map(|fd| fd.as_raw_fd().to_string()).collect();
        command
            .args(served.get_args())
            .env("EACH", each)
            .env("LISTENERS", numbers.join(" "));
        Self::that_says_where(&mut command, one)
    }

    /// A peer on a folder: `serve-dir-peer` of this package, or one of `benches/peers`. They take the folder and the number of
    /// their workers.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn peer(binary: &Path, root: &Path, place: Place) -> io::Result<Self> {
        let mut command = Command::new(binary);
        command.arg(root).arg(place.workers.to_string());
        Self::that_says_where(&mut command, place)
    }

    /// nginx on a folder, with its own files under `private`.
    ///
    /// # Errors
    /// When it cannot be started (not installed: [`io::ErrorKind::NotFound`]).
    pub fn nginx(root: &Path, private: &Path, sending: Sending, place: Place) -> io::Result<Self> {
        Self::nginx_that(root, private, sending, place, ("", String::new()))
    }

    /// The same over TLS 1.3.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn nginx_tls(root: &Path, private: &Path, identity: &Identity, place: Place) -> io::Result<Self> {
        let (certificate, key) = (identity.certificate.display(), identity.key.display());
        let tls = format!("ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.3;");
        Self::nginx_that(root, private, Sending::Sendfile, place, (" ssl", tls))
    }

    fn nginx_that(
        root: &Path,
        private: &Path,
        sending: Sending,
        place: Place,
        tls: (&str, String),
    ) -> io::Result<Self> {
        fs::create_dir_all(private)?;
        // nginx takes no port 0. The one found free may be lost before nginx binds it: then it ends, and says so.
        let host = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let config = private.join("nginx.conf");
        let site = format!("listen {host}{}; root {}; {}", tls.0, root.display(), tls.1);
        fs::write(&config, nginx_config(private, sending, &site, place))?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(private).arg("-c").arg(&config);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut server = Self {
            child: pinned(&mut command, place)?,
            host,
        };
        server.wait_until_it_accepts()?;
        Ok(server)
    }

    /// Its process id; children are its own.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// CPU seconds used so far by the server and its children.
    ///
    /// # Errors
    /// When it is gone.
    pub fn cpu_seconds(&self) -> io::Result<f64> {
        cpu::seconds_of_family(self.child.id())
    }

    /// Bytes of memory that the server and its children have now: their resident sets.
    ///
    /// # Errors
    /// When it is gone.
    pub fn memory_bytes(&self) -> io::Result<u64> {
        let family = cpu::family_of(self.child.id())?;
        family.into_iter().map(cpu::resident_bytes).sum()
    }

    /// Starts a server that prints `listening on http://HOST:PORT/` (or `https`) to its standard output.
    fn that_says_where(command: &mut Command, place: Place) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = pinned(command, place)?;
        let lines = child.stdout.take().map(BufReader::new);
        let mut server = Self {
            child,
            host: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let (send, receive) = mpsc::channel();
        // Reads on after the address, so that the server never waits for a full pipe.
        thread::spawn(move || {
            for line in lines.into_iter().flat_map(BufRead::lines).map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("://") {
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

/// A listener that others may share its port with, and that programs started from here inherit.
fn shared_listener(host: SocketAddr) -> io::Result<OwnedFd> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    set_socket_reuseport(&socket, true)?;
    bind(&socket, &host)?;
    listen(&socket, 1024)?;
    fcntl_setfd(&socket, FdFlags::empty())?;
    Ok(socket)
}

fn origin(binary: &Path, root: &Path, place: Place) -> Command {
    let mut command = Command::new(binary);
    command.arg("--root").arg(root);
    command.arg("--workers").arg(place.workers.to_string());
    command.args(["--open", "--listen", "127.0.0.1:0"]);
    // One machine asks for all: the limits are there to stop just that.
    command.args(FOR_MANY);
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

/// Starts a process on its CPU: affinity is inherited from the thread that starts it, so a thread of its own does.
fn pinned(command: &mut Command, place: Place) -> io::Result<Child> {
    thread::scope(|scope| {
        let starter = scope.spawn(|| {
            match place.cpu {
                Some(cpu) => cpu::pin(cpu)?,
                None => cpu::unpin()?,
            }
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

fn nginx_config(private: &Path, sending: Sending, site: &str, place: Place) -> String {
    let (private, workers) = (private.display(), place.workers);
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
        "{user}daemon off;\nworker_processes {workers};\npid {private}/pid;\nerror_log {private}/error.log;\n\
        events {{ worker_connections 19000; }}\n\
        http {{\n  access_log off;\n  {sending}\n  tcp_nodelay on;\n  \
        keepalive_requests 1000000000;\n  keepalive_timeout 600s;\n  client_body_temp_path {private}/body;\n  \
        proxy_temp_path {private}/proxy;\n  fastcgi_temp_path {private}/fastcgi;\n  \
        uwsgi_temp_path {private}/uwsgi;\n  scgi_temp_path {private}/scgi;\n  \
        server {{ {site} }}\n}}\n"
    )
}

/// Limits of a server for all connections of the tools, which come from one machine. Of ten thousand viewers some hundred ask at the
/// same moment: where few files may be open, the others are left to connections.
pub const FOR_MANY: [&str; 6] = [
    "--max-connections",
    "50000",
    "--max-connections-per-address",
    "50000",
    "--max-requests",
    "4000",
];

const KEEP_NOTHING: [&str; 2] = ["--hot-segments", "0"];

/// A program of ours, without the settings that the caller's own server may have in the environment.
#[must_use]
pub fn without_settings(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"FLASKFLIX_") {
            command.env_remove(name);
        }
    }
    command
}

//! A PostgreSQL of our own: a cluster in a folder, a server on a free port, for one run.

use std::{
    fs, io,
    net::SocketAddr,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::{Signal, geteuid};
use tempfile::TempDir;

use crate::process::{Process, free_addresses, run, wait_for};

/// A running server; ended when it is dropped.
#[derive(Debug)]
pub(crate) struct Postgres {
    address: SocketAddr,
    _process: Process,
    /// Apart from the others: PostgreSQL's user has to get there.
    _folder: TempDir,
}

impl Postgres {
    /// Makes a cluster and starts it. Its log goes to this folder.
    pub(crate) async fn start(logs: &Path) -> io::Result<Self> {
        let programs = programs()?;
        let temporary = tempfile::Builder::new().prefix("flaskflix-cluster-").tempdir()?;
        let folder = temporary.path();
        let (data, password) = (folder.join("data"), folder.join("password"));
        fs::write(&password, PASSWORD)?;
        give_away(&[folder, &password])?;
        let mut make = as_owner(&programs.join("initdb"))?;
        make.arg("--pgdata").arg(&data).arg("--pwfile").arg(&password);
        make.args([
            "--username",
            USER,
            "--auth",
            "scram-sha-256",
            "--encoding",
            "UTF8",
        ]);
        make.args(["--locale", "C", "--no-instructions"]);
        run(make)?;
        let [address] = free_addresses()?;
        let mut serve = as_owner(&programs.join("postgres"))?;
        serve.arg("-D").arg(&data);
        serve.args([
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
        ]);
        serve.args(["-c", "max_connections=100", "-c"]);
        serve.arg(format!("port={}", address.port()));
        // SIGINT is its fast end: it asks nobody to wait.
        let mut process = Process::start("postgres", serve, logs, Signal::INT)?;
        let ready = programs.join("pg_isready");
        let port = address.port().to_string();
        let is_ready = || {
            let mut ask = Command::new(&ready);
            ask.args(["--quiet", "--host", "127.0.0.1", "--port", &port]);
            let is_ready = run(ask).is_ok();
            async move { is_ready }
        };
        wait_for("the database is not ready", &mut process, is_ready).await?;
        Ok(Self {
            address,
            _process: process,
            _folder: temporary,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://{USER}:{PASSWORD}@{}/postgres", self.address)
    }
}

/// The folder of the newest version that is installed, as Debian lays them out.
fn programs() -> io::Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = versions
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .max();
    let newest =
        newest.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "PostgreSQL is not installed"))?;
    Ok(Path::new("/usr/lib/postgresql")
        .join(newest.to_string())
        .join("bin"))
}

/// PostgreSQL refuses to run as root: then it runs as the user that its package makes.
fn as_owner(program: &Path) -> io::Result<Command> {
    if !geteuid().is_root() {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]);
    command.arg(program);
    Ok(command)
}

fn give_away(paths: &[&Path]) -> io::Result<()> {
    if geteuid().is_root() {
        let mut id = Command::new("id");
        id.args(["-u", "postgres"]);
        let owner = run(id)?.trim().parse().map_err(io::Error::other)?;
        for path in paths {
            chown(path, Some(owner), None)?;
        }
    }
    Ok(())
}

const USER: &str = "flaskflix";
/// It lives as long as the check, on loopback.
const PASSWORD: &str = "lives-as-long-as-the-check";

//! A PostgreSQL server of one's own.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use tempfile::TempDir;

use super::programs::{
    as_server_user, family, find, free_port, give_to_server_user, has_ended, left_out, poll, server_place,
    signal, watch,
};

/// A PostgreSQL server in a folder of its own, on a free port of the loopback interface, with `fsync` on. Everybody on this
/// machine may log in as the superuser `flaskflix`.
///
/// It is killed and its folder removed when the value is dropped, and also when the process ends or is killed.
#[derive(Debug)]
pub struct PrivatePostgres {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    server: Child,
    watcher: Child,
    databases: AtomicU32,
}

impl PrivatePostgres {
    /// Makes and starts a server, about a second's work. `None` when PostgreSQL is not installed: then it has printed a line
    /// that begins with `LEFT OUT:`.
    ///
    /// # Errors
    /// When it cannot be started.
    ///
    /// # Panics
    /// When it is not installed and the environment says `CI=true`.
    pub fn start() -> io::Result<Option<Self>> {
        let Some(programs) = programs() else {
            left_out("PostgreSQL is not installed (Debian: postgresql)");
            return Ok(None);
        };
        let folder = tempfile::Builder::new()
            .prefix("flaskflix-pg-")
            .tempdir_in(server_place())?;
        give_to_server_user(folder.path())?;
        let made = as_server_user(programs.join("initdb"))?
            .args([
                "-U",
                "flaskflix",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "-D",
            ])
            .arg(folder.path().join("data"))
            .output()?;
        if !made.status.success() {
            return Err(io::Error::other(
                String::from_utf8_lossy(&made.stderr).into_owned(),
            ));
        }
        let data = folder.path().join("data");
        let watcher = watch(&data.join("postmaster.pid"), &data, folder.path())?;
        let port = free_port()?;
        let server = run(&programs, folder.path(), port)?;
        Ok(Some(Self {
            folder,
            programs,
            port,
            server,
            watcher,
            databases: AtomicU32::new(0),
        }))
    }

    /// Where it listens.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a database.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://flaskflix@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes a database that is empty and returns its name.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create_database(&self) -> io::Result<String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = as_server_user(self.programs.join("createdb"))?
            .args(["-h", "127.0.0.1", "-U", "flaskflix", "-T", "template0", "-p"])
            .arg(self.port.to_string())
            .arg(&name)
            .output()?;
        if made.status.success() {
            Ok(name)
        } else {
            Err(io::Error::other(
                String::from_utf8_lossy(&made.stderr).into_owned(),
            ))
        }
    }

    /// Kills the server with SIGKILL, as a machine does that runs out of memory. Its connections end by themselves, and may
    /// answer what they have been asked until then: they are waited for.
    ///
    /// # Errors
    /// When they cannot be waited for, or have not ended after 30 seconds.
    pub fn kill(&mut self) -> io::Result<()> {
        let family = family(self.server.id());
        self.server.kill()?;
        self.server.wait()?;
        poll("the end of the connections", || {
            Ok(family.iter().all(|&process| has_ended(process)).then_some(()))
        })
    }

    /// Ends the server as `pg_ctl stop -m immediate` does: connections are cut, and the next start is a recovery.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn stop_immediately(&mut self) -> io::Result<()> {
        signal("QUIT", &[self.server.id()])?;
        self.server.wait().map(|_| ())
    }

    /// Starts the server again, on the same port.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn restart(&mut self) -> io::Result<()> {
        self.server = run(&self.programs, self.folder.path(), self.port)?;
        Ok(())
    }

    /// Stops the server and all its connections with SIGSTOP: they take what is sent to them and say nothing.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn suspend(&self) -> io::Result<()> {
        signal("STOP", &family(self.server.id()))
    }

    /// Lets them go on.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn resume(&self) -> io::Result<()> {
        signal("CONT", &family(self.server.id()))
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        let _ = self.stop_immediately_or_kill();
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
    }
}

impl PrivatePostgres {
    fn stop_immediately_or_kill(&mut self) -> io::Result<()> {
        self.resume()?;
        signal("QUIT", &[self.server.id()])?;
        let server = &mut self.server;
        if poll("the end of the server", || server.try_wait()).is_err() {
            server.kill()?;
            server.wait()?;
        }
        Ok(())
    }
}

/// The folder of the newest PostgreSQL that is installed. Debian keeps it away from the `PATH`.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut folders: Vec<_> = versions
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    folders.sort_unstable();
    folders.reverse();
    // A link to it may stand on the `PATH` without the other programs.
    let initdb = find("initdb", &folders)?.canonicalize().ok()?;
    initdb.parent().map(Path::to_owned)
}

/// Starts the server and waits until it is ready. After a kill the connections of the one before may hold its memory for a
/// moment: then it is tried again.
fn run(programs: &Path, folder: &Path, port: u16) -> io::Result<Child> {
    let data = folder.join("data");
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("log"))?;
    let mut server = None;
    poll("a server that is ready", || {
        let running = match &mut server {
            Some(child) => {
                let child: &mut Child = child;
                child.try_wait()?.is_none()
            }
            None => false,
        };
        if !running {
            server = Some(
                as_server_user(programs.join("postgres"))?
                    .arg("-D")
                    .arg(&data)
                    .args(["-h", "127.0.0.1", "-k", "", "-p"])
                    .arg(port.to_string())
                    .args([
                        "-c",
                        "shared_buffers=32MB",
                        "-c",
                        "max_wal_size=256MB",
                        "-c",
                        "jit=off",
                    ])
                    .stderr(Stdio::from(log.try_clone()?))
                    .spawn()?,
            );
        }
        let state = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        let own = server
            .as_ref()
            .is_some_and(|child| state.lines().next() == Some(child.id().to_string().as_str()));
        Ok((own && state.lines().any(|line| line.trim() == "ready")).then_some(()))
    })?;
    server.ok_or_else(|| io::Error::other("no server"))
}

//! A pooler in front of a server.

use std::{
    fs, io,
    net::TcpStream,
    path::PathBuf,
    process::{Child, Stdio},
};

use tempfile::TempDir;

use super::{
    PrivatePostgres,
    programs::{as_server_user, find, free_port, give_to_server_user, left_out, poll, server_place, watch},
};

/// PgBouncer with `pool_mode = transaction` and otherwise its defaults, in front of a [`PrivatePostgres`].
///
/// It is killed when the value is dropped, and also when the process ends or is killed.
#[derive(Debug)]
pub struct PrivatePgBouncer {
    _folder: TempDir,
    port: u16,
    pooler: Child,
    watcher: Child,
}

impl PrivatePgBouncer {
    /// Starts a pooler that has this many connections to each database. `None` when it is not installed: then it has printed a
    /// line that begins with `LEFT OUT:`.
    ///
    /// # Errors
    /// When it cannot be started.
    ///
    /// # Panics
    /// When it is not installed and the environment says `CI=true`.
    pub fn start(server: &PrivatePostgres, connections: u32) -> io::Result<Option<Self>> {
        let Some(program) = find("pgbouncer", &[PathBuf::from("/usr/sbin")]) else {
            left_out("PgBouncer is not installed (Debian: pgbouncer)");
            return Ok(None);
        };
        let folder = tempfile::Builder::new()
            .prefix("flaskflix-pgbouncer-")
            .tempdir_in(server_place())?;
        let port = free_port()?;
        let settings = folder.path().join("pgbouncer.ini");
        let place = folder.path().display();
        fs::write(
            &settings,
            format!(
                "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\npool_mode = transaction\n\
                 listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n\
                 auth_file = {place}/users\ndefault_pool_size = {connections}\nmax_client_conn = 200\n\
                 pidfile = {place}/pid\n",
                server.port()
            ),
        )?;
        fs::write(folder.path().join("users"), "\"flaskflix\" \"\"\n")?;
        give_to_server_user(folder.path())?;
        for file in [&settings, &folder.path().join("users")] {
            give_to_server_user(file)?;
        }
        let watcher = watch(&folder.path().join("pid"), folder.path(), folder.path())?;
        let pooler = as_server_user(program)?
            .arg(&settings)
            .current_dir(folder.path())
            .stderr(Stdio::null())
            .spawn()?;
        let pooler = Self {
            _folder: folder,
            port,
            pooler,
            watcher,
        };
        poll("a pooler that listens", || {
            Ok(TcpStream::connect(("127.0.0.1", port)).ok().map(|_| ()))
        })?;
        Ok(Some(pooler))
    }

    /// The URL of a database by way of the pooler.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://flaskflix@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for PrivatePgBouncer {
    fn drop(&mut self) {
        for child in [&mut self.pooler, &mut self.watcher] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

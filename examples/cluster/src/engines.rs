//! What nodes share: the database, Redis, and the store of the films.

use std::{
    env, fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use flaskflix_benches::load::line::{Ask, Line};
use rustix::process::Signal;

use crate::{
    args::Engine,
    postgres::Postgres,
    process::{Process, free_addresses},
    retry::PATIENCE,
};

/// The engines that run. Ended when dropped.
#[derive(Debug, Default)]
pub(crate) struct Engines {
    /// The settings that lead nodes to them.
    pub(crate) variables: Vec<(&'static str, String)>,
    _postgres: Option<Postgres>,
    processes: Vec<Process>,
}

impl Engines {
    /// Starts these, and puts the films where the nodes find them.
    pub(crate) async fn start(folder: &Path, engines: &[Engine]) -> io::Result<Self> {
        let mut started = Self::default();
        // Python takes its time: the others start meanwhile.
        let store = if engines.contains(&Engine::S3) {
            Some(launch_store(folder)?)
        } else {
            None
        };
        if engines.contains(&Engine::Postgres) {
            started.start_postgres(folder).await?;
        }
        if engines.contains(&Engine::Redis) {
            started.start_redis(folder).await?;
        }
        match store {
            Some((process, address)) => started.fill_store(process, address).await?,
            None => started.share_folder(folder)?,
        }
        Ok(started)
    }

    async fn start_postgres(&mut self, folder: &Path) -> io::Result<()> {
        let postgres = Postgres::start(folder).await?;
        self.variables.push(("FLASKFLIX_DATABASE_URL", postgres.url()));
        self._postgres = Some(postgres);
        Ok(())
    }

    async fn start_redis(&mut self, folder: &Path) -> io::Result<()> {
        let [address] = free_addresses()?;
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string()]);
        command.args(["--maxmemory-policy", "noeviction", "--appendonly", "yes", "--dir"]);
        command.arg(folder);
        let mut process = Process::start("redis", command, folder, Signal::TERM)?;
        process.listens(address).await?;
        self.processes.push(process);
        self.variables
            .push(("FLASKFLIX_REDIS_URL", format!("redis://{address}")));
        self.variables
            .push(("FLASKFLIX_MAX_SCREENS", MAX_SCREENS.to_string()));
        Ok(())
    }

    /// Makes a bucket with the films.
    async fn fill_store(&mut self, mut process: Process, address: SocketAddr) -> io::Result<()> {
        process.listens(address).await?;
        self.processes.push(process);
        put(address, "/films", &[]).await?;
        for (name, file) in film_files() {
            put(address, &format!("/films/{name}"), &fs::read(file)?).await?;
        }
        let url = format!("s3://films/?endpoint=http://{address}&region=us-east-1");
        self.variables.push(("FLASKFLIX_MEDIA_URL", url));
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            self.variables.push((name, "anybody".to_owned()));
        }
        Ok(())
    }

    /// A folder that all nodes read, as from a network file system.
    fn share_folder(&mut self, folder: &Path) -> io::Result<()> {
        let media = folder.join("media");
        for (name, file) in film_files() {
            let copy = media.join(name);
            fs::create_dir_all(copy.parent().unwrap_or(&media))?;
            fs::copy(file, copy)?;
        }
        self.variables
            .push(("FLASKFLIX_MEDIA", media.display().to_string()));
        Ok(())
    }
}

/// The S3 server of the Python package moto.
fn launch_store(folder: &Path) -> io::Result<(Process, SocketAddr)> {
    let [address] = free_addresses()?;
    let mut command = Command::new(python());
    command.args(["-m", "moto.server", "--host", "127.0.0.1", "--port"]);
    command.arg(address.port().to_string());
    Ok((Process::start("store", command, folder, Signal::TERM)?, address))
}

/// The film, as `movie add --variants` takes it.
pub(crate) const VARIANTS: &str = "360p:screening/360p.mp4,1080p:screening/1080p.mp4";

/// On how many screens a viewer may watch at once.
pub(crate) const MAX_SCREENS: usize = 4;

/// The demo film: names below the media folder, and files.
fn film_files() -> impl Iterator<Item = (String, PathBuf)> {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/media/demo");
    ["360p", "1080p"].into_iter().map(move |quality| {
        (
            format!("screening/{quality}.mp4"),
            demo.join(quality).with_extension("mp4"),
        )
    })
}

async fn put(address: SocketAddr, path: &str, body: &[u8]) -> io::Result<()> {
    let ask = Ask {
        method: "PUT",
        path,
        body: Some(("application/octet-stream", body)),
        ..Ask::default()
    };
    let reply = Line::new(address, PATIENCE).ask(&ask).await;
    match reply {
        Ok(reply) if reply.status == 200 => Ok(()),
        Ok(reply) => Err(io::Error::other(format!("PUT {path}: status {}", reply.status))),
        Err(fault) => Err(io::Error::other(format!("PUT {path}: {fault}"))),
    }
}

/// The interpreter that `.ci/setup` prepares, or the one that `FLASKFLIX_PYTHON` names.
fn python() -> PathBuf {
    env::var_os("FLASKFLIX_PYTHON").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/python/bin/python"),
        PathBuf::from,
    )
}

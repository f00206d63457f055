//! One node: flaskflix-server with a data folder of its own, over what all nodes share.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::Duration,
};

use flaskflix_benches::{
    load::line::{Ask, Line},
    server::without_settings,
};
use rustix::process::Signal;

use crate::process::{Process, run, wait_for};

/// What all nodes have in common.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The program.
    pub(crate) server: PathBuf,
    /// Variables: where the database, Redis and the films are.
    pub(crate) variables: Vec<(&'static str, String)>,
}

/// A node, whether it runs or not.
#[derive(Debug)]
pub(crate) struct Node {
    site: Site,
    name: String,
    data: PathBuf,
    pub(crate) address: SocketAddr,
    process: Option<Process>,
}

impl Node {
    /// Makes its data folder, with its settings and nothing else.
    pub(crate) fn new(site: &Site, folder: &Path, name: &str, address: SocketAddr) -> io::Result<Self> {
        let data = folder.join(name);
        fs::create_dir(&data)?;
        fs::write(data.join("config.toml"), SETTINGS)?;
        Ok(Self {
            site: site.clone(),
            name: name.to_owned(),
            data,
            address,
            process: None,
        })
    }

    /// Runs a sub-command on its data folder; gives what it says.
    pub(crate) fn task(&self, arguments: &[&str]) -> io::Result<String> {
        let mut command = self.command();
        command.args(arguments);
        run(command)
    }

    /// The file of the keys that sign stream tokens.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.data.join("signing.key")
    }

    /// Starts it and waits until it is ready.
    pub(crate) async fn start(&mut self) -> io::Result<()> {
        let mut command = self.command();
        command.arg("--listen").arg(self.address.to_string());
        let folder = self.data.parent().unwrap_or(&self.data);
        let mut process = Process::start(&self.name, command, folder, Signal::TERM)?;
        process.listens(self.address).await?;
        let what = format!("{} is not ready", self.name);
        let address = self.address;
        wait_for(&what, &mut process, || async move {
            let mut line = Line::new(address, Duration::from_secs(2));
            let ask = Ask {
                method: "GET",
                path: "/readyz",
                ..Ask::default()
            };
            line.ask(&ask).await.is_ok_and(|reply| reply.status == 200)
        })
        .await?;
        self.process = Some(process);
        Ok(())
    }

    /// Kills it without a warning.
    pub(crate) async fn kill(&mut self) -> io::Result<ExitStatus> {
        self.end_by(Signal::KILL).await
    }

    /// Asks it to end: what is under way may finish.
    pub(crate) async fn drain(&mut self) -> io::Result<ExitStatus> {
        self.end_by(Signal::TERM).await
    }

    /// Whether it runs.
    pub(crate) const fn runs(&self) -> bool {
        self.process.is_some()
    }

    async fn end_by(&mut self, signal: Signal) -> io::Result<ExitStatus> {
        let process = self.process.take();
        let mut process = process.ok_or_else(|| io::Error::other(format!("{} does not run", self.name)))?;
        if let Some(status) = process.ended()? {
            return Err(io::Error::other(format!(
                "{} ended by itself: {status}",
                self.name
            )));
        }
        process.signal(signal)?;
        process.end(DRAIN_PATIENCE).await
    }

    /// The program on this folder. Settings of the person who runs the check stay out.
    fn command(&self) -> Command {
        let mut command = without_settings(&self.site.server);
        command.envs(self.site.variables.iter().map(|(name, value)| (name, value)));
        command.env("FLASKFLIX_ADMIN_PASSWORD", ADMIN_PASSWORD);
        command.arg("--data").arg(&self.data);
        command
    }
}

/// Longer than the server's own deadline, which is 10 s.
const DRAIN_PATIENCE: Duration = Duration::from_secs(15);

/// The cluster lives as long as the check, on loopback.
const ADMIN_PASSWORD: &str = "lives-as-long-as-the-check";

/// All viewers come from one address, and what they watch is a minute long.
const SETTINGS: &str = r#"# Written by flaskflix-cluster-check.
trusted_proxies = ["127.0.0.1"]
progress_per_viewer = "1000000/1s"
login_attempts = "1000000/1s"
login_attempts_per_address = "1000000/1s"
registrations_per_address = "1000000/1s"
mint_per_viewer = "1000000/1s"
mint_per_address = "1000000/1s"
log = "warn"

[resume]
min_position = "1s"
short_title = "0s"
completed_percent = 100
"#;

//! Everything that runs: what the nodes share, and the nodes.

use std::{
    env,
    error::Error,
    fs,
    io::{self, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::{
    args::{Args, Wrong},
    engines::{Engines, VARIANTS},
    node::{Node, Site},
    process::free_addresses,
    viewer::account,
    visitor::{GaveUp, Visitor},
};

/// A cluster. What it is made of is dropped in the order of its fields: the nodes end before what they need.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Node>,
    /// The same film as often as there are runs: a run finds no progress of the one before.
    pub(crate) movies: Vec<u64>,
    _engines: Engines,
    folder: TempDir,
}

/// The accounts of those who are not viewers of the runs, by number: they come after the viewers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guests {
    /// Reads the reference from the first node; the one behind it from the second.
    pub(crate) critic: usize,
    /// Whose tokens are revoked.
    pub(crate) revoked: usize,
    /// Who watches on as many screens as there may be.
    pub(crate) everywhere: usize,
    /// How many accounts there are.
    pub(crate) end: usize,
}

impl Guests {
    pub(crate) fn after(viewers: u16) -> Self {
        let critic = usize::from(viewers);
        Self {
            critic,
            revoked: critic.saturating_add(2),
            everywhere: critic.saturating_add(3),
            end: critic.saturating_add(4),
        }
    }
}

impl Cluster {
    /// Starts everything, with accounts for the viewers and movies for so many runs.
    pub(crate) async fn open(args: &Args, runs: usize) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::Builder::new()
            .prefix("flaskflix-cluster-")
            .disable_cleanup(args.keep)
            .tempdir()?;
        if args.keep {
            writeln!(io::stderr(), "data and logs: {}", folder.path().display())?;
        }
        let engines = Engines::start(folder.path(), args.engines()).await?;
        let site = Site {
            server: server(args)?,
            variables: engines.variables.clone(),
        };
        let addresses: [SocketAddr; 2] = free_addresses()?;
        let mut nodes = Vec::new();
        for (number, address) in (1..=args.nodes).zip(addresses) {
            nodes.push(Node::new(
                &site,
                folder.path(),
                &format!("node-{number}"),
                address,
            )?);
        }
        let mut cluster = Self {
            nodes,
            movies: Vec::new(),
            _engines: engines,
            folder,
        };
        cluster.prepare(args, runs)?;
        for node in &mut cluster.nodes {
            node.start().await?;
        }
        cluster.register(Guests::after(args.viewers).end).await?;
        Ok(cluster)
    }

    /// The folder of all data and logs.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.address).collect()
    }

    /// What the operator does once: tables, keys, films.
    fn prepare(&mut self, args: &Args, runs: usize) -> io::Result<()> {
        let Some((first, others)) = self.nodes.split_first() else {
            return Ok(());
        };
        first.task(&["migrate"])?;
        for other in others {
            // Tokens that one node mints, all have to verify.
            if args.wrong != Some(Wrong::Keys) {
                fs::copy(first.key_file(), other.key_file())?;
            }
        }
        for run in 1..=runs {
            let title = format!("Screening {run}");
            let said = first.task(&["movie", "add", "--title", &title, "--variants", VARIANTS])?;
            let id = said.split_whitespace().nth(1).and_then(|id| id.parse().ok());
            let id = id.ok_or_else(|| io::Error::other(format!("movie add said {said:?}")))?;
            self.movies.push(id);
        }
        Ok(())
    }

    /// Makes the accounts, by the form of the page.
    async fn register(&self, viewers: usize) -> Result<(), Box<dyn Error>> {
        let addresses = self.addresses();
        let mut clerks: JoinSet<Result<(), GaveUp>> = JoinSet::new();
        // As many at a time as small machines have cores: hashing passwords is what takes the time.
        for clerk in 0..CLERKS {
            let address = addresses.get(clerk % addresses.len().max(1)).copied();
            let address = address.ok_or("no node")?;
            clerks.spawn(async move {
                let mut visitor = Visitor::new(address);
                for number in (clerk..viewers).step_by(CLERKS) {
                    visitor.register(&account(number)).await?;
                }
                Ok(())
            });
        }
        while let Some(done) = clerks.join_next().await {
            done??;
        }
        Ok(())
    }
}

/// The server to judge.
fn server(args: &Args) -> io::Result<PathBuf> {
    match &args.server {
        Some(program) => Ok(program.clone()),
        None => Ok(env::current_exe()?.with_file_name("flaskflix-server")),
    }
}

const CLERKS: usize = 4;

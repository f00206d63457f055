//! Everything that runs: what the nodes share, and the nodes.

use std::{
    env,
    error::Error,
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::{
    args::{Args, Wrong},
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
    folder: TempDir,
}

impl Cluster {
    /// Starts everything, with accounts for the viewers and movies for so many runs.
    pub(crate) async fn open(args: &Args, runs: usize) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let site = Site {
            server: server(args)?,
            variables: one_machine(folder.path())?,
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
            folder,
        };
        cluster.prepare(args, runs)?;
        for node in &mut cluster.nodes {
            node.start().await?;
        }
        cluster.register(usize::from(args.viewers)).await?;
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

/// A folder of films, and nothing shared.
fn one_machine(folder: &Path) -> io::Result<Vec<(&'static str, String)>> {
    let media = folder.join("media");
    fs::create_dir_all(media.join("screening"))?;
    for (name, file) in film_files() {
        fs::copy(file, media.join(name))?;
    }
    Ok(vec![("FLASKFLIX_MEDIA", media.display().to_string())])
}

/// The demo film: names below the media folder, and files.
pub(crate) fn film_files() -> impl Iterator<Item = (String, PathBuf)> {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/media/demo");
    ["360p", "1080p"].into_iter().map(move |quality| {
        (
            format!("screening/{quality}.mp4"),
            demo.join(quality).with_extension("mp4"),
        )
    })
}

const VARIANTS: &str = "360p:screening/360p.mp4,1080p:screening/1080p.mp4";
const CLERKS: usize = 4;

//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Parser, Subcommand, ValueEnum};

use crate::story::{MAX_TITLES, MAX_WRITERS};

/// Kills a progress server again and again and finds out whether it lost what it acknowledged.
///
/// Writers report positions over HTTP and keep a ledger of every report that was acknowledged (2xx). Afterwards, and after
/// every kill, everything is read back. Exit code 0: no violation; 1: some, each printed with its kind; 2: no verdict.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  flaskflix-progress-ledger
  flaskflix-progress-ledger --store ack-first --kills 3
  flaskflix-progress-ledger --flaskflix-server target/release/flaskflix-server
  flaskflix-progress-ledger --flaskflix-server target/release/flaskflix-server --postgres --kills 30 --database-kills 15
  flaskflix-progress-ledger --server-command 'my-server --port {port} --data {data}' --titles 4"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) check: CheckArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve progress over one of the stores: what the checker starts and kills.
    Serve(ServeArgs),
}

/// The settings of a run.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct CheckArgs {
    /// The store of the server that this program starts itself.
    #[arg(long, value_enum, default_value_t = Store::Sqlite)]
    pub(crate) store: Store,
    /// Start this instead, in the data folder's place {data}, listening on loopback port {port}. It must know movies 1 to
    /// --titles, take the viewer's name from the header x-viewer, and limit no rates.
    #[arg(long, value_name = "COMMAND", conflicts_with = "store")]
    pub(crate) server_command: Option<String>,
    /// Judge this flaskflix-server: accounts and movies are made by its sub-commands, and every writer logs in as a browser
    /// does. What it answered to a log-in is held to as well: a session that does not survive a kill is a violation.
    #[arg(long, value_name = "PROGRAM", conflicts_with_all = ["store", "server_command"])]
    pub(crate) flaskflix_server: Option<PathBuf>,
    /// Give that server a private PostgreSQL, which is killed, too.
    #[arg(long, requires = "flaskflix_server", conflicts_with = "database_url")]
    pub(crate) postgres: bool,
    /// How often that PostgreSQL is killed, by turns with SIGKILL and as `pg_ctl stop -m immediate` does.
    #[arg(long, default_value_t = 10, value_name = "KILLS", requires = "postgres")]
    pub(crate) database_kills: u32,
    /// Give that server this PostgreSQL, in which it has no tables yet.
    #[arg(long, value_name = "URL", requires = "flaskflix_server")]
    pub(crate) database_url: Option<String>,
    /// Writers, each with one connection and a viewer of its own.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_WRITERS)))]
    pub(crate) writers: u16,
    /// Titles that each viewer watches.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_TITLES)))]
    pub(crate) titles: u16,
    /// How often the server is killed.
    #[arg(long, default_value_t = 20)]
    pub(crate) kills: u32,
    /// Acknowledged reports between two kills, on average.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) acks: u32,
    /// Where the ledger and the server's data are kept. Default: a temporary folder, removed at the end.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Seconds after which the run is given up.
    #[arg(long, default_value_t = 600)]
    pub(crate) deadline: u64,
}

/// The settings of the server.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ServeArgs {
    /// The store.
    #[arg(long, value_enum, default_value_t = Store::Sqlite)]
    pub(crate) store: Store,
    /// The folder of the database.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Movies in the catalogue, named from 1.
    #[arg(long, default_value_t = 16)]
    pub(crate) titles: u16,
}

/// The stores that the server can be run over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Store {
    /// The library's: acknowledges after the commit.
    Sqlite,
    /// Wrong: acknowledges, and commits a moment later.
    AckFirst,
    /// Wrong: what arrives last wins, whatever its sequence number.
    LastWriter,
}

impl Store {
    /// The name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::AckFirst => "ack-first",
            Self::LastWriter => "last-writer",
        }
    }
}

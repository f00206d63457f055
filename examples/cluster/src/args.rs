//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Runs several nodes of flaskflix-server with everything they share behind nginx, takes one node away while viewers watch,
/// and judges what they saw.
///
/// All servers are started for the run, on free ports of loopback with data in a temporary folder, and ended after it. The
/// last line counts what was judged. Exit code 0: nothing failed; 1: something did; 2: no verdict.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    after_help = "Examples:
  flaskflix-cluster-check --screens             # 200 viewers, two nodes
  flaskflix-cluster-check --viewers 20 --pace 15 # what .ci/cluster does
  flaskflix-cluster-check --nodes 1             # one machine: SQLite, a local folder; a killed node starts again at once
  flaskflix-cluster-check --wrong keys          # wrong on purpose: has to fail"
)]
pub(crate) struct Args {
    /// The server [default: flaskflix-server beside this program].
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) server: Option<PathBuf>,
    /// Nodes: two share what --engines names; one has SQLite and a folder.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub(crate) nodes: u8,
    /// What two nodes share, separated by commas. Without s3 the films lie in a folder that both read.
    #[arg(
        long,
        value_enum,
        value_name = "LIST",
        value_delimiter = ',',
        default_values_t = [Engine::Postgres, Engine::Redis, Engine::S3]
    )]
    engines: Vec<Engine>,
    /// Viewers, each with an account, a session and a film of a minute.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=2000))]
    pub(crate) viewers: u16,
    /// How many times faster than life they watch.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub(crate) pace: u32,
    /// Also wait until the screens that a killed node held are free: a minute. Needs redis.
    #[arg(long)]
    pub(crate) screens: bool,
    /// Set something up wrong, to see that it is found.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) wrong: Option<Wrong>,
    /// Keep the folder of all data and logs, and say where it is.
    #[arg(long)]
    pub(crate) keep: bool,
    /// Seconds after which the check is given up.
    #[arg(long, default_value_t = 300)]
    pub(crate) deadline: u64,
}

impl Args {
    /// What has to be started beside the nodes.
    pub(crate) fn engines(&self) -> &[Engine] {
        if self.nodes > 1 { &self.engines } else { &[] }
    }
}

/// Something that nodes share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Accounts, sessions, movies, progress.
    Postgres,
    /// Rate limits, revocations, screens.
    Redis,
    /// The films.
    S3,
}

/// What is wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wrong {
    /// Every node signs and verifies stream tokens with a key of its own.
    Keys,
}

//! `flaskflix-cluster-check`: runs several nodes of flaskflix-server with everything they share behind nginx, takes one away
//! while viewers watch, and judges what they saw. What it shows, and how to run such a cluster: `docs/OPERATIONS.md`.
//!
//! | file | what it holds |
//! |---|---|
//! | `args` | the command line |
//! | `process` | programs that run beside this one, and end with it |
//! | `cluster` | everything that runs: what the nodes share, and the nodes |
//! | `engines`, `postgres` | the database, Redis, and the store of the films |
//! | `node`, `proxy` | one flaskflix-server; nginx with the documented configuration |
//! | `film` | the film as one node serves it: what the viewers' bytes are compared with |
//! | `visitor`, `retry` | one connection with a session and the patience of a player |
//! | `viewer`, `ledger` | what a viewer does, and what it holds the server to |
//! | `screening`, `tally` | a run: all viewers, and the node that goes away |
//! | `probes` | what nodes have to agree on in time: revoked tokens, screens of a dead node |
//! | `report` | verdicts, table, count |

mod args;
mod cluster;
mod engines;
mod film;
mod ledger;
mod node;
mod postgres;
mod probes;
mod process;
mod proxy;
mod report;
mod retry;
mod screening;
mod tally;
mod viewer;
mod visitor;

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
    time::Duration,
};

use clap::Parser as _;
use flaskflix_core::ErrorChain;
use tokio::{
    select,
    signal::unix::{SignalKind, signal},
    time::sleep,
};

use crate::{
    args::{Args, Engine},
    cluster::{Cluster, Guests},
    report::Report,
    screening::Departure,
};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let judged = select! {
        judged = check(&args) => judged,
        stopped = until_stopped(args.deadline) => Err(stopped),
    };
    match judged {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Nothing is left to tell it to when standard error is closed.
            let _ = writeln!(io::stderr(), "flaskflix-cluster-check: {}", ErrorChain(&*error));
            ExitCode::from(UNJUDGED)
        }
    }
}

/// Everything, from the first server to the last line; whether nothing failed.
async fn check(args: &Args) -> Result<bool, Box<dyn Error>> {
    let runs = [
        ("one node killed", Departure::Killed),
        ("one node drained", Departure::Drained),
    ];
    let mut cluster = Cluster::open(args, runs.len()).await?;
    let mut report = Report::default();
    let has_redis = args.engines().contains(&Engine::Redis);
    let guests = Guests::after(args.viewers);
    let movie = *cluster.movies.first().ok_or("no movie")?;
    for (movie, (name, departure)) in cluster.movies.clone().into_iter().zip(runs) {
        let outcome = screening::run(&mut cluster, args, movie, departure).await?;
        report.judge_run(name, &outcome)?;
    }
    if has_redis {
        probes::judge_revocation(&cluster, movie, guests.revoked, &mut report).await?;
    }
    if has_redis && args.screens {
        probes::judge_screens(&mut cluster, movie, guests.everywhere, &mut report).await?;
    }
    drop(cluster);
    Ok(report.close()?)
}

/// Waits for the deadline or a signal. Whoever stops waiting for the check ends everything that it started.
async fn until_stopped(deadline: u64) -> Box<dyn Error> {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
        return "signals cannot be waited for".into();
    };
    select! {
        _ = terminate.recv() => "terminated".into(),
        _ = interrupt.recv() => "interrupted".into(),
        () = sleep(Duration::from_secs(deadline)) => format!("no verdict within {deadline} s").into(),
    }
}

/// The exit code of a check that came to no verdict.
const UNJUDGED: u8 = 2;

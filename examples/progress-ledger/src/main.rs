//! `flaskflix-progress-ledger`: kills a progress server again and again and finds out whether it lost what it
//! acknowledged.
//!
//! | file | what it holds |
//! |---|---|
//! | `args` | the command line |
//! | `story` | what the writers say: every report tells which one it is |
//! | `ledger` | what was sent and what was acknowledged, in memory and on disk |
//! | `judge` | what an answer proves: nothing, or a violation |
//! | `client` | HTTP/1.1 with a deadline |
//! | `badges` | how the server is told who asks: a header, or the session of a log-in |
//! | `writer` | one writer: new reports, repeated ones, late ones |
//! | `process` | the server as a process that is started and killed |
//! | `database` | the PostgreSQL under it, which is killed, too |
//! | `flaskflix_server` | how flaskflix-server is set up and started |
//! | `check` | the run: start, read back, write, kill; and its result |
//! | `serve` | the servers to judge: over SQLite, and two that are wrong on purpose |

mod args;
mod badges;
mod check;
mod client;
mod database;
mod flaskflix_server;
mod judge;
mod ledger;
mod process;
mod serve;
mod story;
mod writer;

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser as _;
use flaskflix_core::ErrorChain;

use crate::args::{Args, Command};

#[tokio::main]
async fn main() -> ExitCode {
    let Args { command, check } = Args::parse();
    let result = match command {
        Some(Command::Serve(args)) => serve::run(args).await.map(|()| ExitCode::SUCCESS),
        None => check::run(check).await.map(|outcome| {
            if outcome.violations() == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }),
    };
    result.unwrap_or_else(|error| {
        report(&*error);
        ExitCode::from(UNJUDGED)
    })
}

/// Writes an error and what caused it on one line of standard error.
fn report(error: &(dyn Error + 'static)) {
    // Nothing is left to tell it to when standard error is closed.
    let _ = writeln!(io::stderr(), "flaskflix-progress-ledger: {}", ErrorChain(error));
}

/// The exit code of a run that came to no verdict.
const UNJUDGED: u8 = 2;

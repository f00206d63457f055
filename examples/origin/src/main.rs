//! `flaskflix-origin`: serve a folder of films as byte ranges and just-in-time HLS.
//!
//! The reference binary of FlaskFlix and its measuring stick. `main` reads the command line and starts a runtime;
//! [`app`] puts the library's parts together; the pages for people are in [`pages`].

mod access_log;
mod app;
mod args;
mod assets;
mod cache;
mod film;
mod films;
mod indexes;
mod inspect;
mod keys;
mod limits;
mod package;
mod pages;
mod signals;
mod wording;

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser as _;
use flaskflix_core::ErrorChain;
use flaskflix_http::serve::inherited_listener;
use tokio::runtime::{Builder, Runtime};

use crate::{
    args::{Args, Command, ServeArgs},
    cache::CacheArgs,
    limits::LimitArgs,
};

/// glibc keeps much of the memory that it was given back (docs/OPERATIONS.md#memory).
#[cfg(all(target_os = "linux", feature = "jemalloc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let result = match Args::parse() {
        Args {
            command: Some(Command::Token(token)),
            ..
        } => keys::print_token(&token),
        Args {
            command: Some(Command::Keygen(keygen)),
            ..
        } => keys::write_new_key_file(&keygen),
        Args {
            command: Some(Command::Inspect(inspect)),
            ..
        } => at_once(inspect::run(&inspect)),
        Args {
            command: Some(Command::Package(package)),
            ..
        } => at_once(package::run(&package)),
        Args {
            serve: Some(serve),
            cache,
            limits,
            ..
        } => serve_films(serve, &cache, &limits),
        // The groups of the command line are required: it was refused before.
        Args { serve: None, .. } => Err("nothing to do: --help tells what there is".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&*error);
            if error.is::<package::Interrupted>() {
                ExitCode::from(signals::EXIT_AFTER_SIGNAL)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn serve_films(mut args: ServeArgs, cache: &CacheArgs, limits: &LimitArgs) -> Result<(), Box<dyn Error>> {
    let inherited = inherited_listener()?;
    if let Some(listener) = &inherited {
        args.listen = listener.local_addr()?;
    }
    args.refuse_unsafe();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()),
        )
        .with_writer(io::stderr)
        .init();
    runtime(args.workers)?.block_on(app::run(args, cache, limits, inherited))
}

/// Runs a command that ends by itself.
fn at_once(command: impl Future<Output = Result<(), Box<dyn Error>>>) -> Result<(), Box<dyn Error>> {
    runtime(Some(1))?.block_on(command)
}

/// One worker is the main thread itself; more are a pool that steals work.
fn runtime(workers: Option<usize>) -> io::Result<Runtime> {
    let mut builder = match workers {
        Some(1) => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if let Some(threads) = workers.filter(|&threads| threads > 1) {
        builder.worker_threads(threads);
    }
    builder.enable_all().build()
}

/// Writes an error and what caused it on one line of standard error.
fn report(error: &(dyn Error + 'static)) {
    // Nothing is left to tell it to when standard error is closed.
    let _ = writeln!(io::stderr(), "flaskflix-origin: {}", ErrorChain(error));
}

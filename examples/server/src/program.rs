//! From the command line to an exit code.

use std::{
    env,
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use flaskflix_core::ErrorChain;
use flaskflix_http::serve::inherited_listener;
use tokio::runtime::{Builder, Runtime};

use crate::{
    args::Invocation,
    commands, logging, serve,
    settings::{Layers, Loaded},
};

/// Does what the command line says: serve, print the settings, or run a sub-command.
///
/// The exit code is 0 when that was done, 1 when it was not (standard error says why), 2 for a wrong command line.
#[must_use]
pub fn run() -> ExitCode {
    match start(Invocation::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&*error);
            ExitCode::FAILURE
        }
    }
}

fn start(invocation: Invocation) -> Result<(), Box<dyn Error>> {
    let loaded = Layers {
        flags: invocation.flags,
        variables: Layers::variables_of(env::vars_os()),
        config: invocation.config,
    }
    .load()?;
    if invocation.check_config {
        write!(io::stdout(), "{loaded}")?;
        return Ok(());
    }
    let Loaded {
        mut settings,
        remarks,
        ..
    } = loaded;
    match invocation.task {
        Some(task) => runtime(Some(1))?.block_on(commands::run(task, settings)),
        None => {
            logging::start(&settings);
            for remark in remarks {
                tracing::warn!("{remark}");
            }
            let inherited = inherited_listener()?;
            if let Some(listener) = &inherited {
                settings.listen_on(listener.local_addr()?)?;
            }
            runtime(settings.workers)?.block_on(serve::run(settings, inherited))
        }
    }
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

/// Writes an error and what caused it to standard error.
fn report(error: &(dyn Error + 'static)) {
    // Nothing is left to tell it to when standard error is closed.
    let _ = writeln!(io::stderr(), "flaskflix-server: {}", ErrorChain(error));
}

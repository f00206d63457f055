//! The log: on standard error, as lines for people or as JSON.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, Settings};

/// Starts the log. Does nothing when there is one already.
pub(crate) fn start(settings: &Settings) {
    // The session layer wraps every request in a span of its own and takes an expired session for an attack. What the
    // settings say of these modules outranks this.
    let filter = format!(
        "tower_sessions=error,tower_sessions_core=off,{}",
        settings.log.as_str()
    );
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    let _ = match settings.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
}

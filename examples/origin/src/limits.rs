//! How much this server takes upon itself.

use std::time::Duration;

use flaskflix_http::serve::{Server, WhenFull};
use flaskflix_storage::fs::ReadOptions;

use crate::{args::parse_duration, cache::parse_size};

/// What happens above each of them stands in docs/OPERATIONS.md.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LimitArgs {
    /// How many connections may be open at once. Lowered when fewer files may be open than they need.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    max_connections: usize,
    /// What becomes of more: refuse (503 at once) or wait (until another one is closed).
    #[arg(long, value_name = "WHAT", default_value = "refuse", value_parser = parse_when_full)]
    when_full: WhenFull,
    /// How many connections one address may have; more are closed as they come. Raise it when a proxy stands in front.
    #[arg(long, value_name = "N", default_value_t = 1024)]
    max_connections_per_address: usize,
    /// How many requests may be under way at once; more get 503.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    max_requests: usize,
    /// How long a connection may stay open between two requests.
    #[arg(long, value_name = "TIME", default_value = "75s", value_parser = parse_duration)]
    idle_timeout: Duration,
    /// How long a response may be under way without one byte moving: a paused player stops reading.
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = parse_duration)]
    stall_timeout: Duration,
    /// Memory for pooled buffers of all responses together; past it they go on with small ones.
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = parse_size)]
    buffer_memory: u64,
    /// Memory for packaged segments that many ask for, from which the kernel sends them; 0 keeps none. Linux, without TLS.
    #[arg(long, value_name = "SIZE", default_value = "128MiB", value_parser = parse_size)]
    pub(crate) hot_segments: u64,
}

impl LimitArgs {
    /// A server with these limits.
    pub(crate) fn server(&self) -> Server {
        Server::new()
            .max_connections(self.max_connections)
            .when_full(self.when_full)
            .max_connections_per_address(self.max_connections_per_address)
            .max_requests(self.max_requests)
            .idle_timeout(self.idle_timeout)
            .stall_timeout(self.stall_timeout)
            .within_open_files()
    }

    /// How files are read within them.
    pub(crate) fn reading(&self) -> ReadOptions {
        let bytes = usize::try_from(self.buffer_memory).unwrap_or(usize::MAX);
        ReadOptions::default().max_buffered_bytes(bytes)
    }
}

fn parse_when_full(text: &str) -> Result<WhenFull, String> {
    match text {
        "refuse" => Ok(WhenFull::Refuse),
        "wait" => Ok(WhenFull::Wait),
        _ => Err("neither refuse nor wait".into()),
    }
}

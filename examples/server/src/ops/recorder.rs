//! What counts: the Prometheus recorder, without a listener of its own.

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::{MissedTickBehavior, interval};

use super::process;
use crate::database;

/// Starts to count, once for a process. Before the first request, so that none is missed.
///
/// # Errors
/// Never with the buckets below; when another recorder is there already, it stays, and `/metrics` is 404.
pub(crate) fn count() -> Result<(), BuildError> {
    // Two callers at the same moment: the second waits and finds the handle.
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if HANDLE.get().is_some() {
        return Ok(());
    }
    let handle = builder()?.install_recorder()?;
    flaskflix_http::metrics::describe();
    flaskflix_storage::metrics::describe();
    process::describe();
    database::describe();
    let _ = HANDLE.set(handle);
    Ok(())
}

/// What was counted so far; `None` before [`count`].
pub(super) fn handle() -> Option<&'static PrometheusHandle> {
    HANDLE.get()
}

/// Sorts what was measured into buckets now and then: between two scrapes it would grow with every request.
pub(crate) async fn keep_up() {
    let mut ticks = interval(UPKEEP_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some(handle) = handle() {
            handle.run_upkeep();
        }
    }
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    let full = |name: &str| Matcher::Full(name.to_owned());
    PrometheusBuilder::new()
        .set_buckets(&SECONDS)?
        .set_buckets_for_metric(full(flaskflix_http::metrics::REQUEST_SECONDS), &SECONDS)?
        .set_buckets_for_metric(
            full(flaskflix_storage::metrics::PROGRESS_COMMIT_SECONDS),
            &COMMIT_SECONDS,
        )?
        .set_buckets_for_metric(full(flaskflix_storage::metrics::PROGRESS_BATCH_CHANGES), &BATCH)
}

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

static STARTING: Mutex<()> = Mutex::new(());

/// From a cached segment (0.2 ms) to a viewer who gives up.
const SECONDS: [f64; 13] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];
/// One flush of a disk: from one with a battery to one that is overloaded.
const COMMIT_SECONDS: [f64; 10] = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];
/// A batch is at most 500.
const BATCH: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0];
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

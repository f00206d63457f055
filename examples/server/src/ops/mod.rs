//! Health, metrics, the `OpenAPI` document, the request log.
//!
//! | file | what it holds |
//! |---|---|
//! | `health` | `/healthz`, `/readyz` |
//! | `recorder` | what counts: the Prometheus recorder, buckets, upkeep |
//! | `metrics` | `/metrics`, and who may read it |
//! | `process` | memory, processor and files of this process |
//! | `request_id` | the name of a request in the log |
//! | `request_log` | one line for each request |
//! | `openapi` | `/api/openapi.json`, and a page of it at `/api` |

mod health;
mod metrics;
mod openapi;
mod process;
mod recorder;
mod request_id;
mod request_log;

use axum::{Router, middleware::from_fn_with_state, routing::get};

pub(crate) use health::Probe;
pub(crate) use recorder::{count, keep_up};
pub(crate) use request_log::{Observation, Observed};

use crate::app::App;

/// The routes of this folder.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::metrics))
        .route("/api", get(openapi::page))
        .route("/api/openapi.json", get(openapi::document))
}

/// Puts the request log around everything.
pub(crate) fn observed(routes: Router<App>, app: &App) -> Router<App> {
    routes.layer(from_fn_with_state(app.clone(), request_log::observe))
}

#[cfg(test)]
mod tests;

//! Health, metrics, the OpenAPI document, the request log.

use axum::Router;

use crate::app::App;

/// The routes of this folder.
pub(crate) fn routes() -> Router<App> {
    Router::new()
}

//! Posters: uploaded, from the file, generated.

use axum::Router;

use crate::app::App;

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    Router::new()
}

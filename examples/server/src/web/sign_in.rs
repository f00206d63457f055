//! Register, log in, log out.

use axum::Router;

use crate::app::App;

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    Router::new()
}

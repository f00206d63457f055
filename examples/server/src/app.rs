//! The state that handlers share, and the whole router.

use axum::Router;

use crate::{ops, web};

/// What every handler can reach. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct App;

/// Every page and endpoint, in one router.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .merge(web::routes())
        .merge(ops::routes())
        .with_state(app)
}

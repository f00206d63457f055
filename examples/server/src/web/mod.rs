//! Pages and forms.

pub(crate) mod admin;
pub(crate) mod home;
pub(crate) mod movie;
pub(crate) mod posters;
pub(crate) mod sign_in;
pub(crate) mod static_files;
pub(crate) mod watch;

use axum::Router;

use crate::app::App;

/// Every page.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(sign_in::routes())
        .merge(home::routes())
        .merge(movie::routes())
        .merge(posters::routes())
        .merge(static_files::routes())
        .merge(watch::routes())
        .merge(admin::routes())
}

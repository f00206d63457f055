//! The watch page. It knows no token and no position: its scripts ask the library for them, as any player would.

mod files;
mod next;
mod policy;

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use flaskflix_storage::sql::Movie;
use http::header::CONTENT_SECURITY_POLICY;

use self::{
    files::{MODULES, PlayerFiles, Shelf},
    next::Next,
};
use super::{Problem, SignedIn, problem::page};
use crate::{app::App, catalog::generated_poster};

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    let shelf = Arc::new(Shelf::default());
    let for_page = Arc::clone(&shelf);
    Router::new()
        .route(
            "/movie/{id}/watch",
            get(move |state, user, path| watch(state, user, path, for_page)),
        )
        .route(
            "/static/watch/{version}/{file}",
            get(move |state, path| file(state, path, shelf)),
        )
}

async fn watch(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    Path(id): Path<String>,
    shelf: Arc<Shelf>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let movie = app.movies().movie(id).await?.ok_or_else(Problem::not_found)?;
    let files = shelf.files(app.settings().player_assets.as_deref()).await;
    let policy = policy::for_movie(&movie)?;
    let shown = page(&Watch {
        site_name: &app.settings().site_name,
        poster: poster(&movie),
        next: next::after(&app, &user, &movie).await?,
        movie: &movie,
        files: &files,
        modules: MODULES,
    })?;
    Ok(([(CONTENT_SECURITY_POLICY, policy)], shown).into_response())
}

async fn file(
    State(app): State<App>,
    Path((version, name)): Path<(String, String)>,
    shelf: Arc<Shelf>,
) -> Result<Response, Problem> {
    let files = shelf.files(app.settings().player_assets.as_deref()).await;
    files.answer(&version, &name).ok_or_else(Problem::not_found)
}

/// The poster that was set, else the one that is drawn.
fn poster(movie: &Movie) -> String {
    let drawn = || generated_poster(movie.title_id().as_str(), &movie.title);
    movie.poster.clone().unwrap_or_else(drawn)
}

#[derive(Template)]
#[template(path = "watch.html")]
struct Watch<'a> {
    site_name: &'a str,
    movie: &'a Movie,
    poster: String,
    next: Option<Next>,
    files: &'a PlayerFiles,
    modules: &'static [&'static str],
}

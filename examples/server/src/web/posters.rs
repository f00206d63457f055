//! Posters: uploaded, from the file, generated.

mod abstracts;
mod chance;
mod drawing;
mod generated;
mod image;
mod landscapes;
mod lettering;
mod palette;
mod shelf;

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use flaskflix_storage::sql::Movie;
use http::{
    HeaderName, HeaderValue,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};

use super::{Problem, movie::find};
use crate::{app::App, catalog::generated_poster};

pub(crate) use shelf::{StoreError, cover, forget, store};

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/posters/uploaded/{file}", get(uploaded))
        .route("/posters/generated/{file}", get(drawn_poster))
        .route("/posters/backdrop/{file}", get(drawn_backdrop))
}

/// The address of a movie's poster: its own, else the one that is drawn.
pub(crate) fn url(movie: &Movie) -> String {
    movie
        .poster
        .clone()
        .unwrap_or_else(|| generated_poster(&movie.id.to_string(), &movie.title))
}

/// The address of what lies behind a movie's title: the poster itself when it has one, else a drawing.
pub(crate) fn backdrop_url(movie: &Movie) -> String {
    url(movie).replacen("/posters/generated/", "/posters/backdrop/", 1)
}

async fn uploaded(State(app): State<App>, Path(file): Path<String>) -> Result<Response, Problem> {
    let name = shelf::PosterName::parse(&file).ok_or_else(Problem::not_found)?;
    let bytes = shelf::read(app.posters_folder(), &name).await?;
    Ok(picture(&app, name.format().media_type(), bytes.into()))
}

async fn drawn_poster(State(app): State<App>, Path(file): Path<String>) -> Result<Response, Problem> {
    Ok(drawing(&app, generated::poster(&titled(&app, &file).await?)))
}

async fn drawn_backdrop(State(app): State<App>, Path(file): Path<String>) -> Result<Response, Problem> {
    Ok(drawing(&app, generated::backdrop(&titled(&app, &file).await?)))
}

/// The title of the movie whose picture `{id}.svg` is.
async fn titled(app: &App, file: &str) -> Result<String, Problem> {
    let id = file.strip_suffix(".svg").ok_or_else(Problem::not_found)?;
    Ok(find(app, id).await?.title)
}

fn drawing(app: &App, svg: String) -> Response {
    picture(app, "image/svg+xml", svg.into())
}

/// The address of a picture changes with the picture: browsers may keep it for ever.
fn picture(app: &App, kind: &'static str, body: axum::body::Body) -> Response {
    let keep = if app.settings().private {
        "private, max-age=31536000, immutable"
    } else {
        "public, max-age=31536000, immutable"
    };
    let headers: [(HeaderName, HeaderValue); 4] = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CACHE_CONTROL, HeaderValue::from_static(keep)),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        // Opened by itself, a picture is a picture and nothing else.
        (
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'"),
        ),
    ];
    (headers, body).into_response()
}

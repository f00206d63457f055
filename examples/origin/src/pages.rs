//! The pages for people: the list of titles and the player.
//!
//! HTML is plain text with holes, in the `.html` files beside this one. Everything that fills a hole goes through
//! [`Escaped`] or is a number of ours. Scripts and styles are files of their own ([`crate::assets`]), so the policy
//! of [`headers`] allows nothing inline and no other host.

mod headers;
mod html;
mod list;
mod play;

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    middleware,
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use flaskflix_core::catalog::Title;

use crate::{assets::PlayerAssets, films::FilmCatalog, pages::html::Escaped};

/// What the pages need to know.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The titles.
    pub(crate) catalog: Arc<FilmCatalog>,
    /// Scripts and styles.
    pub(crate) assets: PlayerAssets,
    /// Whether media needs a token.
    pub(crate) tokens: bool,
}

/// `GET /`, `GET /play/{name}`, `GET /assets/{file}`, `GET /healthz`, and a page for every other address.
pub(crate) fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(list::page))
        .route("/play/{name}", get(play::page))
        .route("/assets/{file}", get(asset))
        .route("/healthz", get(|| async { "ok\n" }))
        .fallback(|| async { not_found("There is no such page.") })
        .layer(middleware::map_response(headers::add))
        .with_state(site)
}

async fn asset(State(site): State<Site>, axum::extract::Path(file): axum::extract::Path<String>) -> Response {
    match site.assets.read(&file).await {
        Some(asset) => asset.into_response(),
        None => not_found("There is no such file."),
    }
}

fn not_found(what: &str) -> Response {
    let page = format!(
        include_str!("pages/message.html"),
        title = "Not found",
        text = Escaped(what)
    );
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}

fn unavailable() -> Response {
    let text = "The films cannot be listed just now.";
    let page = format!(
        include_str!("pages/message.html"),
        title = "Not available",
        text = Escaped(text)
    );
    (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response()
}

/// How a title can be watched, in the words of `play.js`.
fn kind(title: &Title) -> Kind {
    use flaskflix_core::catalog::Delivery;
    match &title.delivery {
        Delivery::Packaged { renditions, .. } => Kind::Film {
            renditions: renditions.len(),
        },
        Delivery::File { asset } => Kind::File {
            extension: asset.extension().unwrap_or_default().to_owned(),
        },
        Delivery::Hls { .. } => Kind::Finished,
        // A delivery of a later version: offered as a file.
        _ => Kind::File {
            extension: String::new(),
        },
    }
}

enum Kind {
    Film {
        renditions: usize,
    },
    /// HLS that somebody else has made, or `flaskflix-origin package`.
    Finished,
    File {
        extension: String,
    },
}

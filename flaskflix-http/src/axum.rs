//! Mounts a [`Streamer`], or a `Vod`, in an axum app.

use ::axum::Router;

use crate::Streamer;
#[cfg(feature = "viewer")]
use crate::Vod;

/// A router that answers every URL of [`route`](crate::route), and everything else below its mount point, with this
/// streamer. Merge it or nest it under any prefix: axum takes the prefix off, and playlists hold relative URLs only.
///
/// It is one fallback and not a route for each URL: the grammar is the streamer's, and so are 404 and 405. For an app
/// that has a fallback of its own, nest it.
///
/// # Examples
/// ```
/// use axum::{Router, routing::get};
/// use flaskflix_http::Streamer;
///
/// fn app(streamer: Streamer) -> Router {
///     Router::new()
///         .route("/healthz", get(|| async { "ok" }))
///         .nest("/media", flaskflix_http::axum::router(streamer))
/// }
/// ```
pub fn router(streamer: Streamer) -> Router {
    Router::new().fallback_service(streamer)
}

/// The same for a [`Vod`]: media, tokens, progress and "continue watching" (feature `viewer`).
///
/// Put the middleware that inserts [`Viewer`](crate::viewer::Viewer) around it. When it is nested below a prefix, tell
/// [`ViewerApiBuilder::mount`](crate::viewer::ViewerApiBuilder::mount).
#[cfg(feature = "viewer")]
pub fn vod_router(vod: Vod) -> Router {
    Router::new().fallback_service(vod)
}

//! The middleware around everything, in order.

use std::{future::ready, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::Method,
    middleware::{self, Next, from_fn_with_state, map_request_with_state},
    response::{IntoResponse as _, Response},
    routing::any_service,
};
use http::header::CONTENT_TYPE;
use tokio::time::timeout;
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

use super::{Problem, csrf, headers, identity, problem};
use crate::app::App;

/// The library's URLs.
pub(crate) fn library(app: &App) -> Router<App> {
    Router::new()
        .route("/stream/{*rest}", any_service(app.vod().clone()))
        .route("/continue-watching", any_service(app.vod().clone()))
}

/// Puts the middleware around the routes. A layer that is added later is reached earlier.
pub(crate) fn protected(routes: Router<App>, app: &App) -> Router<App> {
    routes
        .fallback(|| ready(Problem::not_found()))
        .method_not_allowed_fallback(|| ready(Problem::method_not_allowed()))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(middleware::from_fn(in_time))
        .layer(from_fn_with_state(app.clone(), identity::identify))
        .layer(sessions(app))
        .layer(map_request_with_state(app.clone(), locate))
        .layer(from_fn_with_state(app.clone(), csrf::refuse_cross_site))
        .layer(middleware::from_fn(headers::secure))
        .layer(from_fn_with_state(app.clone(), problem::render))
}

/// Says where the request comes from, behind trusted proxies too.
async fn locate(State(app): State<App>, request: Request) -> Request {
    app.proxies().locate(request)
}

fn sessions(app: &App) -> SessionManagerLayer<crate::accounts::SqliteSessions> {
    let settings = app.settings();
    let ttl = time::Duration::try_from(settings.session_ttl).unwrap_or(time::Duration::MAX);
    let secure = settings.cookies_are_secure();
    // The prefix makes browsers refuse such a cookie from a neighbouring host, or over plain http.
    let name = if secure { "__Host-flaskflix" } else { "flaskflix" };
    SessionManagerLayer::new(app.sessions().clone())
        .with_name(name)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(secure)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(ttl))
}

/// Gives what changes something a time to come in and be done. The library has times of its own.
async fn in_time(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let kind = request.headers().get(CONTENT_TYPE);
    let is_upload = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    let patience = if is_upload { UPLOAD_TIME } else { FORM_TIME };
    match timeout(patience, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::too_slow().into_response(),
    }
}

/// The largest form. Routes that take uploads set a limit of their own.
const FORM_BYTES: usize = 64 * 1024;
const FORM_TIME: Duration = Duration::from_secs(30);
const UPLOAD_TIME: Duration = Duration::from_secs(300);

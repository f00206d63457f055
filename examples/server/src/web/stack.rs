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
        .route("/screens", any_service(app.vod().clone()))
        .route("/screens/{id}", any_service(app.vod().clone()))
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
        .layer(from_fn_with_state(app.clone(), problem::render))
        // Around the problems, so that the page of a panic has its headers too.
        .layer(from_fn_with_state(app.clone(), headers::secure))
}

/// Says where the request comes from, behind trusted proxies too.
async fn locate(State(app): State<App>, request: Request) -> Request {
    app.proxies().locate(request)
}

fn sessions(app: &App) -> SessionManagerLayer<crate::accounts::Sessions> {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::{body::Body, routing::get};
    use flaskflix_core::time::SystemClock;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;
    use crate::settings::Settings;

    #[tokio::test]
    async fn a_handler_that_panics_is_a_500_and_not_a_cut_connection() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        settings.set("data", folder.path().to_str().unwrap()).unwrap();
        let app = App::open(settings, Arc::new(SystemClock)).await.unwrap();
        let broken = async || -> &'static str { panic!("secret of the handler") };
        let routes = Router::new().route("/broken", get(broken));
        let router = protected(routes, &app).with_state(app);
        let request = Request::get("/broken").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), http::StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            response.headers()[http::header::X_CONTENT_TYPE_OPTIONS],
            "nosniff"
        );
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let page = String::from_utf8_lossy(&body);
        assert!(
            page.contains("went wrong on our side") && !page.contains("secret"),
            "{page}"
        );
    }
}

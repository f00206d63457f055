//! The security headers.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::app::App;

/// Sets what is not set: a handler that needs another policy (the watch page of a film on another host) sets its own.
pub(crate) async fn secure(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    set_defaults(response.headers_mut(), &app);
    response
}

/// Sets what is not set.
pub(super) fn set_defaults(headers: &mut HeaderMap, app: &App) {
    for (name, value) in DEFAULTS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    set_strict_transport(headers, app);
}

/// Tells browsers to come by https only, for a year, when we speak it ourselves; behind a proxy it is the proxy's to say. Hosts below
/// this one are not ours to speak for.
fn set_strict_transport(headers: &mut HeaderMap, app: &App) {
    let settings = app.settings();
    if settings.tls_files().is_some() && settings.cookies_are_secure() {
        let only_https = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, only_https);
    }
}

/// Nothing from outside, nothing inline, no frame around us.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     media-src 'self' blob:; connect-src 'self'; font-src 'self'; worker-src blob:; manifest-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const DEFAULTS: [(HeaderName, &str); 8] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // The path of a page says what somebody watches: it goes to our own pages only.
    (REFERRER_POLICY, "same-origin"),
    // For browsers that do not know frame-ancestors.
    (X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=()",
    ),
    // A page shows who is logged in: what may be kept says so itself.
    (CACHE_CONTROL, "no-store"),
];

//! `/metrics`: what was counted, in the Prometheus text format, for those who may read it.

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use flaskflix_http::{serve::PeerAddress, viewer::ClientAddress};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, FORWARDED, VIA, WWW_AUTHENTICATE},
};
use subtle::ConstantTimeEq as _;

use super::{process, recorder};
use crate::{app::App, web::Problem};

/// Everything that was counted. Renders anew for every request, in about a millisecond.
pub(crate) async fn metrics(State(app): State<App>, request: Request) -> Response {
    if !may_read(&app, &request) {
        return Refused.into_response();
    }
    let Some(handle) = recorder::handle() else {
        return Problem::not_found().into_response();
    };
    process::read();
    app.database().count_connections();
    ([(CONTENT_TYPE, TEXT_FORMAT)], handle.render()).into_response()
}

/// Whoever has the token, and whoever is in the networks of the settings.
fn may_read(app: &App, request: &Request) -> bool {
    let settings = app.settings();
    let wanted = settings
        .metrics_token
        .as_deref()
        .filter(|token| !token.is_empty());
    if let (Some(wanted), Some(token)) = (wanted, bearer(request.headers())) {
        return wanted.as_bytes().ct_eq(token.as_bytes()).into();
    }
    let client = request.extensions().get().map(|ClientAddress(address)| *address);
    is_told_truly(app, request) && client.is_some_and(|client| settings.metrics_networks.contain(client))
}

/// Whether the address of the client can be believed: a proxy that is not in `trusted_proxies` makes everybody look as if
/// they were on its machine, which is mostly this one.
fn is_told_truly(app: &App, request: &Request) -> bool {
    let is_forwarded = FORWARDING
        .iter()
        .any(|header| request.headers().contains_key(header));
    let peer = request.extensions().get::<PeerAddress>();
    !is_forwarded || peer.is_some_and(|PeerAddress(peer)| app.proxies().trusts(peer.ip()))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// 401, in the form of every other problem.
struct Refused;

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let problem = Problem::new(
            StatusCode::UNAUTHORIZED,
            "metrics are for the networks of metrics_networks and for those who have metrics_token",
        );
        let mut response = problem.into_response();
        response.headers_mut().insert(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"metrics\""),
        );
        response
    }
}

const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// What proxies add, each its own choice of them. No scraper sends any.
const FORWARDING: [HeaderName; 7] = [
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("cf-connecting-ip"),
    FORWARDED,
    VIA,
];

//! Forms and scripts of other sites change nothing here.
//!
//! Browsers say where a request comes from, in headers that no page can set, so no form needs a hidden field. The ladder is
//! the one of [Go's `CrossOriginProtection`]:
//!
//! 1. GET, HEAD and OPTIONS change nothing: let them in.
//! 2. `Sec-Fetch-Site` is there: `same-origin` or `none` (the address bar) is let in, everything else refused.
//! 3. `Origin` is there: it must be ours.
//! 4. Neither is there: it is no browser that could be led astray.
//!
//! `SameSite=Lax` on the session's cookie stands behind it.
//!
//! [Go's `CrossOriginProtection`]: https://pkg.go.dev/net/http#CrossOriginProtection

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::header::{HOST, ORIGIN};

use super::Problem;
use crate::app::App;

/// Refuses requests that change something and come from another site.
pub(crate) async fn refuse_cross_site(State(app): State<App>, request: Request, next: Next) -> Response {
    let ours = app.settings().base_url.as_ref().map(|url| url.as_str());
    if is_ours(request.method(), request.uri(), request.headers(), ours) {
        next.run(request).await
    } else {
        Problem::forbidden("this request comes from another site").into_response()
    }
}

fn is_ours(method: &Method, uri: &Uri, headers: &HeaderMap, base_url: Option<&str>) -> bool {
    // 1.
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    // 2.
    let sites = headers.get_all(SEC_FETCH_SITE);
    if sites.iter().next().is_some() {
        return sites.iter().all(|site| site == "same-origin" || site == "none");
    }
    // 3. and 4.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| uri.authority().map(http::uri::Authority::as_str));
    let origins = headers.get_all(ORIGIN);
    origins.iter().all(|origin| is_own(origin, host, base_url))
}

/// Whether an origin is the public address, or the host that was asked.
fn is_own(origin: &HeaderValue, host: Option<&str>, base_url: Option<&str>) -> bool {
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    if base_url.is_some_and(|ours| ours == origin) {
        return true;
    }
    // Which of the two is not compared: behind a proxy that takes TLS off we do not know our own.
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    authority.is_some_and(|authority| host.is_some_and(|host| host.eq_ignore_ascii_case(authority)))
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[cfg(test)]
mod tests {
    use super::*;

    fn lets_in(method: &Method, lines: &[(&str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "films.example:5000".parse().unwrap());
        for (name, value) in lines {
            headers.insert(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        is_ours(
            method,
            &Uri::from_static("/logout"),
            &headers,
            Some("https://films.example"),
        )
    }

    #[test]
    fn what_changes_something_must_come_from_here() {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            for (lines, expected) in [
                (&[("sec-fetch-site", "same-origin")][..], true),
                (&[("sec-fetch-site", "none")], true),
                (&[("sec-fetch-site", "same-site")], false),
                (&[("sec-fetch-site", "cross-site")], false),
                (&[("sec-fetch-site", "")], false),
                // What the browser says of the site outranks an Origin that looks right.
                (
                    &[
                        ("sec-fetch-site", "cross-site"),
                        ("origin", "http://films.example:5000"),
                    ],
                    false,
                ),
                (&[("origin", "http://films.example:5000")], true),
                (&[("origin", "http://FILMS.example:5000")], true),
                (&[("origin", "https://films.example")], true),
                (&[("origin", "http://films.example")], false),
                (&[("origin", "http://films.example:5001")], false),
                (&[("origin", "http://evil.example")], false),
                (&[("origin", "http://films.example:5000.evil.example")], false),
                (&[("origin", "null")], false),
                (&[("origin", "null://films.example:5000")], false),
                (&[("origin", "films.example:5000")], false),
                (&[], true),
            ] {
                assert_eq!(lets_in(&method, lines), expected, "{method} {lines:?}");
            }
        }
    }

    #[test]
    fn reading_is_let_in_from_everywhere() {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert!(lets_in(
                &method,
                &[("sec-fetch-site", "cross-site"), ("origin", "null")]
            ));
        }
    }
}

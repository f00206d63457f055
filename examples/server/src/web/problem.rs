//! What went wrong, as a page for people or as JSON for programs.

use std::{error::Error as StdError, panic::AssertUnwindSafe, time::Duration};

use askama::Template;
use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use flaskflix_core::ErrorChain;
use flaskflix_storage::sql::SqlError;
use futures_util::FutureExt as _;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
};
use serde_json::json;

use super::{Visitor, layout::Layout};
use crate::{accounts::AccountError, app::App};

/// Why a request is not answered with what it asks for. A handler returns it; [`render`] gives it its form.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    retry_after: Option<Duration>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            retry_after: None,
        }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "log in first")
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing at this address")
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "this address does not take such requests",
        )
    }

    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "the request took too long to come in",
        )
    }

    pub(crate) fn too_many(retry_after: Duration) -> Self {
        let when = for_people(retry_after);
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!("too many tries: come back {when}"),
        )
        .retry_after(retry_after)
    }

    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the server is busy: try again in a moment",
        )
        .retry_after(Duration::from_secs(2))
    }

    /// A fault of ours, told to the log with its causes and to the visitor without them.
    pub(crate) fn internal(cause: &(dyn StdError + 'static)) -> Self {
        tracing::error!(error = %ErrorChain(cause), "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "something went wrong on our side",
        )
    }

    pub(crate) fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = Some(time);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(time) = self.retry_after {
            let secs = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
            response.headers_mut().insert(RETRY_AFTER, secs.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<SqlError> for Problem {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Movie(invalid) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, invalid.to_string()),
            error @ (SqlError::Locked(_) | SqlError::Full(_) | SqlError::Away(_) | SqlError::Closed) => {
                tracing::error!(error = %ErrorChain(&error), "the database cannot be used now");
                Self::unavailable()
            }
            error => Self::internal(&error),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::InvalidName
            | AccountError::InvalidPassword
            | AccountError::NameTaken
            | AccountError::WrongCredentials => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
            }
            AccountError::LastAdmin => Self::new(StatusCode::CONFLICT, error.to_string()),
            AccountError::Unknown => Self::not_found(),
            AccountError::Busy => Self::unavailable(),
            AccountError::Database(cause) => SqlError::from(cause).into(),
            error => Self::internal(&error),
        }
    }
}

impl From<tower_sessions::session::Error> for Problem {
    fn from(error: tower_sessions::session::Error) -> Self {
        tracing::error!(error = %ErrorChain(&error), "the sessions cannot be used now");
        Self::unavailable()
    }
}

impl From<flaskflix_core::progress::ProgressError> for Problem {
    fn from(error: flaskflix_core::progress::ProgressError) -> Self {
        tracing::error!(error = %ErrorChain(&error), "progress cannot be had now");
        Self::unavailable()
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::internal(&error)
    }
}

/// Gives problems their form: a page where a person looks, `application/problem+json` ([RFC 9457]) elsewhere. What axum
/// itself refuses (a form that is too large, a wrong method) is a problem too, and so is a handler that panics.
///
/// [RFC 9457]: https://www.rfc-editor.org/rfc/rfc9457
pub(crate) async fn render(State(app): State<App>, request: Request, next: Next) -> Response {
    let wants_json = wants_json(request.uri().path(), request.headers());
    let response = match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        // The panic hook has told the log.
        Err(_) => Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "something went wrong on our side",
        )
        .into_response(),
    };
    formed(response, &app, wants_json)
}

/// The response, as a page or as JSON when it is a problem.
pub(crate) fn formed(mut response: Response, app: &App, wants_json: bool) -> Response {
    let problem = response
        .extensions_mut()
        .remove::<Problem>()
        .or_else(|| of_axum(&response));
    let Some(problem) = problem else {
        return response;
    };
    // Status, Retry-After, cookies and security headers stay as they are.
    let (body, kind) = if wants_json {
        (problem.to_json(), "application/problem+json")
    } else {
        (problem.to_page(app), "text/html; charset=utf-8")
    };
    let headers = response.headers_mut();
    headers.remove(http::header::CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    *response.body_mut() = Body::from(body);
    response
}

impl Problem {
    fn title(&self) -> &'static str {
        match self.status {
            StatusCode::UNAUTHORIZED => "Please log in",
            StatusCode::FORBIDDEN => "Not for you",
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::TOO_MANY_REQUESTS => "Too many tries",
            StatusCode::PAYLOAD_TOO_LARGE => "Too large",
            StatusCode::SERVICE_UNAVAILABLE => "Back in a moment",
            status if status.is_server_error() => "Our fault",
            status => status.canonical_reason().unwrap_or("Not possible"),
        }
    }

    fn to_json(&self) -> String {
        let title = self.status.canonical_reason().unwrap_or("Unknown");
        json!({ "type": "about:blank", "title": title, "status": self.status.as_u16(), "detail": self.detail })
            .to_string()
    }

    fn to_page(&self, app: &App) -> String {
        let page = ErrorPage {
            layout: Layout::of(app, &Visitor(None)).without_account(),
            status: self.status.as_u16(),
            title: self.title(),
            detail: &self.detail,
        };
        // The page is a template with four texts: it fails only where memory does.
        page.render().unwrap_or_else(|_| self.title().to_owned())
    }
}

/// Whether a program asks, and not a person.
pub(crate) fn wants_json(path: &str, headers: &HeaderMap) -> bool {
    let for_programs = ["/api/", "/stream/", "/admin/probe", "/admin/browse"];
    let accept = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or("");
    for_programs.iter().any(|prefix| path.starts_with(prefix))
        || path == "/continue-watching"
        || path == "/screens"
        || path.starts_with("/screens/")
        || (accept.contains("json") && !accept.contains("text/html"))
}

/// The problem in a response that axum itself has made: a status and at most a line of plain text.
fn of_axum(response: &Response) -> Option<Problem> {
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE);
    let is_bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !is_bare || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let detail = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "what was sent is too large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "what was sent is not of the expected type",
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => "what was sent cannot be understood",
        _ => "the request cannot be answered",
    };
    Some(Problem::new(status, detail))
}

/// A page, as a handler returns it.
pub(crate) fn page(template: &impl Template) -> Result<Response, Problem> {
    Ok(Html(template.render()?).into_response())
}

/// `in 1 minute`, `in 20 seconds`: rounded up, so that it is true.
pub(crate) fn for_people(time: Duration) -> String {
    let secs = time.as_secs().saturating_add(1);
    let (count, unit) = match secs {
        0..=90 => (secs, "second"),
        91..=5400 => (secs.div_ceil(60), "minute"),
        _ => (secs.div_ceil(3600), "hour"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("in {count} {unit}{plural}")
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    layout: Layout,
    status: u16,
    title: &'a str,
    detail: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_are_rounded_up() {
        for (millis, text) in [
            (0, "in 1 second"),
            (1500, "in 2 seconds"),
            (59_000, "in 60 seconds"),
            (100_000, "in 2 minutes"),
            (7_300_000, "in 3 hours"),
        ] {
            assert_eq!(for_people(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn browsers_get_pages_and_scripts_get_json() {
        let accepting =
            |accept: &'static str| HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        assert!(!wants_json(
            "/",
            &accepting("text/html,application/xhtml+xml,*/*;q=0.8")
        ));
        assert!(!wants_json("/", &HeaderMap::new()));
        assert!(wants_json("/", &accepting("application/json")));
        assert!(wants_json("/stream/1/token", &accepting("text/html")));
        assert!(wants_json("/continue-watching", &HeaderMap::new()));
    }
}

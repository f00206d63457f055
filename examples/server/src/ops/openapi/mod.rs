//! The `OpenAPI` document: for programs at `/api/openapi.json`, for people at `/api`.
//!
//! Written by hand, because the endpoints are the library's and have no types here to derive it from. Tests ask every
//! operation and compare the answers with it.

mod page;

use std::sync::LazyLock;

use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;

pub(crate) use page::page;

/// The document as it is.
pub(crate) async fn document() -> Response {
    ([(CONTENT_TYPE, "application/json")], TEXT).into_response()
}

/// The document, parsed; `null` if it were broken, which a test rules out.
static PARSED: LazyLock<serde_json::Value> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());
const TEXT: &str = include_str!("document.json");

#[cfg(test)]
pub(super) mod tests;

//! The answers of the JSON endpoints: never stored by anybody, never another type than they say.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, LINK, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;

use super::{document_headers, problem, response, text};
use crate::{
    body::Body,
    media_type::MediaType,
    status::{Refusal, api::ApiRefusal},
};

/// What an endpoint answers when it does what it is asked.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A document.
    Json(Bytes),
    /// A page of a list, and the address of the next one.
    Page { document: Bytes, next: Option<String> },
    /// Done, and nothing to say.
    Done,
    /// What can be asked here.
    Options { allow: HeaderValue },
}

impl Answer {
    /// A document of this value.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        Self::Json(render(value))
    }

    /// A page of a list.
    pub(crate) fn page(items: &impl Serialize, next: Option<String>) -> Self {
        Self::Page {
            document: render(items),
            next,
        }
    }
}

/// The response to a request that is answered.
pub(crate) fn of_answer(answer: Answer, with_body: bool) -> Response<Body> {
    match answer {
        Answer::Json(document) => {
            let headers = document_headers(MediaType::JSON, &document);
            response(StatusCode::OK, headers, body(document, with_body))
        }
        Answer::Page { document, next } => {
            let mut headers = document_headers(MediaType::JSON, &document);
            if let Some(next) = next {
                headers.insert(LINK, text(format!("<{next}>; rel=\"next\"")));
            }
            response(StatusCode::OK, headers, body(document, with_body))
        }
        Answer::Done => empty(HeaderMap::with_capacity(4)),
        Answer::Options { allow } => {
            let mut headers = HeaderMap::with_capacity(4);
            headers.insert(ALLOW, allow);
            empty(headers)
        }
    }
}

/// The response to a request that is refused.
pub(crate) fn of_refusal(refusal: &ApiRefusal, with_body: bool) -> Response<Body> {
    let status = refusal.status();
    let document = problem(status, &refusal.detail(), refusal.member());
    let mut headers = document_headers(MediaType::PROBLEM, &document);
    if let Some(wait) = refusal.retry_after() {
        // Whole seconds, rounded up: who comes back then is not too early.
        let secs = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
        headers.insert(RETRY_AFTER, HeaderValue::from(secs.max(1)));
    }
    match refusal {
        ApiRefusal::MethodNotAllowed { allow } => {
            headers.insert(ALLOW, allow.clone());
        }
        ApiRefusal::NoViewer { presented } | ApiRefusal::Shared(Refusal::NoGrant { presented }) => {
            headers.insert(WWW_AUTHENTICATE, if *presented { BAD_TOKEN } else { NO_TOKEN });
        }
        _ => {}
    }
    response(status, headers, body(document, with_body))
}

fn empty(mut headers: HeaderMap) -> Response<Body> {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response(StatusCode::NO_CONTENT, headers, Body::absent())
}

fn body(document: Bytes, with_body: bool) -> Body {
    if with_body {
        Body::from(document)
    } else {
        Body::empty()
    }
}

/// JSON of a value of ours. None of them can fail to be written: their keys are texts and their numbers finite.
fn render(value: &impl Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(value).unwrap_or_default())
}

/// RFC 9110 section 15.5.2 wants a challenge. `Bearer` makes no browser ask for a password.
const NO_TOKEN: HeaderValue = HeaderValue::from_static("Bearer realm=\"viewer\"");
const BAD_TOKEN: HeaderValue = HeaderValue::from_static("Bearer realm=\"viewer\", error=\"invalid_token\"");

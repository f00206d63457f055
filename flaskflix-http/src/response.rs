//! Every header we send, in one place.

#[cfg(feature = "viewer")]
pub(crate) mod api;
mod values;

use std::sync::Arc;

use bytes::Bytes;
use flaskflix_core::{
    catalog::ExternalUrl,
    id::AssetKey,
    object::{Piece, VirtualObject},
    plan::{self, ReadPlan},
    range::{Boundary, ContentRange, Multipart, MultipartPiece},
    source::SourceObject,
    time::UnixTime,
    validator::last_modified,
};
#[cfg(all(unix, feature = "serve"))]
use flaskflix_core::{range::ByteRange, source::SendFile};
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE,
        CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LAST_MODIFIED, LOCATION, REFERRER_POLICY, RETRY_AFTER,
        VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
    },
};

use self::values::Values;
use crate::{
    body::Body,
    media_type::MediaType,
    metrics::Exchange,
    status::{self, Refusal},
};

/// A representation that can be answered with: its bytes, and what its headers need to know.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) object: VirtualObject,
    /// Where the [`Piece::Source`] pieces are read from.
    pub(crate) source: Option<Arc<dyn SourceObject>>,
    /// Of which file this is every byte, when it is one that others may send as well.
    pub(crate) file: Option<AssetKey>,
    /// Of which file this is a media segment, when it is one.
    #[cfg(all(unix, feature = "serve"))]
    pub(crate) segment_of: Option<AssetKey>,
    /// The same bytes as one file that the connection can send.
    #[cfg(all(unix, feature = "serve"))]
    pub(crate) kept: Option<Arc<dyn SendFile>>,
    pub(crate) media_type: MediaType,
    /// `None`: as the settings say for its kind.
    pub(crate) cache_control: Option<HeaderValue>,
    pub(crate) coding: Coding,
}

impl Content {
    /// An object made of bytes alone.
    pub(crate) const fn new(object: VirtualObject, media_type: MediaType) -> Self {
        Self {
            object,
            source: None,
            file: None,
            #[cfg(all(unix, feature = "serve"))]
            segment_of: None,
            #[cfg(all(unix, feature = "serve"))]
            kept: None,
            media_type,
            cache_control: None,
            coding: Coding::Fixed,
        }
    }

    pub(crate) fn with_source(self, source: Arc<dyn SourceObject>) -> Self {
        Self {
            source: Some(source),
            ..self
        }
    }

    /// The whole of this file, in the clear. What could run in a browser stays ours: other servers do not know the policy that
    /// it needs.
    pub(crate) fn of_file(self, file: &AssetKey) -> Self {
        let file = (!self.media_type.is_active()).then(|| file.clone());
        Self { file, ..self }
    }

    /// Not to be stored by anybody, whatever the settings say.
    pub(crate) fn never_stored(self) -> Self {
        Self {
            cache_control: Some(NO_STORE),
            ..self
        }
    }

    pub(crate) fn with_coding(self, coding: Coding) -> Self {
        Self { coding, ..self }
    }
}

/// Whether the representation was chosen by `Accept-Encoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// There is only this one.
    Fixed,
    /// Chosen: as it is.
    Identity,
    /// Chosen: compressed.
    Gzip,
}

/// Performs a read plan. The response's headers are written into `headers`, which are empty.
///
/// # Errors
/// [`Refusal`] when the plan is a refusal.
pub(crate) fn of_plan(
    plan: ReadPlan,
    method: plan::Method,
    content: Content,
    now: UnixTime,
    mut headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let status = status::of_plan(&plan, content.object.info().len)?;
    let mut values = Values::default();
    insert_representation(&mut headers, &mut values, &content, now);
    let (len, body) = match plan {
        ReadPlan::Part(range) => {
            let object_len = content.object.info().len;
            let content_range = ContentRange::Part { range, object_len };
            values.write(CONTENT_RANGE, content_range);
            let pieces = content.object.slice(range);
            let body = Body::from_pieces(content.source, pieces);
            #[cfg(all(unix, feature = "serve"))]
            let body = body.kept_in(content.kept, Some(range));
            (range.len(), body)
        }
        ReadPlan::Parts(ranges) => {
            let boundary = Boundary::from_random(rand::random());
            let total = content.object.info().len;
            let multipart = Multipart::new(&ranges, total, content.media_type.as_str(), &boundary);
            values.write(CONTENT_TYPE, multipart.content_type());
            (multipart.len(), multipart_body(multipart, &content))
        }
        ReadPlan::NotModified => {
            // RFC 9110 section 15.4.5: what updates a cached response, and no description of a body that is not sent.
            for name in [CONTENT_TYPE, CONTENT_ENCODING] {
                headers.remove(name);
            }
            values.insert_into(&mut headers);
            return Ok(response(status, headers, Body::absent()));
        }
        _ => {
            let len = content.object.info().len;
            let body = match method {
                plan::Method::Get => {
                    let body = Body::from_pieces(content.source, content.object.pieces().iter().cloned());
                    #[cfg(all(unix, feature = "serve"))]
                    let body = body.kept_in(content.kept, ByteRange::new(0, len));
                    body
                }
                plan::Method::Head => Body::empty(),
            };
            (len, body)
        }
    };
    values.write(CONTENT_LENGTH, len);
    values.insert_into(&mut headers);
    Ok(response(status, headers, body))
}

/// Tells the server in front which file to send in the place of this response. It is the one that opens the file: only its
/// validators are sure to be those of the bytes.
pub(crate) fn offloaded((name, value): (HeaderName, HeaderValue), content: &Content) -> Response<Body> {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(name, value);
    headers.insert(CONTENT_TYPE, content.media_type.header());
    headers.insert(CACHE_CONTROL, content.cache_control.clone().unwrap_or(NO_STORE));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    response(StatusCode::OK, headers, Body::empty())
}

/// Sends the viewer to another host. The address may be signed for this viewer alone: nobody keeps it.
pub(crate) fn elsewhere(url: &ExternalUrl) -> Response<Body> {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(LOCATION, text(url.as_str().to_owned()));
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    response(StatusCode::TEMPORARY_REDIRECT, headers, Body::empty())
}

/// The answer to `OPTIONS` on one of our URLs.
pub(crate) fn options() -> Response<Body> {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(ALLOW, METHODS);
    response(StatusCode::NO_CONTENT, headers, Body::absent())
}

/// A refusal as a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)). Never cached: what is refused
/// now may be there in a moment, and what is secret stays so.
pub(crate) fn of_refusal(refusal: &Refusal, with_body: bool) -> Response<Body> {
    let status = refusal.status();
    let document = problem(status, &refusal.detail(), None);
    let mut headers = document_headers(MediaType::PROBLEM, &document);
    match refusal {
        Refusal::MethodNotAllowed => {
            headers.insert(ALLOW, METHODS);
        }
        Refusal::NoGrant { presented } => {
            headers.insert(WWW_AUTHENTICATE, if *presented { BAD_TOKEN } else { NO_TOKEN });
        }
        Refusal::NotSatisfiable { len } => {
            headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
            let content_range = ContentRange::Unsatisfied { object_len: *len };
            headers.insert(CONTENT_RANGE, text(content_range.to_string()));
        }
        Refusal::Busy => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    let body = if with_body {
        Body::from(document)
    } else {
        Body::empty()
    };
    response(status, headers, body)
}

/// The text of a problem document. `member` is what it says beside the usual.
fn problem(status: StatusCode, detail: &str, member: Option<(&str, serde_json::Value)>) -> Bytes {
    let mut problem = serde_json::json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "detail": detail,
    });
    if let (Some((name, value)), Some(members)) = (member, problem.as_object_mut()) {
        members.insert(name.to_owned(), value);
    }
    Bytes::from(problem.to_string())
}

/// The headers of a JSON document. It is made for one request and never stored.
fn document_headers(media_type: MediaType, document: &Bytes) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(10);
    headers.insert(CONTENT_TYPE, media_type.header());
    headers.insert(CONTENT_LENGTH, HeaderValue::from(document.len()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
}

/// Counts a response until its body has ended.
pub(crate) fn counted(response: Response<Body>, mut exchange: Exchange) -> Response<Body> {
    exchange.answer(response.status(), !response.body().is_empty());
    response.map(|body| body.counted_by(exchange))
}

/// The headers of a request, emptied to become those of its response: hyper takes the headers of a response for those of the
/// connection's next request, and nobody allocates any. A map that a request has blown up goes no further.
pub(crate) fn emptied(mut headers: HeaderMap) -> HeaderMap {
    if headers.capacity() > MOST_KEPT_HEADERS {
        return HeaderMap::with_capacity(USUAL_HEADERS);
    }
    headers.clear();
    headers.reserve(USUAL_HEADERS);
    headers
}

/// The headers that 200, 206 and 304 share.
fn insert_representation(headers: &mut HeaderMap, values: &mut Values, content: &Content, now: UnixTime) {
    let info = content.object.info();
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_TYPE, content.media_type.header());
    headers.insert(CACHE_CONTROL, content.cache_control.clone().unwrap_or(NO_STORE));
    values.write(ETAG, &info.etag);
    if let Some(date) = last_modified(info, now) {
        values.write(LAST_MODIFIED, date);
    }
    if content.coding != Coding::Fixed {
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if content.coding == Coding::Gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if content.media_type.is_active() {
        headers.insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("sandbox; default-src 'none'"),
        );
    }
}

/// Parts of a multipart body, each cut out of the content as a single range would be.
fn multipart_body(multipart: Multipart, content: &Content) -> Body {
    let mut pieces = Vec::new();
    for piece in multipart.into_parts() {
        match piece {
            MultipartPiece::Bytes(bytes) => pieces.push(Piece::Bytes(bytes)),
            MultipartPiece::Body(range) => pieces.extend(content.object.slice(range)),
        }
    }
    Body::from_pieces(content.source.clone(), pieces)
}

fn response(status: StatusCode, mut headers: HeaderMap, body: Body) -> Response<Body> {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // URLs hold tokens: what is opened from a response of ours does not learn its address.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// A header value of text that we made: visible ASCII by construction.
fn text(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// Room for the headers that we send, with those of CORS.
const USUAL_HEADERS: usize = 16;
/// Room for what browsers send, in a request that is not made to be large.
const MOST_KEPT_HEADERS: usize = 64;
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");
/// RFC 6750 section 3: no error code when no token was presented.
const NO_TOKEN: HeaderValue = HeaderValue::from_static("Bearer realm=\"stream\"");
const BAD_TOKEN: HeaderValue = HeaderValue::from_static("Bearer realm=\"stream\", error=\"invalid_token\"");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_request_is_left_and_its_memory_is_kept_within_bounds() {
        let names =
            |count: usize| (0..count).map(|number| HeaderName::try_from(format!("x-{number}")).unwrap());
        for count in [0, 1, 40, 90] {
            let mut headers: HeaderMap = names(count).map(|name| (name, NO_STORE)).collect();
            headers.extend(names(count).map(|name| (name, METHODS)));
            let kept = emptied(headers);
            assert!(kept.is_empty() && kept.iter().next().is_none());
            assert!(
                (USUAL_HEADERS..=MOST_KEPT_HEADERS).contains(&kept.capacity()),
                "{count}"
            );
        }
    }
}

//! What we read from a request besides its path: the method, the headers that decide a read, the token.

use std::borrow::Cow;

use flaskflix_core::plan::{self, ReadRequest};
use http::{
    HeaderMap, HeaderName, Method,
    header::{
        AUTHORIZATION, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
    },
};
use percent_encoding::percent_decode_str;

use crate::{route::Route, status::Refusal};

/// The methods we answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Read(plan::Method),
    Options,
}

impl Wanted {
    /// # Errors
    /// [`Refusal::MethodNotAllowed`] for every other method.
    pub(crate) fn parse(method: &Method) -> Result<Self, Refusal> {
        match *method {
            Method::GET => Ok(Self::Read(plan::Method::Get)),
            Method::HEAD => Ok(Self::Read(plan::Method::Head)),
            Method::OPTIONS => Ok(Self::Options),
            _ => Err(Refusal::MethodNotAllowed),
        }
    }
}

/// The headers of a [`ReadRequest`], each as one value.
#[derive(Debug)]
pub(crate) struct ReadHeaders<'a> {
    range: Option<Cow<'a, [u8]>>,
    if_match: Option<Cow<'a, [u8]>>,
    if_none_match: Option<Cow<'a, [u8]>>,
    if_modified_since: Option<Cow<'a, [u8]>>,
    if_unmodified_since: Option<Cow<'a, [u8]>>,
    if_range: Option<Cow<'a, [u8]>>,
}

impl<'a> ReadHeaders<'a> {
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        Self {
            range: joined(headers, &RANGE),
            if_match: joined(headers, &IF_MATCH),
            if_none_match: joined(headers, &IF_NONE_MATCH),
            if_modified_since: joined(headers, &IF_MODIFIED_SINCE),
            if_unmodified_since: joined(headers, &IF_UNMODIFIED_SINCE),
            if_range: joined(headers, &IF_RANGE),
        }
    }

    pub(crate) fn with(&self, method: plan::Method) -> ReadRequest<'_> {
        ReadRequest {
            method,
            range: self.range.as_deref(),
            if_match: self.if_match.as_deref(),
            if_none_match: self.if_none_match.as_deref(),
            if_modified_since: self.if_modified_since.as_deref(),
            if_unmodified_since: self.if_unmodified_since.as_deref(),
            if_range: self.if_range.as_deref(),
        }
    }
}

/// The value of a header; several lines are one list (RFC 9110 section 5.3).
fn joined<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Cow<'a, [u8]>> {
    let mut lines = headers.get_all(name).iter();
    let mut value = Cow::Borrowed(lines.next()?.as_bytes());
    for line in lines {
        let list = value.to_mut();
        list.extend_from_slice(b", ");
        list.extend_from_slice(line.as_bytes());
    }
    Some(value)
}

/// The token of a request for media: in the path, or one of [`only_token`].
///
/// # Errors
/// As for [`only_token`].
pub(crate) fn token<'a>(
    route: &'a Route,
    query: Option<&'a str>,
    headers: &'a HeaderMap,
) -> Result<Cow<'a, str>, Refusal> {
    only_token(route.token(), query, headers)
}

/// The token of a request: one that was found in its path or body, in the query (`?token=`) or as
/// `Authorization: Bearer`.
///
/// A request may carry it more than once, as players do that add a query to every URL; then all must be the same text.
///
/// # Errors
/// [`Refusal::NoGrant`] when there is none, or when two differ: nobody should have to guess which one counts.
pub(crate) fn only_token<'a>(
    found: Option<&'a str>,
    query: Option<&'a str>,
    headers: &'a HeaderMap,
) -> Result<Cow<'a, str>, Refusal> {
    let in_query = query.into_iter().flat_map(query_tokens);
    let in_headers = headers
        .get_all(AUTHORIZATION)
        .iter()
        .filter_map(|value| bearer(value.to_str().ok()?))
        .map(Cow::Borrowed);
    let mut tokens = found
        .map(Cow::Borrowed)
        .into_iter()
        .chain(in_query)
        .chain(in_headers);
    let token = tokens.next().ok_or(Refusal::NoGrant { presented: false })?;
    if tokens.all(|other| other == token) {
        Ok(token)
    } else {
        Err(Refusal::NoGrant { presented: true })
    }
}

/// The values of all `token` parameters, each decoded once. One that is not UTF-8 comes out with replacement
/// characters, which no token holds.
fn query_tokens(query: &str) -> impl Iterator<Item = Cow<'_, str>> {
    query.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = percent_decode_str(name).decode_utf8_lossy();
        (name == "token").then(|| percent_decode_str(value).decode_utf8_lossy())
    })
}

/// The credentials of RFC 6750 section 2.1.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn found(path: &str, query: Option<&str>, authorization: Option<&'static str>) -> Option<String> {
        let route = Route::parse(path).unwrap();
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
        }
        token(&route, query, &headers).ok().map(Cow::into_owned)
    }

    #[test]
    fn a_token_is_found_in_each_of_its_places() {
        let abc = Some("abc".to_owned());
        assert_eq!(found("/stream/m/t/abc/video", None, None), abc);
        assert_eq!(found("/stream/m/video", Some("x=1&token=abc"), None), abc);
        assert_eq!(found("/stream/m/video", Some("%74oken=%61bc"), None), abc);
        assert_eq!(found("/stream/m/video", None, Some("bearer abc")), abc);
        assert_eq!(
            found("/stream/m/video", Some("Token=abc"), Some("Basic abc")),
            None
        );
    }

    #[test]
    fn tokens_that_differ_are_refused_and_equal_ones_are_one() {
        assert_eq!(
            found("/stream/m/t/abc/video", Some("token=abc&token=abc"), None),
            Some("abc".to_owned())
        );
        assert_eq!(found("/stream/m/t/abc/video", Some("token=abd"), None), None);
        assert_eq!(found("/stream/m/video", Some("token=abc&token="), None), None);
        assert_eq!(
            found("/stream/m/video", Some("token=abc"), Some("Bearer abd")),
            None
        );
    }

    #[test]
    fn several_header_lines_are_one_list() {
        let mut headers = HeaderMap::new();
        headers.append(IF_NONE_MATCH, HeaderValue::from_static("\"a\""));
        headers.append(IF_NONE_MATCH, HeaderValue::from_static("\"b\""));
        let read = ReadHeaders::of(&headers);
        let request = read.with(plan::Method::Get);
        assert_eq!(request.if_none_match, Some(&b"\"a\", \"b\""[..]));
        assert_eq!(request.range, None);
    }
}

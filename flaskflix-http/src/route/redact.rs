//! Paths as they may be logged.

use std::borrow::Cow;

use super::{address::TOKEN_MARK, escape::decode};

/// The path of a URL as it may be logged: a token in it is replaced by `*`.
///
/// Works on any path, also one that is no route of ours, so that a mistyped address cannot leak its token.
///
/// # Examples
/// ```
/// use flaskflix_http::route::redacted;
/// assert_eq!(redacted("/app/stream/film/t/c2VjcmV0/video"), "/app/stream/film/t/*/video");
/// assert_eq!(redacted("/stream/film/video"), "/stream/film/video");
/// ```
#[must_use]
pub fn redacted(path: &str) -> Cow<'_, str> {
    let mut after_mark = false;
    let mut hidden = false;
    let segments: Vec<&str> = path
        .split('/')
        .map(|segment| {
            let is_token = after_mark;
            after_mark = decode(segment).is_some_and(|text| text == TOKEN_MARK);
            hidden |= is_token;
            if is_token { "*" } else { segment }
        })
        .collect();
    if hidden {
        Cow::Owned(segments.join("/"))
    } else {
        Cow::Borrowed(path)
    }
}

//! Request targets as they may be logged.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::address::{PREFIX, TOKEN_MARK};

/// A request's path, with or without its query, as it may be logged: `-` in place of what is secret or may be.
///
/// * A token is the segment after one that means `t`, however that is written.
/// * To be safe with paths that are none of ours, any segment behind the title that is longer than 40 bytes is
///   masked too: every token is.
/// * Of a query stays the fact that there is one, and whether it begins a `token=`.
///
/// Works on any text, so that a mistyped address cannot leak its token.
///
/// # Cost
/// Borrows what holds nothing to hide.
///
/// # Examples
/// ```
/// use flaskflix_http::route::redacted;
/// assert_eq!(redacted("/app/stream/film/t/c2VjcmV0/video"), "/app/stream/film/t/-/video");
/// assert_eq!(redacted("/stream/film/video?token=c2VjcmV0"), "/stream/film/video?token=-");
/// assert_eq!(redacted("/stream/film/video"), "/stream/film/video");
/// ```
#[must_use]
pub fn redacted(target: &str) -> Cow<'_, str> {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let path = redacted_path(path);
    match query {
        None => path,
        Some(query) if query.split('&').any(|pair| pair.starts_with("token=")) => {
            Cow::Owned(path.into_owned() + "?token=-")
        }
        Some(_) => Cow::Owned(path.into_owned() + "?-"),
    }
}

fn redacted_path(path: &str) -> Cow<'_, str> {
    let secrets = Secrets::of(path);
    if !secrets.clone().any(|(is_secret, _)| is_secret) {
        return Cow::Borrowed(path);
    }
    let mut masked = String::with_capacity(path.len());
    for (place, (is_secret, segment)) in secrets.enumerate() {
        if place > 0 {
            masked.push('/');
        }
        masked.push_str(if is_secret { "-" } else { segment });
    }
    Cow::Owned(masked)
}

/// The segments of a path, each with whether it must be hidden.
#[derive(Clone)]
struct Secrets<'a> {
    segments: std::str::Split<'a, char>,
    /// Segments that may be long: all before the title, and the title.
    plain: usize,
    after_mark: bool,
}

impl<'a> Secrets<'a> {
    fn of(path: &'a str) -> Self {
        let prefix = PREFIX.trim_matches('/');
        let mount = path.split('/').position(|segment| segment == prefix);
        Self {
            segments: path.split('/'),
            // `["", "stream", title, ...]`, or the same below a mount point.
            plain: mount.unwrap_or(1).saturating_add(2),
            after_mark: false,
        }
    }
}

impl<'a> Iterator for Secrets<'a> {
    type Item = (bool, &'a str);

    fn next(&mut self) -> Option<(bool, &'a str)> {
        let segment = self.segments.next()?;
        let may_be_long = self.plain > 0;
        self.plain = self.plain.saturating_sub(1);
        let is_secret = self.after_mark || (!may_be_long && segment.len() > MAX_PLAIN_BYTES);
        // An empty segment leaves the mark standing: the token may follow a doubled slash.
        self.after_mark = means_mark(segment) || (self.after_mark && segment.is_empty());
        Some((is_secret && !segment.is_empty(), segment))
    }
}

/// Whether a segment is the mark, also with escapes and in capitals, as other programs may read it.
fn means_mark(segment: &str) -> bool {
    let mark = TOKEN_MARK.bytes();
    percent_decode_str(segment)
        .map(|byte| byte.to_ascii_lowercase())
        .eq(mark)
}

/// No segment of ours but the title is longer.
const MAX_PLAIN_BYTES: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_never_reach_the_log() {
        let token = "2D3RhEOhAQWhBEhvcmlnaW4tMVhDpAJkYW5uYQQa".repeat(3);
        for target in [
            format!("/stream/a/t/{token}/v1/3.m4s"),
            format!("/stream/a/t/{token}"),
            format!("/stream/a/%74/{token}/video"),
            format!("/stream/a/T/{token}/video"),
            format!("/stream/a/t//{token}/video"),
            format!("//stream/a/t/{token}/video"),
            format!("/app/stream/a/t/{token}/video"),
            format!("/stream/a/{token}/video"),
            format!("/app/stream/a/{token}/video"),
            format!("/a/b/{token}"),
            format!("/stream/a/video?token={token}"),
            format!("/stream/a/video?x=1&token={token}&y"),
            format!("/stream/a/video?{token}"),
            format!("/stream/a/video?tok%65n={token}"),
            format!("/stream/a/t/{}/video", &token[..9]),
            format!("/stream/a/t/{}/t/{token}?{token}?{token}", &token[..9]),
        ] {
            let masked = redacted(&target);
            assert!(!masked.contains(&token[..9]), "{target} -> {masked}");
        }
    }

    #[test]
    fn what_is_not_secret_stays() {
        let long = format!("/stream/{}/video", "x".repeat(200));
        let mounted = format!("/app{long}");
        for (target, shown) in [
            ("/", "/"),
            ("", ""),
            (
                "/stream/Am%C3%A9lie.mp4/v1/3.m4s",
                "/stream/Am%C3%A9lie.mp4/v1/3.m4s",
            ),
            ("/stream/a/t/abc/v1/init.mp4", "/stream/a/t/-/v1/init.mp4"),
            ("/stream/t/t/abc/video", "/stream/t/-/-/video"),
            ("/stream/t.mp4/video", "/stream/t.mp4/video"),
            ("/stream/a/video?token=abc", "/stream/a/video?token=-"),
            ("/healthz?probe", "/healthz?-"),
            (&long, &long),
            (&mounted, &mounted),
        ] {
            assert_eq!(redacted(target), shown);
        }
        assert!(matches!(redacted(&long), Cow::Borrowed(_)));
    }
}

//! Request targets without what may be secret.

use http::Uri;
use percent_encoding::percent_decode_str;

/// The path with every token replaced by `-`, and the query reduced to the fact that there is one.
///
/// A token is the segment after one that means `t`, however it is written. To be safe against paths that are none of
/// ours, any segment behind the title that is longer than [`MAX_PLAIN_BYTES`] is masked too: every token is.
pub(super) fn target(uri: &Uri) -> String {
    let mut target = String::with_capacity(uri.path().len());
    let mut after_mark = false;
    for (place, segment) in uri.path().split('/').enumerate() {
        if place > 0 {
            target.push('/');
        }
        let secret = after_mark || (place > TITLE_PLACE && segment.len() > MAX_PLAIN_BYTES);
        target.push_str(if secret && !segment.is_empty() {
            "-"
        } else {
            segment
        });
        // An empty segment leaves the mark standing: the token may follow a doubled slash.
        after_mark = is_mark(segment) || (after_mark && segment.is_empty());
    }
    match uri.query() {
        None => {}
        Some(query) if query.split('&').any(|pair| pair.starts_with("token=")) => target.push_str("?token=-"),
        Some(_) => target.push_str("?-"),
    }
    target
}

fn is_mark(segment: &str) -> bool {
    percent_decode_str(segment).eq(*b"t") || percent_decode_str(segment).eq(*b"T")
}

/// `["", "stream", title, ...]`
const TITLE_PLACE: usize = 2;
/// No segment of ours but the title is longer.
const MAX_PLAIN_BYTES: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_never_reach_the_log() {
        let token = "2D3RhEOhAQWhBEhvcmlnaW4tMVhDpAJkYW5uYQQa".repeat(3);
        for target_with_token in [
            format!("/stream/a/t/{token}/v1/3.m4s"),
            format!("/stream/a/t/{token}"),
            format!("/stream/a/%74/{token}/video"),
            format!("/stream/a/T/{token}/video"),
            format!("/stream/a/t//{token}/video"),
            format!("//stream/a/t/{token}/video"),
            format!("/stream/a/{token}/video"),
            format!("/stream/a/video?token={token}"),
            format!("/stream/a/video?x=1&token={token}&y"),
            format!("/stream/a/video?{token}"),
            format!("/stream/a/video?tok%65n={token}"),
            "/stream/a/t/short/video".to_owned().replace("short", &token[..9]),
        ] {
            let masked = target(&target_with_token.parse().unwrap());
            assert!(!masked.contains(&token[..9]), "{target_with_token} -> {masked}");
        }
    }

    #[test]
    fn what_is_not_secret_stays() {
        for (target_sent, shown) in [
            ("/", "/"),
            (
                "/stream/Am%C3%A9lie.mp4/v1/3.m4s",
                "/stream/Am%C3%A9lie.mp4/v1/3.m4s",
            ),
            ("/stream/a/t/abc/v1/init.mp4", "/stream/a/t/-/v1/init.mp4"),
            ("/stream/t.mp4/video", "/stream/t.mp4/video"),
            ("/stream/a/video?token=abc", "/stream/a/video?token=-"),
            ("/healthz?probe", "/healthz?-"),
        ] {
            assert_eq!(target(&target_sent.parse().unwrap()), shown);
        }
        let long = format!("/stream/{}/video", "x".repeat(200));
        assert_eq!(target(&long.parse().unwrap()), long);
    }
}

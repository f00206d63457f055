//! Holds an answer against what it has to be: the status, every header that matters, every byte.

use super::{
    asks::Ask,
    expected::{Expected, expected, multipart},
    library::Object,
};
use crate::client::Reply;

/// Panics when the answer is not the expected one. Returns what kind of answer it is.
pub(super) fn check(ask: &Ask, object: &Object, reply: &Reply) -> &'static str {
    let expected = expected(ask, object);
    let len = object.bytes.len();
    let (kind, status) = match expected {
        Expected::Whole => ("whole", 200),
        Expected::Part(_) => ("part", 206),
        Expected::Parts(_) => ("parts", 206),
        Expected::NotModified => ("not modified", 304),
        Expected::MethodNotAllowed => ("no method", 405),
        Expected::PreconditionFailed => ("precondition failed", 412),
        Expected::NotSatisfiable => ("not satisfiable", 416),
    };
    assert_eq!(reply.status, status, "{expected:?}");
    let content_range = match &expected {
        Expected::Part(part) => Some(format!("bytes {}-{}/{len}", part.start, part.end - 1)),
        Expected::NotSatisfiable => Some(format!("bytes */{len}")),
        _ => None,
    };
    assert_eq!(reply.header("content-range"), content_range.as_deref());

    if status < 400 {
        check_representation(object, reply);
    } else {
        assert_eq!(reply.header("etag"), None);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        assert_eq!(reply.header("allow").is_some(), status == 405);
    }
    match &expected {
        Expected::Whole => check_body(ask, reply, &object.media_type, &object.bytes),
        Expected::Part(part) => check_body(ask, reply, &object.media_type, object.slice(part)),
        Expected::Parts(parts) => {
            let media_type = reply.header("content-type").unwrap();
            let boundary = media_type
                .strip_prefix("multipart/byteranges; boundary=")
                .unwrap();
            assert_eq!(boundary.len(), 32);
            let bytes = |part: &_| object.slice(part).to_vec();
            let body = multipart(boundary, &object.media_type, parts, len as u64, bytes);
            check_body(ask, reply, media_type, &body);
        }
        Expected::NotModified => {
            // RFC 9110 section 15.4.5: no metadata of a body that is not there.
            for name in ["content-type", "content-length"] {
                assert_eq!(reply.header(name), None, "{name}");
            }
            assert_eq!(reply.body, b"");
        }
        _ => {}
    }
    kind
}

/// What 200, 206 and 304 have in common (RFC 9110 sections 15.3.7 and 15.4.5).
fn check_representation(object: &Object, reply: &Reply) {
    let etag = format!("\"{}\"", object.etag);
    assert_eq!(reply.header("etag"), Some(etag.as_str()));
    assert_eq!(reply.header("last-modified"), object.last_modified.as_deref());
    assert_eq!(reply.header("accept-ranges"), Some("bytes"));
    assert_eq!(reply.header("cache-control"), Some(object.cache_control.as_str()));
    assert_eq!(reply.header("vary"), object.vary.as_deref());
}

fn check_body(ask: &Ask, reply: &Reply, media_type: &str, body: &[u8]) {
    assert_eq!(reply.header("content-type"), Some(media_type));
    let len = body.len().to_string();
    assert_eq!(reply.header("content-length"), Some(len.as_str()));
    let sent: &[u8] = if ask.method == "HEAD" { b"" } else { body };
    // Not `assert_eq`: three MiB in a message help nobody.
    if reply.body != sent {
        let differs = reply
            .body
            .iter()
            .zip(sent)
            .position(|(got, wanted)| got != wanted);
        panic!(
            "{} of {} bytes, the first wrong one at {differs:?}",
            reply.body.len(),
            sent.len()
        );
    }
}

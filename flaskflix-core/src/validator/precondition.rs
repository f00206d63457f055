//! The precondition ladder ([RFC 9110 section 13.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2)).

use super::{
    HttpDate,
    tag_list::{Comparison, Tag, names},
};
use crate::{
    plan::{Method, ReadRequest},
    source::ObjectInfo,
    time::UnixTime,
};

/// What the conditional headers of a request leave to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Answer with the whole object: there is no `Range`, it does not count, or `If-Range` is false.
    Whole,
    /// Answer with what this `Range` header asks for.
    Range(&'a [u8]),
    /// The client has this version: 304.
    NotModified,
    /// The client wants another version: 412.
    Failed,
}

/// Evaluates the conditional headers of a read, in the order that RFC 9110 section 13.2.2 prescribes.
///
/// Total and allocation-free. `now` is only used to tell whether a date in `If-Range` is a strong validator.
#[must_use]
pub fn evaluate<'a>(request: &ReadRequest<'a>, info: &ObjectInfo, now: UnixTime) -> Verdict<'a> {
    // 1. When recipient is the origin server and If-Match is present, evaluate the If-Match precondition: if true,
    //    continue to step 3; if false, respond 412 (Precondition Failed). A read changes no state, so the exception
    //    for changes that have already succeeded never applies.
    if let Some(field) = request.if_match {
        if !names(field, &info.etag, Comparison::Strong) {
            return Verdict::Failed;
        }
    // 2. When recipient is the origin server, If-Match is not present, and If-Unmodified-Since is present, evaluate
    //    the If-Unmodified-Since precondition: if true, continue to step 3; if false, respond 412.
    } else if modified_since(request.if_unmodified_since, info) == Some(true) {
        return Verdict::Failed;
    }
    // 3. When If-None-Match is present, evaluate the If-None-Match precondition: if true, continue to step 5; if
    //    false for GET/HEAD, respond 304 (Not Modified).
    if let Some(field) = request.if_none_match {
        if names(field, &info.etag, Comparison::Weak) {
            return Verdict::NotModified;
        }
    // 4. When the method is GET or HEAD, If-None-Match is not present, and If-Modified-Since is present, evaluate
    //    the If-Modified-Since precondition: if true, continue to step 5; if false, respond 304 (Not Modified).
    } else if modified_since(request.if_modified_since, info) == Some(false) {
        return Verdict::NotModified;
    }
    // 5. When the method is GET and both Range and If-Range are present, evaluate the If-Range precondition: if true
    //    and the Range is applicable to the selected representation, respond 206 (Partial Content); otherwise,
    //    ignore the Range header field and respond 200 (OK).
    // 6. Otherwise, perform the requested method and respond according to its success or failure.
    match (request.method, request.range, request.if_range) {
        (Method::Get, Some(range), Some(field)) if if_range_holds(field, info, now) => Verdict::Range(range),
        (Method::Get, Some(range), None) => Verdict::Range(range),
        _ => Verdict::Whole,
    }
}

/// Whether the object changed after the field's date, or `None` when the field does not count.
///
/// RFC 9110 sections 13.1.3 and 13.1.4: the field is ignored "if the received field value is not a valid
/// HTTP-date" and "if the resource does not have a modification date available". A field of several lines, joined,
/// is not a date.
fn modified_since(field: Option<&[u8]>, info: &ObjectInfo) -> Option<bool> {
    Some(info.last_modified? > HttpDate::parse(field?)?.time())
}

/// `If-Range` ([RFC 9110 section 13.1.5](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5)): strong
/// comparison of a tag, exact comparison of a strong date. What is neither holds for nothing.
fn if_range_holds(field: &[u8], info: &ObjectInfo, now: UnixTime) -> bool {
    if let Some(tag) = Tag::parse(field) {
        return tag.matches(&info.etag, Comparison::Strong);
    }
    let (Some(date), Some(last_modified)) = (HttpDate::parse(field), info.last_modified) else {
        return false;
    };
    date.time() == last_modified && second_is_over(last_modified, now)
}

/// Whether a `Last-Modified` that a client sends back is a strong validator
/// ([RFC 9110 section 8.8.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.2.2)).
///
/// It is when the client's copy was sent "at least one second after the Last-Modified value": nothing can then have
/// changed within that second unseen. A client must not send another date. We cannot see when its copy was sent, but
/// while the second still runs (or lies ahead: a clock that is off) no copy can be old enough.
const fn second_is_over(last_modified: UnixTime, now: UnixTime) -> bool {
    last_modified.as_secs() < now.as_secs()
}

#[cfg(test)]
mod tests;

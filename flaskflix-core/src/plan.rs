//! The decision what to answer to a read: [`ReadRequest`] against
//! [`ObjectInfo`] to [`ReadPlan`] (RFC 9110 sections 13 and 14).
//!
//! Text and numbers in, an enum out: no I/O, no clock, no framework. `docs/HTTP.md` lists every rule with the test
//! that holds it.

use crate::{
    range::{ByteRange, RangeSet, Resolution, resolve},
    source::ObjectInfo,
    time::UnixTime,
    validator::{Verdict, evaluate},
};

/// A method that reads. All others are answered 405 before it comes to a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Method {
    /// Wants the headers and the body.
    #[default]
    Get,
    /// Wants the headers alone, those that a GET without `Range` would have.
    Head,
}

/// The part of a request that decides which bytes it gets: header values as they came, in borrowed bytes.
///
/// A header that came in several lines is joined with `", "` by the edge
/// ([RFC 9110 section 5.3](https://www.rfc-editor.org/rfc/rfc9110#section-5.3)). The default is a GET without any
/// of these headers.
///
/// # Examples
/// ```
/// use flaskflix_core::plan::{Method, ReadRequest};
/// let seek = ReadRequest { range: Some(b"bytes=1000-"), ..ReadRequest::default() };
/// assert_eq!(seek.method, Method::Get);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadRequest<'a> {
    /// GET or HEAD.
    pub method: Method,
    /// `Range`. Counts on GET only.
    pub range: Option<&'a [u8]>,
    /// `If-Match`.
    pub if_match: Option<&'a [u8]>,
    /// `If-None-Match`.
    pub if_none_match: Option<&'a [u8]>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<&'a [u8]>,
    /// `If-Unmodified-Since`.
    pub if_unmodified_since: Option<&'a [u8]>,
    /// `If-Range`. Counts beside `Range` only.
    pub if_range: Option<&'a [u8]>,
}

/// What to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadPlan {
    /// The whole object (200).
    Whole,
    /// One range of the object (206 with `Content-Range`).
    Part(ByteRange),
    /// Several ranges of the object (206 with [`Multipart`](crate::range::Multipart)): at least two, in the order
    /// asked, none overlapping or adjacent to another.
    Parts(Vec<ByteRange>),
    /// The client has this version already (304).
    NotModified,
    /// The client's condition on the version does not hold (412).
    PreconditionFailed,
    /// No asked range lies in the object (416 with
    /// [`ContentRange::Unsatisfied`](crate::range::ContentRange)).
    NotSatisfiable,
}

/// Decides what to answer to a read of an object.
///
/// Total: any bytes in any header give a plan, and every range of it lies inside the object. `now` is the moment
/// of the answer (its `Date`); it decides only whether a date in `If-Range` may be trusted.
///
/// # Cost
/// Linear in the headers' length. Allocates for [`ReadPlan::Parts`] only.
///
/// # Examples
/// ```
/// use flaskflix_core::{plan::{ReadPlan, ReadRequest, plan}, range::ByteRange, source::ObjectInfo};
/// use flaskflix_core::{time::UnixTime, validator::EntityTag};
/// let info = ObjectInfo { len: 1000, etag: EntityTag::strong("v2")?, last_modified: None };
/// let now = UnixTime::from_secs(1_700_000_000);
///
/// let seek = ReadRequest { range: Some(b"bytes=900-"), ..ReadRequest::default() };
/// assert_eq!(plan(&seek, &info, now), ReadPlan::Part(ByteRange::new(900, 1000).unwrap()));
///
/// // The client began with another version: it gets the whole of this one.
/// let resume = ReadRequest { if_range: Some(b"\"v1\""), ..seek };
/// assert_eq!(plan(&resume, &info, now), ReadPlan::Whole);
/// # Ok::<(), flaskflix_core::validator::InvalidEntityTag>(())
/// ```
#[must_use]
pub fn plan(request: &ReadRequest<'_>, info: &ObjectInfo, now: UnixTime) -> ReadPlan {
    let header = match evaluate(request, info, now) {
        Verdict::Failed => return ReadPlan::PreconditionFailed,
        Verdict::NotModified => return ReadPlan::NotModified,
        Verdict::Whole => return ReadPlan::Whole,
        Verdict::Range(header) => header,
    };
    let Ok(set) = RangeSet::parse(header) else {
        return ReadPlan::Whole;
    };
    match resolve(&set, info.len) {
        Resolution::Whole => ReadPlan::Whole,
        Resolution::Part(range) => ReadPlan::Part(range),
        Resolution::Parts(ranges) => ReadPlan::Parts(ranges),
        Resolution::NotSatisfiable => ReadPlan::NotSatisfiable,
    }
}

#[cfg(test)]
mod tests;

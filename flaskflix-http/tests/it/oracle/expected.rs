//! What an answer has to be: the text of a request and five facts about an object in, a decision out.

use std::ops::Range;

use super::{asks::Ask, library::Object};
use crate::scene::NOW;

/// The decision.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// 200.
    Whole,
    /// 206 with `Content-Range`.
    Part(Range<u64>),
    /// 206 with `multipart/byteranges`.
    Parts(Vec<Range<u64>>),
    /// 304.
    NotModified,
    /// 412.
    PreconditionFailed,
    /// 416.
    NotSatisfiable,
    /// 405.
    MethodNotAllowed,
}

/// RFC 9110 section 13.2.2, and what is left of `Range` after it.
pub(super) fn expected(ask: &Ask, object: &Object) -> Expected {
    if ask.method != "GET" && ask.method != "HEAD" {
        return Expected::MethodNotAllowed;
    }
    let field = |name| ask.field(name, object);
    // Steps 1 and 2.
    if let Some(list) = field("If-Match") {
        let holds =
            list == "*" || tags(&list).is_some_and(|tags| tags.contains(&(false, object.etag.clone())));
        if !holds {
            return Expected::PreconditionFailed;
        }
    } else if let (Some(since), Some(modified)) =
        (field("If-Unmodified-Since").and_then(date), object.modified)
        && modified > since
    {
        return Expected::PreconditionFailed;
    }
    // Steps 3 and 4.
    if let Some(list) = field("If-None-Match") {
        let named =
            list == "*" || tags(&list).is_some_and(|tags| tags.iter().any(|(_, tag)| *tag == object.etag));
        if named {
            return Expected::NotModified;
        }
    } else if let (Some(since), Some(modified)) = (field("If-Modified-Since").and_then(date), object.modified)
        && modified <= since
    {
        return Expected::NotModified;
    }
    // Steps 5 and 6.
    match field("Range") {
        Some(range) if ask.method == "GET" && if_range_holds(field("If-Range"), object) => {
            selected(&range, object.bytes.len() as u64)
        }
        _ => Expected::Whole,
    }
}

/// Section 13.1.5: absent, or exactly this version.
fn if_range_holds(field: Option<String>, object: &Object) -> bool {
    let Some(field) = field else { return true };
    if let Some(since) = date(field.clone()) {
        // Section 8.8.2.2: a date says for certain which version it means when its second is over.
        return object.modified == Some(since) && since < NOW.as_secs();
    }
    // One tag: no list, not even one of a tag and nothing.
    field == format!("\"{}\"", object.etag)
}

/// Section 14.1.2: the bytes that are asked for, and what docs/HTTP.md makes of them.
fn selected(field: &str, len: u64) -> Expected {
    let Some(specs) = specs(field) else {
        return Expected::Whole;
    };
    if len == 0 {
        return Expected::Whole;
    }
    let end = u128::from(len);
    let asked: Vec<Range<u64>> = specs
        .into_iter()
        .map(|spec| match spec {
            (Some(first), Some(last)) => first..end.min(last + 1),
            (Some(first), None) => first..end,
            (None, suffix) => end.saturating_sub(suffix.unwrap_or(0))..end,
        })
        .filter(|range| range.start < range.end)
        .map(|range| u64::try_from(range.start).unwrap()..u64::try_from(range.end).unwrap())
        .collect();
    if asked.is_empty() {
        return Expected::NotSatisfiable;
    }
    // More bytes than there are: the client repeats itself.
    if asked.iter().map(|range| range.end - range.start).sum::<u64>() > len {
        return Expected::Whole;
    }
    let mut parts = joined(asked);
    if parts.len() == 1 {
        return Expected::Part(parts.remove(0));
    }
    // A body in parts has to be worth it; the media type is taken as 32 bytes, the boundary has as many.
    let frame = multipart(&"b".repeat(32), &"t".repeat(32), &parts, len, |_| Vec::new()).len() as u64;
    let body = frame + parts.iter().map(|range| range.end - range.start).sum::<u64>();
    if body >= len {
        return Expected::Whole;
    }
    Expected::Parts(parts)
}

/// Joins what overlaps or touches, until nothing does. The joined range stands where the first of the two stood.
fn joined(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    loop {
        let touching = (0..ranges.len())
            .flat_map(|a| (a + 1..ranges.len()).map(move |b| (a, b)))
            .find(|&(a, b)| ranges[a].start <= ranges[b].end && ranges[b].start <= ranges[a].end);
        let Some((a, b)) = touching else { return ranges };
        let second = ranges.remove(b);
        ranges[a] = ranges[a].start.min(second.start)..ranges[a].end.max(second.end);
    }
}

/// The body of section 14.6, its parts filled by `bytes`.
pub(super) fn multipart(
    boundary: &str,
    media_type: &str,
    parts: &[Range<u64>],
    len: u64,
    bytes: impl Fn(&Range<u64>) -> Vec<u8>,
) -> Vec<u8> {
    let mut body = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let line_end = if number == 0 { "" } else { "\r\n" };
        let (first, last) = (part.start, part.end - 1);
        let head = format!(
            "{line_end}--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: bytes {first}-{last}/{len}\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend(bytes(part));
    }
    body.extend(format!("\r\n--{boundary}--\r\n").bytes());
    body
}

/// The numbers before and after the dash of every spec, of which one is there; `None` when the field is to be ignored.
/// Numbers past 128 bits are one below their largest.
fn specs(field: &str) -> Option<Vec<(Option<u128>, Option<u128>)>> {
    let number = |digits: &str| (!digits.is_empty()).then(|| digits.parse().unwrap_or(u128::MAX - 1));
    let (unit, set) = field.split_once('=')?;
    let mut specs = Vec::new();
    for spec in elements(set) {
        let (first, last) = spec.split_once('-')?;
        if !(first.to_owned() + last)
            .bytes()
            .all(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        match (number(first), number(last)) {
            (None, None) => return None,
            (Some(first), Some(last)) if first > last => return None,
            spec => specs.push(spec),
        }
    }
    let taken = unit.eq_ignore_ascii_case("bytes") && field.len() <= 1024 && (1..=16).contains(&specs.len());
    taken.then_some(specs)
}

/// Whether each tag of a list is weak, and the text in its quotes; `None` when it is no list of tags. No tag that
/// [`asks`](super::asks) makes has a comma in it.
fn tags(list: &str) -> Option<Vec<(bool, String)>> {
    let tag = |element: &str| {
        let weak = element.starts_with("W/");
        let quoted = element.strip_prefix("W/").unwrap_or(element);
        let text = quoted.strip_prefix('"')?.strip_suffix('"')?;
        (!text.contains(['"', ' ', '\t'])).then(|| (weak, text.to_owned()))
    };
    elements(list).map(tag).collect()
}

/// Section 5.6.1: the elements of a list, without the empty ones.
fn elements(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(|element| element.trim_matches([' ', '\t']))
        .filter(|element| !element.is_empty())
}

/// The second that a date names, by looking it up.
fn date(text: String) -> Option<u64> {
    DATES
        .iter()
        .find(|(known, _)| *known == text)
        .map(|&(_, secs)| secs)
}

/// Every date that occurs, written by hand: the example of section 5.6.7 in its three formats, the seconds beside it, and
/// those around [`NOW`].
pub(super) const DATES: [(&str, u64); 9] = [
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ("Sun, 06 Nov 1994 08:49:36 GMT", 784_111_776),
    ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
    ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
    ("Sun Nov  6 08:49:37 1994", 784_111_777),
    ("Sun, 06 Nov 1994 08:49:38 GMT", 784_111_778),
    ("Fri, 15 Jan 2027 07:59:59 GMT", 1_799_999_999),
    ("Fri, 15 Jan 2027 08:00:00 GMT", 1_800_000_000),
    ("Fri, 15 Jan 2027 08:00:01 GMT", 1_800_000_001),
];

use proptest::prelude::*;

use super::{ReadPlan::*, *};
use crate::validator::{EntityTag, HttpDate};

const CHANGED: UnixTime = UnixTime::from_secs(1_709_294_400);
const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

fn object(len: u64) -> ObjectInfo {
    ObjectInfo {
        len,
        etag: EntityTag::strong("v2").unwrap(),
        last_modified: Some(CHANGED),
    }
}

fn range(start: u64, end: u64) -> ByteRange {
    ByteRange::new(start, end).unwrap()
}

fn part(start: u64, end: u64) -> ReadPlan {
    Part(range(start, end))
}

fn get(range: &[u8]) -> ReadRequest<'_> {
    ReadRequest {
        range: Some(range),
        ..ReadRequest::default()
    }
}

#[test]
fn the_cases_that_other_crates_get_wrong() {
    // The table of docs/HTTP.md, row by row, on its file of 1000 bytes.
    #[rustfmt::skip]
    let rows: [(&str, ReadPlan); 6] = [
        ("bytes=0-18446744073709551615",    part(0, 1000)),
        ("bytes=900-5000",                  part(900, 1000)),
        ("bytes=-5000",                     part(0, 1000)),
        ("bytes=-0",                        NotSatisfiable),
        ("items=0-9",                       Whole),
        ("bytes=0-99,200-299",              Parts(vec![range(0, 100), range(200, 300)])),
    ];
    for (header, expected) in rows {
        assert_eq!(
            plan(&get(header.as_bytes()), &object(1000), NOW),
            expected,
            "{header}"
        );
    }
    let stale = ReadRequest {
        if_range: Some(b"\"v1\""),
        ..get(b"bytes=0-9")
    };
    assert_eq!(plan(&stale, &object(1000), NOW), Whole);
}

#[test]
fn every_decision_of_the_range_table_holds() {
    let many: Vec<_> = (0..17).map(|n| format!("{}-{}", n * 100, n * 100)).collect();
    #[rustfmt::skip]
    let rows: Vec<(String, u64, ReadPlan)> = vec![
        ("BYTES=0-1".into(),                        1000,   part(0, 2)),
        ("bytes=1000-".into(),                      1000,   NotSatisfiable),
        ("bytes=5-3".into(),                        1000,   Whole),
        ("bytes=0-1,5-3".into(),                    1000,   Whole),
        ("bytes=0-1,x".into(),                      1000,   Whole),
        ("bytes=0-".into(),                         0,      Whole),
        ("bytes=-1".into(),                         0,      Whole),
        ("bytes=0-9,5-14,15-19".into(),             1000,   part(0, 20)),
        ("bytes=0-,0-".into(),                      1000,   Whole),
        ("bytes=0-0,2-2,4-4,6-6,8-8,10-10".into(),  500,    Whole),
        (format!("bytes={}", many.join(",")),       10_000, Whole),
        (format!("bytes={}", many[1..].join(",")),  10_000,
            Parts((1..17).map(|n| range(n * 100, n * 100 + 1)).collect())),
        (format!("bytes=0-9{}", " ".repeat(1024)),  1000,   Whole),
    ];
    for (header, len, expected) in rows {
        assert_eq!(
            plan(&get(header.as_bytes()), &object(len), NOW),
            expected,
            "{header} on {len}"
        );
    }
}

#[test]
fn head_is_planned_as_get_without_range() {
    let head = ReadRequest {
        method: Method::Head,
        ..get(b"bytes=5000-")
    };
    assert_eq!(plan(&head, &object(1000), NOW), Whole);
    let current = ReadRequest {
        if_none_match: Some(b"\"v2\""),
        ..head
    };
    assert_eq!(plan(&current, &object(1000), NOW), NotModified);
}

#[test]
fn preconditions_come_before_ranges() {
    // RFC 9110 section 14.2: "The Range header field is evaluated after evaluating the precondition header fields
    // defined in Section 13.1, and only if the result in absence of the Range header field would be a 200 (OK)
    // response."
    let unsatisfiable = get(b"bytes=5000-");
    let failed = ReadRequest {
        if_match: Some(b"\"v1\""),
        ..unsatisfiable
    };
    assert_eq!(plan(&failed, &object(1000), NOW), PreconditionFailed);
    let current = ReadRequest {
        if_none_match: Some(b"\"v2\""),
        ..unsatisfiable
    };
    assert_eq!(plan(&current, &object(1000), NOW), NotModified);
    let holds = ReadRequest {
        if_match: Some(b"\"v2\""),
        if_range: Some(b"\"v2\""),
        ..unsatisfiable
    };
    assert_eq!(plan(&holds, &object(1000), NOW), NotSatisfiable);
}

#[test]
fn an_object_of_the_future_is_still_served() {
    let mut future = object(1000);
    future.last_modified = Some(UnixTime::from_secs(u64::MAX));
    let date = HttpDate::from(NOW).to_string();
    let request = ReadRequest {
        if_range: Some(date.as_bytes()),
        ..get(b"bytes=0-9")
    };
    assert_eq!(plan(&request, &future, NOW), Whole);
}

/// Bytes that no client means, and bytes that look like a header until they do not.
fn header() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop::option::weighted(
        0.6,
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..80),
            prop::collection::vec(
                prop::sample::select(b"bytes=0189-, \t*W/\"v2;\xff\0".to_vec()),
                0..80
            ),
            "(?i:bytes)=([0-9]{0,22}-[0-9]{0,22}[ ,]{0,3}){0,20}".prop_map(String::into_bytes),
            "(W/)?\"v[0-9]\"(, ?(W/)?\"v[0-9]\"){0,3}".prop_map(String::into_bytes),
            "(Fri|Sunday), [0-9]{2}[ -](Mar|Nov)[ -][0-9]{2,4} [0-9:]{8}( GMT)?".prop_map(String::into_bytes),
        ],
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 1024 }))]

    #[test]
    fn any_bytes_in_any_header_give_a_plan_inside_the_object(
        head in any::<bool>(),
        (range, if_match, if_none_match) in (header(), header(), header()),
        (if_modified_since, if_unmodified_since, if_range) in (header(), header(), header()),
        len in prop_oneof![0_u64..2000, any::<u64>(), Just(u64::MAX)],
        (last_modified, now) in (prop::option::of(any::<u64>()), any::<u64>()),
    ) {
        let request = ReadRequest {
            method: if head { Method::Head } else { Method::Get },
            range: range.as_deref(),
            if_match: if_match.as_deref(),
            if_none_match: if_none_match.as_deref(),
            if_modified_since: if_modified_since.as_deref(),
            if_unmodified_since: if_unmodified_since.as_deref(),
            if_range: if_range.as_deref(),
        };
        let mut info = object(len);
        info.last_modified = last_modified.map(UnixTime::from_secs);
        match plan(&request, &info, UnixTime::from_secs(now)) {
            Whole => {}
            Part(part) => {
                prop_assert!(!head && request.range.is_some());
                prop_assert!(part.end() <= len);
            }
            Parts(parts) => {
                prop_assert!(!head && request.range.is_some());
                prop_assert!((2..=crate::range::MAX_RANGE_SPECS).contains(&parts.len()));
                prop_assert!(parts.iter().all(|part| part.end() <= len));
                for (at, part) in parts.iter().enumerate() {
                    prop_assert!(parts[..at].iter().all(|other| part.join(*other).is_none()));
                }
            }
            NotModified => {
                prop_assert!(request.if_none_match.or(request.if_modified_since).is_some());
            }
            PreconditionFailed => {
                prop_assert!(request.if_match.or(request.if_unmodified_since).is_some());
            }
            NotSatisfiable => {
                prop_assert!(!head && request.range.is_some() && len > 0);
            }
        }
    }
}

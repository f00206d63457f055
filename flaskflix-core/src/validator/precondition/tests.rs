use super::*;
use crate::validator::EntityTag;

mod oracle;

/// 2024-03-01T12:00:00Z, and it as a header.
const CHANGED: u64 = 1_709_294_400;
const CHANGED_TEXT: &[u8] = b"Fri, 01 Mar 2024 12:00:00 GMT";
const SECOND_BEFORE: &[u8] = b"Fri, 01 Mar 2024 11:59:59 GMT";
const SECOND_AFTER: &[u8] = b"Fri, 01 Mar 2024 12:00:01 GMT";
const NOW: UnixTime = UnixTime::from_secs(CHANGED + 3600);

fn film() -> ObjectInfo {
    ObjectInfo {
        len: 1000,
        etag: EntityTag::strong("v1").unwrap(),
        last_modified: Some(UnixTime::from_secs(CHANGED)),
    }
}

/// The film from a source that knows no modification date.
fn undated() -> ObjectInfo {
    ObjectInfo {
        last_modified: None,
        ..film()
    }
}

const GET: ReadRequest<'static> = ReadRequest {
    method: Method::Get,
    range: None,
    if_match: None,
    if_none_match: None,
    if_modified_since: None,
    if_unmodified_since: None,
    if_range: None,
};

#[test]
fn if_match_compares_strongly() {
    // RFC 9110 section 13.1.1: "An origin server MUST use the strong comparison function when comparing entity tags
    // for If-Match".
    #[rustfmt::skip]
    let rows: [(&[u8], Verdict<'_>); 8] = [
        (b"\"v1\"",                 Verdict::Whole),
        (b"*",                      Verdict::Whole),
        (b" * ",                    Verdict::Whole),
        (b"\"v0\", \"v1\"",         Verdict::Whole),
        (b"\"v0\"",                 Verdict::Failed),
        (b"W/\"v1\"",               Verdict::Failed),
        (b"\"V1\"",                 Verdict::Failed),
        (b"W/\"v1\", \"v0\"",       Verdict::Failed),
    ];
    for (field, verdict) in rows {
        let request = ReadRequest {
            if_match: Some(field),
            ..GET
        };
        assert_eq!(
            evaluate(&request, &film(), NOW),
            verdict,
            "{}",
            field.escape_ascii()
        );
    }
}

#[test]
fn if_match_that_cannot_be_parsed_fails_closed() {
    let fields: [&[u8]; 12] = [
        b"",
        b",",
        b"v1",
        b"\"v1",
        b"v1\"",
        b"\"v1\" \"v1\"",
        b"\"v1\", x",
        b"x, \"v1\"",
        b"w/\"v1\"",
        b"**",
        b"*, \"v1\"",
        b"\"v1\xff",
    ];
    for field in fields {
        let request = ReadRequest {
            if_match: Some(field),
            ..GET
        };
        assert_eq!(
            evaluate(&request, &film(), NOW),
            Verdict::Failed,
            "{}",
            field.escape_ascii()
        );
    }
}

#[test]
fn if_none_match_compares_weakly() {
    // RFC 9110 section 13.1.2: "A recipient MUST use the weak comparison function when comparing entity tags for
    // If-None-Match".
    #[rustfmt::skip]
    let rows: [(&[u8], Verdict<'_>); 8] = [
        (b"\"v1\"",                 Verdict::NotModified),
        (b"W/\"v1\"",               Verdict::NotModified),
        (b"*",                      Verdict::NotModified),
        (b"\"v0\", W/\"v1\"",       Verdict::NotModified),
        (b",, \"v1\" ,",            Verdict::NotModified),
        (b"\"v0\"",                 Verdict::Whole),
        (b"\"v1-gz\"",              Verdict::Whole),
        (b"\"\"",                   Verdict::Whole),
    ];
    for method in [Method::Get, Method::Head] {
        for (field, verdict) in rows {
            let request = ReadRequest {
                method,
                if_none_match: Some(field),
                ..GET
            };
            assert_eq!(
                evaluate(&request, &film(), NOW),
                verdict,
                "{}",
                field.escape_ascii()
            );
        }
    }
}

#[test]
fn if_none_match_that_cannot_be_parsed_sends_the_body() {
    let fields: [&[u8]; 6] = [b"", b"v1", b"\"v1", b"\"v1\", x", b"*, \"v1\"", b"\"v1\"\"v1\""];
    for field in fields {
        let request = ReadRequest {
            if_none_match: Some(field),
            ..GET
        };
        assert_eq!(
            evaluate(&request, &film(), NOW),
            Verdict::Whole,
            "{}",
            field.escape_ascii()
        );
    }
}

#[test]
fn if_modified_since_is_false_up_to_the_date_of_the_change() {
    // RFC 9110 section 13.1.3: "If the selected representation's last modification date is earlier or equal to the
    // date provided in the field value, the condition is false."
    #[rustfmt::skip]
    let rows = [
        (SECOND_BEFORE, Verdict::Whole),
        (CHANGED_TEXT,  Verdict::NotModified),
        (SECOND_AFTER,  Verdict::NotModified),
    ];
    for method in [Method::Get, Method::Head] {
        for (field, verdict) in rows {
            let request = ReadRequest {
                method,
                if_modified_since: Some(field),
                ..GET
            };
            assert_eq!(
                evaluate(&request, &film(), NOW),
                verdict,
                "{}",
                field.escape_ascii()
            );
        }
    }
}

#[test]
fn if_unmodified_since_is_true_from_the_date_of_the_change() {
    // RFC 9110 section 13.1.4: "If the selected representation's last modification date is earlier than or equal to
    // the date provided in the field value, the condition is true."
    #[rustfmt::skip]
    let rows = [
        (SECOND_BEFORE, Verdict::Failed),
        (CHANGED_TEXT,  Verdict::Whole),
        (SECOND_AFTER,  Verdict::Whole),
    ];
    for (field, verdict) in rows {
        let request = ReadRequest {
            if_unmodified_since: Some(field),
            ..GET
        };
        assert_eq!(
            evaluate(&request, &film(), NOW),
            verdict,
            "{}",
            field.escape_ascii()
        );
    }
}

#[test]
fn dates_that_are_none_are_ignored() {
    // RFC 9110 sections 13.1.3 and 13.1.4: "A recipient MUST ignore the [...] header field if the received field
    // value is not a valid HTTP-date", and when there is more than one.
    let fields: [&[u8]; 6] = [
        b"",
        b"yesterday",
        b"1709294400",
        b"Mon, 01 Mar 2024 12:00:00 GMT",
        b"Fri, 01 Mar 2024 12:00:00 GMT, Fri, 01 Mar 2024 12:00:00 GMT",
        b"\xff",
    ];
    for field in fields {
        for request in [
            ReadRequest {
                if_modified_since: Some(field),
                ..GET
            },
            ReadRequest {
                if_unmodified_since: Some(field),
                ..GET
            },
        ] {
            assert_eq!(
                evaluate(&request, &film(), NOW),
                Verdict::Whole,
                "{}",
                field.escape_ascii()
            );
        }
    }
}

#[test]
fn dates_are_ignored_when_the_object_has_none() {
    // The same sections: a recipient MUST ignore them "if the resource does not have a modification date available".
    for request in [
        ReadRequest {
            if_modified_since: Some(SECOND_AFTER),
            ..GET
        },
        ReadRequest {
            if_unmodified_since: Some(SECOND_BEFORE),
            ..GET
        },
    ] {
        assert_eq!(evaluate(&request, &undated(), NOW), Verdict::Whole);
    }
}

#[test]
fn tags_silence_dates() {
    // RFC 9110 section 13.1.4: "A recipient MUST ignore If-Unmodified-Since if the request contains an If-Match
    // header field".
    let request = ReadRequest {
        if_match: Some(b"\"v1\""),
        if_unmodified_since: Some(SECOND_BEFORE),
        ..GET
    };
    assert_eq!(evaluate(&request, &film(), NOW), Verdict::Whole);
    // RFC 9110 section 13.1.3: "A recipient MUST ignore If-Modified-Since if the request contains an If-None-Match
    // header field".
    let request = ReadRequest {
        if_none_match: Some(b"\"v0\""),
        if_modified_since: Some(SECOND_AFTER),
        ..GET
    };
    assert_eq!(evaluate(&request, &film(), NOW), Verdict::Whole);
    // Also when the tags cannot be parsed: the header is there.
    let request = ReadRequest {
        if_none_match: Some(b"v1"),
        if_modified_since: Some(SECOND_AFTER),
        ..GET
    };
    assert_eq!(evaluate(&request, &film(), NOW), Verdict::Whole);
}

#[test]
fn a_failed_precondition_comes_before_not_modified() {
    // RFC 9110 section 13.2.2, steps 1 and 2 before 3 and 4.
    let request = ReadRequest {
        if_match: Some(b"\"v0\""),
        if_none_match: Some(b"\"v1\""),
        ..GET
    };
    assert_eq!(evaluate(&request, &film(), NOW), Verdict::Failed);
    let request = ReadRequest {
        if_unmodified_since: Some(SECOND_BEFORE),
        if_modified_since: Some(SECOND_AFTER),
        ..GET
    };
    assert_eq!(evaluate(&request, &film(), NOW), Verdict::Failed);
    let request = ReadRequest {
        if_match: Some(b"*"),
        if_none_match: Some(b"*"),
        ..GET
    };
    assert_eq!(evaluate(&request, &film(), NOW), Verdict::NotModified);
}

#[test]
fn range_counts_on_get_only() {
    // RFC 9110 section 14.2: "A server MUST ignore a Range header field received with a request method that is
    // unrecognized or for which range handling is not defined. For this specification, GET is the only method for
    // which range handling is defined."
    let get = ReadRequest {
        range: Some(b"bytes=0-9"),
        ..GET
    };
    assert_eq!(evaluate(&get, &film(), NOW), Verdict::Range(b"bytes=0-9"));
    let head = ReadRequest {
        method: Method::Head,
        ..get
    };
    assert_eq!(evaluate(&head, &film(), NOW), Verdict::Whole);
}

#[test]
fn if_range_compares_tags_strongly() {
    // RFC 9110 section 13.1.5: "If the entity-tag validator provided exactly matches the ETag field value for the
    // selected representation using the strong comparison function (Section 8.8.3.2), the condition is true."
    let range = b"bytes=0-9";
    #[rustfmt::skip]
    let rows: [(&[u8], bool); 10] = [
        (b"\"v1\"",             true),
        (b" \"v1\" ",           true),
        (b"\"v0\"",             false),
        (b"W/\"v1\"",           false),
        (b"*",                  false),
        (b"v1",                 false),
        (b"\"v1\", \"v1\"",     false),
        (b"\"v1",               false),
        (b"",                   false),
        (b"\xff",               false),
    ];
    for (field, holds) in rows {
        let request = ReadRequest {
            range: Some(range),
            if_range: Some(field),
            ..GET
        };
        let verdict = if holds {
            Verdict::Range(range)
        } else {
            Verdict::Whole
        };
        assert_eq!(
            evaluate(&request, &film(), NOW),
            verdict,
            "{}",
            field.escape_ascii()
        );
    }
}

#[test]
fn if_range_takes_only_the_exact_date() {
    // RFC 9110 section 13.1.5: "If the HTTP-date validator provided exactly matches the Last-Modified field value
    // for the selected representation, the condition is true." A later date is no match, unlike If-Modified-Since.
    let range = b"bytes=0-9";
    for (field, holds) in [
        (SECOND_BEFORE, false),
        (CHANGED_TEXT, true),
        (SECOND_AFTER, false),
    ] {
        let request = ReadRequest {
            range: Some(range),
            if_range: Some(field),
            ..GET
        };
        let verdict = if holds {
            Verdict::Range(range)
        } else {
            Verdict::Whole
        };
        assert_eq!(
            evaluate(&request, &film(), NOW),
            verdict,
            "{}",
            field.escape_ascii()
        );
        assert_eq!(evaluate(&request, &undated(), NOW), Verdict::Whole);
    }
}

#[test]
fn if_range_date_is_weak_until_its_second_is_over() {
    // RFC 9110 section 13.1.5: "If the HTTP-date validator provided is not a strong validator in the sense defined
    // by Section 8.8.2.2, the condition is false." Section 8.8.2.2 asks for a Date "at least one second after the
    // Last-Modified value".
    let request = ReadRequest {
        range: Some(b"bytes=0-9"),
        if_range: Some(CHANGED_TEXT),
        ..GET
    };
    for (now, strong) in [(CHANGED - 10, false), (CHANGED, false), (CHANGED + 1, true)] {
        let verdict = if strong {
            Verdict::Range(b"bytes=0-9")
        } else {
            Verdict::Whole
        };
        assert_eq!(
            evaluate(&request, &film(), UnixTime::from_secs(now)),
            verdict,
            "{now}"
        );
    }
}

#[test]
fn if_range_without_range_is_ignored() {
    // RFC 9110 section 13.1.5: "A server MUST ignore an If-Range header field received in a request that does not
    // contain a Range header field."
    let request = ReadRequest {
        if_range: Some(b"\"v0\""),
        ..GET
    };
    assert_eq!(evaluate(&request, &film(), NOW), Verdict::Whole);
}

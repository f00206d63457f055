use http_range_header::{EndPosition, StartPosition, SyntacticallyCorrectRange, parse_range_header};
use proptest::prelude::*;

use super::{RangeSpec::*, *};

fn parse(header: &str) -> Result<Vec<RangeSpec>, RangeSyntaxError> {
    RangeSet::parse(header.as_bytes()).map(|set| set.specs().to_vec())
}

#[test]
fn the_examples_of_the_rfc_are_parsed() {
    // RFC 9110 section 14.1.2, all of them. Mind the space after "=" in the fifth.
    #[rustfmt::skip]
    let examples = [
        ("bytes=0-499",                      vec![Between { first: 0, last: 499 }]),
        ("bytes=500-999",                    vec![Between { first: 500, last: 999 }]),
        ("bytes=-500",                       vec![Suffix { len: 500 }]),
        ("bytes=9500-",                      vec![From { first: 9500 }]),
        ("bytes= 0-999, 4500-5499, -1000",   vec![Between { first: 0, last: 999 },
                                                  Between { first: 4500, last: 5499 }, Suffix { len: 1000 }]),
        ("bytes=0-0,-1",                     vec![Between { first: 0, last: 0 }, Suffix { len: 1 }]),
        ("bytes=500-700,601-999",            vec![Between { first: 500, last: 700 },
                                                  Between { first: 601, last: 999 }]),
    ];
    for (header, specs) in examples {
        assert_eq!(parse(header), Ok(specs), "{header}");
    }
}

#[test]
fn unit_case_and_outer_whitespace_do_not_matter() {
    let same = Ok(vec![Between { first: 0, last: 1 }, From { first: 5 }]);
    // RFC 9110 section 14.1: "All range unit names are case-insensitive".
    for header in ["bytes=0-1,5-", "BYTES=0-1,5-", "ByTeS=0-1,5-"] {
        assert_eq!(parse(header), same, "{header}");
    }
    // RFC 9110 section 5.6.1: "#element => [ element ] *( OWS "," OWS [ element ] )".
    for header in [" bytes=0-1,5- ", "bytes=\t0-1 \t,\t 5-\t", "bytes=0-1   ,5-"] {
        assert_eq!(parse(header), same, "{header:?}");
    }
}

#[test]
fn empty_list_elements_are_skipped() {
    // RFC 9110 section 5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list elements".
    for header in ["bytes=,0-1", "bytes=0-1,", "bytes=, ,\t,0-1,,"] {
        assert_eq!(
            parse(header),
            Ok(vec![Between { first: 0, last: 1 }]),
            "{header:?}"
        );
    }
    // The same section: for "1#element", "at least one non-empty element" is needed.
    for header in ["bytes=", "bytes=,", "bytes= , ,, "] {
        assert_eq!(parse(header), Err(RangeSyntaxError::Empty), "{header:?}");
    }
}

#[test]
fn numbers_of_any_size_saturate() {
    // RFC 9110 section 14.1.2: "recipients MUST anticipate potentially large decimal numerals and prevent parsing
    // errors due to integer conversion overflows".
    let nines = "9".repeat(900);
    #[rustfmt::skip]
    let rows = [
        ("bytes=0-18446744073709551615".to_owned(),   Between { first: 0, last: u64::MAX }),
        ("bytes=0-18446744073709551616".to_owned(),   Between { first: 0, last: u64::MAX }),
        ("bytes=18446744073709551616-".to_owned(),    From { first: u64::MAX }),
        ("bytes=-99999999999999999999".to_owned(),    Suffix { len: u64::MAX }),
        (format!("bytes=7-{nines}"),                  Between { first: 7, last: u64::MAX }),
        ("bytes=0000000000000000000000007-0008".to_owned(), Between { first: 7, last: 8 }),
        ("bytes=00-00".to_owned(),                    Between { first: 0, last: 0 }),
        ("bytes=-00".to_owned(),                      Suffix { len: 0 }),
    ];
    for (header, spec) in rows {
        assert_eq!(parse(&header), Ok(vec![spec]), "{header}");
    }
}

#[test]
fn a_reversed_range_spoils_the_whole_header() {
    // RFC 9110 section 14.1.1: "An int-range is invalid if the last-pos value is present and less than the
    // first-pos." Past u64::MAX too, where both ends saturate to the same number.
    for header in [
        "bytes=1-0",
        "bytes=0-1,9-8",
        "bytes=10-9",
        "bytes=99999999999999999999-99999999999999999998",
        "bytes=100000000000000000000-99999999999999999999",
    ] {
        assert_eq!(parse(header), Err(RangeSyntaxError::Reversed), "{header}");
    }
    assert!(parse("bytes=99999999999999999999-99999999999999999999").is_ok());
}

#[test]
fn a_malformed_spec_spoils_the_whole_header() {
    // RFC 9110 section 14.1.1: "A ranges-specifier is invalid if it contains any range-spec that is invalid or
    // undefined for the indicated range-unit." Section 14.1.2: "Byte ranges do not use the other-range specifier."
    #[rustfmt::skip]
    let rows = [
        "bytes=-", "bytes=0", "bytes=abc", "bytes=a-1", "bytes=1-a", "bytes=+1-2", "bytes=1-+2", "bytes=-+1",
        "bytes=--1", "bytes=-1-2", "bytes=1-2-3", "bytes=0x1-2", "bytes=1.0-2", "bytes=1e3-", "bytes=0-1;5-6",
        "bytes=0 -1", "bytes=0- 1", "bytes=- 1", "bytes=1 2-3", "bytes=0-1 2-3", "bytes=0-1,x", "bytes=*",
        "bytes=0\u{a0}-1", "bytes=\u{660}-\u{661}", "bytes=0-1\u{b}", "bytes=0-1\r\n", "bytes=0-1\0", "bytes==0-1",
    ];
    for header in rows {
        assert_eq!(parse(header), Err(RangeSyntaxError::Malformed), "{header:?}");
    }
    assert!(RangeSet::parse(b"bytes=0-\xff").is_err());
}

#[test]
fn another_unit_is_unknown() {
    for header in [
        "items=0-1",
        "byte=0-1",
        "bytess=0-1",
        "bytes",
        "bytes 0-1",
        "bytes =0-1",
        "=0-1",
        "0-1",
        "",
        "é=0-1",
    ] {
        assert_eq!(parse(header), Err(RangeSyntaxError::UnknownUnit), "{header:?}");
    }
}

#[test]
fn both_bounds_are_exact() {
    let ranges = |count: u64| {
        let specs: Vec<_> = (0..count).map(|n| format!("{0}-{0}", n * 2)).collect();
        format!("bytes={}", specs.join(","))
    };
    assert_eq!(parse(&ranges(16)).map(|specs| specs.len()), Ok(MAX_RANGE_SPECS));
    assert_eq!(parse(&ranges(17)), Err(RangeSyntaxError::TooMany));

    let padded = |len: usize| format!("bytes=0-1{}", ",".repeat(len - "bytes=0-1".len()));
    assert!(parse(&padded(MAX_RANGE_BYTES)).is_ok());
    assert_eq!(
        parse(&padded(MAX_RANGE_BYTES + 1)),
        Err(RangeSyntaxError::TooLong)
    );
}

/// The header that a careful client writes for these specs.
fn render(specs: &[RangeSpec]) -> String {
    let specs: Vec<_> = specs
        .iter()
        .map(|spec| match spec {
            From { first } => format!("{first}-"),
            Between { first, last } => format!("{first}-{last}"),
            Suffix { len } => format!("-{len}"),
        })
        .collect();
    format!("bytes={}", specs.join(","))
}

fn spec_of(range: SyntacticallyCorrectRange) -> RangeSpec {
    match (range.start, range.end) {
        (StartPosition::FromLast(len), _) => Suffix { len },
        (StartPosition::Index(first), EndPosition::LastByte) => From { first },
        (StartPosition::Index(first), EndPosition::Index(last)) => Between { first, last },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 2048 }))]

    #[test]
    fn what_http_range_header_accepts_means_the_same_here(
        header in prop_oneof![
            "bytes=(0|[1-9][0-9]{0,20})?-([1-9][0-9]{0,20})?",
            "bytes=([0-9]{0,4}-[0-9]{0,4}(, ?)){0,4}[0-9]{0,4}-[0-9]{0,4}",
            "bytes=[-0-9, +\t]{0,20}",
            "\\PC{0,20}",
        ],
    ) {
        if let Ok(theirs) = parse_range_header(&header) {
            let theirs: Vec<_> = theirs.ranges.into_iter().map(spec_of).collect();
            // It leaves two things to its later `validate`, and takes every Unicode space for optional whitespace.
            let reversed = theirs.iter().any(|spec| matches!(spec, Between { first, last } if last < first));
            let foreign_space = header.chars().any(|c| c.is_whitespace() && !matches!(c, ' ' | '\t'));
            if !reversed && !foreign_space {
                prop_assert_eq!(parse(&header), Ok(theirs), "{:?}", header);
            } else {
                prop_assert!(parse(&header).is_err(), "{:?}", header);
            }
        }
    }

    #[test]
    fn what_is_accepted_here_means_the_same_to_http_range_header(
        header in "[bB]ytes=[ \t]?((0{0,3}[0-9]{0,21})?-([0-9]{0,22})?[ \t]?,[ \t]{0,2}){0,3}[0-9]{0,3}-[0-9]{0,3}",
    ) {
        if let Ok(specs) = parse(&header) {
            // In the canonical spelling: its parser knows no other, and takes "-0" for a syntax error.
            prop_assume!(!specs.contains(&Suffix { len: 0 }));
            let theirs = parse_range_header(&render(&specs)).unwrap();
            prop_assert_eq!(theirs.ranges.into_iter().map(spec_of).collect::<Vec<_>>(), specs, "{:?}", header);
        }
    }
}

//! The whole ladder against a naive reading: every combination of every shape of every header.

use proptest::prelude::*;

use super::*;

/// Every shape that a header of tags can take, with what it names under strong and weak comparison.
#[rustfmt::skip]
const TAG_FIELDS: &[(Option<&[u8]>, bool, bool)] = &[
    (None,                                      false, false),
    (Some(b"*"),                                true,  true),
    (Some(b"\"v1\""),                           true,  true),
    (Some(b"W/\"v1\""),                         false, true),
    (Some(b"\"a\", \"v1\""),                    true,  true),
    (Some(b"\"a,b\" , W/\"v1\",\"c\""),         false, true),
    (Some(b"\"a, \\\", \"v1\""),                false, false),
    (Some(b"\"v0\""),                           false, false),
    (Some(b"garbage"),                          false, false),
];

/// Every shape that a date header can take, with what the change is to it: `None` when it is no date.
#[rustfmt::skip]
const DATE_FIELDS: &[(Option<&[u8]>, Option<i8>)] = &[
    (None,                  None),
    (Some(SECOND_BEFORE),   Some(1)),
    (Some(CHANGED_TEXT),    Some(0)),
    (Some(SECOND_AFTER),    Some(-1)),
    (Some(b"garbage"),      None),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 4096 }))]

    #[test]
    fn the_ladder_agrees_with_a_naive_reading(
        head in any::<bool>(),
        dated in any::<bool>(),
        now in prop::sample::select(vec![CHANGED - 1, CHANGED, CHANGED + 1]),
        (if_match, if_match_names, _) in prop::sample::select(TAG_FIELDS),
        (if_none_match, _, if_none_match_names) in prop::sample::select(TAG_FIELDS),
        (if_unmodified_since, unmodified) in prop::sample::select(DATE_FIELDS),
        (if_modified_since, modified) in prop::sample::select(DATE_FIELDS),
        range in prop::sample::select(vec![None, Some(b"bytes=0-9".as_slice())]),
        (if_range, if_range_true) in prop::sample::select(vec![
            (None, true),
            (Some(b"\"v1\"".as_slice()), true),
            (Some(b"W/\"v1\"".as_slice()), false),
            (Some(b"\"v0\"".as_slice()), false),
            (Some(CHANGED_TEXT), true),
            (Some(SECOND_AFTER), false),
        ]),
    ) {
        let method = if head { Method::Head } else { Method::Get };
        let request = ReadRequest {
            method, range, if_match, if_none_match, if_modified_since, if_unmodified_since, if_range,
        };
        // The conditions, each on its own, as sections 13.1.1 to 13.1.5 define them.
        let match_fails = if_match.is_some() && !if_match_names;
        let unmodified_fails = dated && if_match.is_none() && unmodified == Some(1);
        let none_match_fails = if_none_match.is_some() && if_none_match_names;
        let modified_fails = dated && if_none_match.is_none() && matches!(modified, Some(0 | -1));
        let range_counts = range.is_some() && !head;
        let if_range_holds = if_range_true && (if_range != Some(CHANGED_TEXT) || dated_and_over(dated, now));
        let expected = if match_fails || unmodified_fails {
            Verdict::Failed
        } else if none_match_fails || modified_fails {
            Verdict::NotModified
        } else if range_counts && if_range_holds {
            Verdict::Range(b"bytes=0-9")
        } else {
            Verdict::Whole
        };
        let info = if dated { film() } else { undated() };
        prop_assert_eq!(evaluate(&request, &info, UnixTime::from_secs(now)), expected);
    }
}

fn dated_and_over(dated: bool, now: u64) -> bool {
    dated && now > CHANGED
}

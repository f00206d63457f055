use proptest::prelude::*;

use super::{Resolution::*, *};
use crate::range::ContentRange;

fn resolve_text(header: &str, object_len: u64) -> Resolution {
    resolve(&RangeSet::parse(header.as_bytes()).unwrap(), object_len)
}

fn range(start: u64, end: u64) -> ByteRange {
    ByteRange::new(start, end).unwrap()
}

fn parts(ranges: &[(u64, u64)]) -> Resolution {
    Parts(ranges.iter().map(|&(start, end)| range(start, end)).collect())
}

#[test]
fn last_position_past_the_end_is_the_end() {
    // RFC 9110 section 14.1.2: "If the last-pos value is absent, or if the value is greater than or equal to the
    // current length of the representation data, the byte range is interpreted as the remainder of the
    // representation".
    for header in [
        "bytes=900-",
        "bytes=900-999",
        "bytes=900-1000",
        "bytes=900-18446744073709551615",
    ] {
        assert_eq!(resolve_text(header, 1000), Part(range(900, 1000)), "{header}");
    }
    assert_eq!(resolve_text("bytes=900-998", 1000), Part(range(900, 999)));
}

#[test]
fn suffix_longer_than_the_object_is_the_whole_object_as_a_part() {
    // RFC 9110 section 14.1.2: "If the selected representation is shorter than the specified suffix-length, the
    // entire representation is used."
    for header in ["bytes=-1000", "bytes=-1001", "bytes=-18446744073709551616"] {
        assert_eq!(resolve_text(header, 1000), Part(range(0, 1000)), "{header}");
    }
    assert_eq!(resolve_text("bytes=-1", 1000), Part(range(999, 1000)));
}

#[test]
fn a_range_that_names_no_byte_is_not_satisfiable() {
    // RFC 9110 section 14.1.2: "a valid bytes range-spec is satisfiable if it is either: an int-range with a
    // first-pos that is less than the current length of the selected representation or a suffix-range with a
    // non-zero suffix-length."
    for header in [
        "bytes=1000-",
        "bytes=1000-2000",
        "bytes=-0",
        "bytes=-0,5000-",
        "bytes=18446744073709551615-",
    ] {
        assert_eq!(resolve_text(header, 1000), NotSatisfiable, "{header}");
    }
}

#[test]
fn unsatisfiable_ranges_are_dropped_beside_satisfiable_ones() {
    // RFC 9110 section 14.1.1: "A valid ranges-specifier is 'satisfiable' if it contains at least one range-spec
    // that is satisfiable".
    assert_eq!(resolve_text("bytes=5000-,0-9,-0", 1000), Part(range(0, 10)));
    assert_eq!(
        resolve_text("bytes=0-9,5000-,20-29", 1000),
        parts(&[(0, 10), (20, 30)])
    );
}

#[test]
fn an_empty_object_has_no_ranges() {
    // RFC 9110 section 14.2: "A server that supports range requests MAY ignore a Range header field when the
    // selected representation has no content (i.e., the selected representation's data is of zero length)."
    for header in ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0", "bytes=5-9,-3"] {
        assert_eq!(resolve_text(header, 0), Whole, "{header}");
    }
}

#[test]
fn the_longest_possible_object_does_not_overflow() {
    let last = u64::MAX - 1;
    assert_eq!(resolve_text("bytes=0-", u64::MAX), Part(range(0, u64::MAX)));
    assert_eq!(resolve_text("bytes=-1", u64::MAX), Part(range(last, u64::MAX)));
    assert_eq!(
        resolve_text(&format!("bytes={last}-{}", u64::MAX), u64::MAX),
        Part(range(last, u64::MAX))
    );
    assert_eq!(
        resolve_text(&format!("bytes={}-", u64::MAX), u64::MAX),
        NotSatisfiable
    );
    // Sums past u64::MAX are still sums to more than the object.
    assert_eq!(resolve_text("bytes=0-,0-", u64::MAX), Whole);
    assert_eq!(resolve_text("bytes=-18446744073709551612,0-3", u64::MAX), Whole);
}

#[test]
fn overlapping_and_adjacent_ranges_become_one() {
    // RFC 9110 section 14.1.2, "other valid (but not canonical) specifications of the second 500 bytes".
    assert_eq!(
        resolve_text("bytes=500-600,601-999", 10_000),
        Part(range(500, 1000))
    );
    assert_eq!(
        resolve_text("bytes=500-700,601-999", 10_000),
        Part(range(500, 1000))
    );
    // Contained, equal, from below, bridged by a third.
    assert_eq!(resolve_text("bytes=0-99,10-19", 1000), Part(range(0, 100)));
    assert_eq!(resolve_text("bytes=5-9,5-9", 1000), Part(range(5, 10)));
    assert_eq!(resolve_text("bytes=10-19,0-9", 1000), Part(range(0, 20)));
    assert_eq!(resolve_text("bytes=0-9,20-29,10-19", 1000), Part(range(0, 30)));
    // A gap of one byte is a gap.
    assert_eq!(resolve_text("bytes=0-9,11-19", 1000), parts(&[(0, 10), (11, 20)]));
}

#[test]
fn parts_keep_the_order_asked() {
    // RFC 9110 section 15.3.7.2: "A server that generates a multipart response SHOULD send the parts in the same
    // order that the corresponding range-spec appeared in the received Range header field, excluding those ranges
    // that were deemed unsatisfiable or that were coalesced into other ranges."
    assert_eq!(
        resolve_text("bytes=-10,0-9", 1000),
        parts(&[(990, 1000), (0, 10)])
    );
    assert_eq!(
        resolve_text("bytes=500-509,0-9,510-519", 1000),
        parts(&[(500, 520), (0, 10)])
    );
    assert_eq!(
        resolve_text("bytes=0-9,500-509,700-709,490-499,10-19", 2000),
        parts(&[(0, 20), (490, 510), (700, 710)])
    );
}

#[test]
fn ranges_that_sum_to_more_than_the_object_get_the_whole() {
    // RFC 9110 section 14.2: a server "MAY ignore or reject a Range header field that contains [...] a
    // ranges-specifier with more than two overlapping ranges, or a set of many small ranges [...], since these are
    // indications of either a broken client or a deliberate denial-of-service attack".
    assert_eq!(resolve_text("bytes=0-,0-", 1000), Whole);
    assert_eq!(resolve_text("bytes=0-500,500-999", 1000), Whole);
    assert_eq!(resolve_text("bytes=0-499,500-999", 1000), Part(range(0, 1000)));
}

#[test]
fn parts_that_cost_more_than_the_whole_get_the_whole() {
    // RFC 9110 section 15.3.7.2: "it can be less efficient to transfer many small disjoint parts than it is to
    // transfer the entire selected representation."
    let tiny: Vec<_> = (0..16).map(|n| format!("{0}-{0}", n * 10)).collect();
    let header = format!("bytes={}", tiny.join(","));
    assert_eq!(resolve_text(&header, 1000), Whole);
    assert!(matches!(resolve_text(&header, 3000), Parts(parts) if parts.len() == 16));
    // Two single bytes make 276 bytes of multipart body: worth it from 277 on.
    assert_eq!(resolve_text("bytes=0-0,9-9", 276), Whole);
    assert_eq!(resolve_text("bytes=0-0,9-9", 277), parts(&[(0, 1), (9, 10)]));
}

/// A range as a client means it, in numbers that no header is too large for.
#[derive(Debug, Clone, Copy)]
enum Asked {
    From(u128),
    Between(u128, u128),
    Suffix(u128),
}

impl Asked {
    fn write(self, zeros: usize) -> String {
        let zeros = "0".repeat(zeros);
        match self {
            Self::From(first) => format!("{zeros}{first}-"),
            Self::Between(first, last) => format!("{first}-{zeros}{last}"),
            Self::Suffix(len) => format!("-{zeros}{len}"),
        }
    }
}

/// The plain model: closed intervals in 128 bits, no cleverness. `None` stands for "ignore the header".
fn model(asked: &[Asked], object_len: u64) -> Option<Vec<(u128, u128)>> {
    let len = u128::from(object_len);
    let reversed = |asked: &Asked| matches!(asked, Asked::Between(first, last) if last < first);
    if asked.len() > 16 || asked.iter().any(reversed) || len == 0 {
        return None;
    }
    let mut left: Vec<(u128, u128)> = Vec::new();
    for spec in asked {
        match *spec {
            Asked::From(first) if first < len => left.push((first, len - 1)),
            Asked::Between(first, last) if first < len => left.push((first, last.min(len - 1))),
            Asked::Suffix(count) if count > 0 => left.push((len - count.min(len), len - 1)),
            _ => {}
        }
    }
    if left.iter().map(|(first, last)| last - first + 1).sum::<u128>() > len {
        return None;
    }
    // Merge any pair that touches into the earlier one, until none does.
    while let Some((a, b)) = (0..left.len())
        .flat_map(|b| (0..b).map(move |a| (a, b)))
        .find(|&(a, b)| left[a].0 <= left[b].1 + 1 && left[b].0 <= left[a].1 + 1)
    {
        let (first, last) = left.remove(b);
        left[a] = (left[a].0.min(first), left[a].1.max(last));
    }
    let body: u128 = left
        .iter()
        .map(|&(first, last)| {
            let start = u64::try_from(first).unwrap();
            let end = u64::try_from(last + 1).unwrap();
            let type_line = format!("Content-Type: {}\r\n", "t".repeat(ASSUMED_MEDIA_TYPE_BYTES));
            let range_line = format!(
                "Content-Range: {}\r\n",
                ContentRange::Part {
                    range: range(start, end),
                    object_len
                }
            );
            ("\r\n--\r\n\r\n".len() + 32 + type_line.len() + range_line.len()) as u128 + last - first + 1
        })
        .sum();
    let closing = "--\r\n--\r\n".len() as u128 + 32;
    (left.len() < 2 || body - 2 + closing < len).then_some(left)
}

fn number(object_len: u64) -> impl Strategy<Value = u128> {
    let len = u128::from(object_len);
    prop_oneof![
        4 => 0..len.saturating_mul(2).max(8),
        2 => len.saturating_sub(3)..len + 3,
        1 => 0_u128..4,
        1 => u128::from(u64::MAX) - 3..u128::from(u64::MAX) + 3,
        1 => Just(u128::MAX),
    ]
}

fn asked(object_len: u64) -> impl Strategy<Value = Asked> {
    prop_oneof![
        2 => number(object_len).prop_map(Asked::From),
        // Mostly short and the right way round, sometimes anything.
        8 => (number(object_len), 0_u128..40)
            .prop_map(|(first, more)| Asked::Between(first, first.saturating_add(more))),
        1 => (number(object_len), number(object_len)).prop_map(|(first, last)| Asked::Between(first, last)),
        2 => prop_oneof![number(object_len), 0_u128..40].prop_map(Asked::Suffix),
    ]
}

fn object_len() -> impl Strategy<Value = u64> {
    prop_oneof![
        0_u64..4,
        0_u64..600,
        600_u64..20_000,
        u64::MAX - 3..=u64::MAX,
        any::<u64>()
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 4096 }))]

    #[test]
    fn any_header_on_any_object_resolves_as_the_plain_model(
        (object_len, asked) in object_len()
            .prop_flat_map(|len| (Just(len), prop::collection::vec(asked(len), 1..=17))),
        separators in prop::collection::vec(
            prop::sample::select(vec![",", ", ", " ,", "\t,\t", ",,", ", ,"]), 17),
        zeros in prop::collection::vec(0_usize..2, 17),
    ) {
        let mut header = String::from("bytes=");
        for ((spec, separator), zeros) in asked.iter().zip(separators).zip(zeros) {
            header.push_str(&spec.write(zeros));
            header.push_str(separator);
        }
        prop_assume!(header.len() <= crate::range::MAX_RANGE_BYTES);
        let ours = RangeSet::parse(header.as_bytes()).map_or(Whole, |set| resolve(&set, object_len));
        let model = match model(&asked, object_len) {
            None => Whole,
            Some(left) => {
                let mut left: Vec<_> = left
                    .into_iter()
                    .map(|(first, last)| range(u64::try_from(first).unwrap(), u64::try_from(last + 1).unwrap()))
                    .collect();
                match left.len() {
                    0 => NotSatisfiable,
                    1 => Part(left.remove(0)),
                    _ => Parts(left),
                }
            }
        };
        prop_assert_eq!(ours, model, "{:?} on {}", header, object_len);
    }
}

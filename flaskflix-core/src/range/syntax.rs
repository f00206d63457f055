//! The grammar of the `Range` header ([RFC 9110 section 14.1.1]): text to [`RangeSet`].
//!
//! Knows nothing of any object; [`resolve`](super::resolve) does. `http-range-header` judges every spec. Around it
//! stands what it lacks: bounds, the list grammar of RFC 9110 section 5.6.1, the unit in any case, and numbers with
//! leading zeros or past `u64::MAX`, which are folded into its dialect first (`docs/adr/0006`).
//!
//! [RFC 9110 section 14.1.1]: https://www.rfc-editor.org/rfc/rfc9110#section-14.1.1

use std::str;

use http_range_header::{EndPosition, StartPosition, parse_range_header};
use smallvec::SmallVec;

/// The longest `Range` header that is read, in bytes: 1 KiB. A longer one is ignored.
///
/// Sixteen specs of two 20-digit numbers with their separators take 688 bytes.
pub const MAX_RANGE_BYTES: usize = 1024;

/// The most range specs that one header may hold: 16. A header with more is ignored.
///
/// Players ask for one range, download managers and PDF viewers for a handful; a set of hundreds is an attack
/// ([RFC 9110 section 17.15](https://www.rfc-editor.org/rfc/rfc9110#section-17.15)).
pub const MAX_RANGE_SPECS: usize = 16;

/// One range as a client wrote it, before it meets an object.
///
/// Numbers past `u64::MAX` are `u64::MAX` here: no object is that long, so nothing is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RangeSpec {
    /// `first-`: from a position to the end.
    From {
        /// Position of the first byte.
        first: u64,
    },
    /// `first-last`: both ends included. `last` is never below `first`.
    Between {
        /// Position of the first byte.
        first: u64,
        /// Position of the last byte.
        last: u64,
    },
    /// `-len`: the last bytes. `-0` is in the grammar and never satisfiable.
    Suffix {
        /// How many bytes.
        len: u64,
    },
}

/// Why a `Range` header is ignored: the request is answered as if it had none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeSyntaxError {
    /// The header is longer than [`MAX_RANGE_BYTES`].
    #[error("the header has more than {MAX_RANGE_BYTES} bytes")]
    TooLong,
    /// The header does not start with `bytes=`.
    #[error("the range unit is not bytes")]
    UnknownUnit,
    /// There is no range after `bytes=`.
    #[error("the range set is empty")]
    Empty,
    /// A list element is none of `first-last`, `first-` and `-len`.
    #[error("a range spec is malformed")]
    Malformed,
    /// The last position of a range is below its first.
    #[error("a range ends before it starts")]
    Reversed,
    /// There are more than [`MAX_RANGE_SPECS`] ranges.
    #[error("there are more than {MAX_RANGE_SPECS} ranges")]
    TooMany,
}

/// The ranges of one valid `Range` header, in the order asked: at least 1, at most [`MAX_RANGE_SPECS`].
///
/// # Examples
/// ```
/// use flaskflix_core::range::{RangeSet, RangeSpec};
/// let set = RangeSet::parse(b"bytes=0-499, -1")?;
/// assert_eq!(set.specs(), [RangeSpec::Between { first: 0, last: 499 }, RangeSpec::Suffix { len: 1 }]);
/// # Ok::<(), flaskflix_core::range::RangeSyntaxError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RangeSet {
    specs: [RangeSpec; MAX_RANGE_SPECS],
    len: usize,
}

impl RangeSet {
    /// Parses the value of a `Range` header. Any bytes will do; one small allocation a spec, in the crate.
    ///
    /// The unit's case does not matter. Spaces and tabs may stand around the value, around every list element and
    /// nowhere else; empty list elements are skipped. One bad spec makes the whole header invalid.
    ///
    /// # Errors
    /// [`RangeSyntaxError`] when the header is not a valid set of byte ranges, or larger than the two bounds
    /// allow. A server then ignores the header ([RFC 9110 section 14.2]: it "MAY ignore or reject a Range header
    /// field that contains an invalid ranges-specifier").
    ///
    /// [RFC 9110 section 14.2]: https://www.rfc-editor.org/rfc/rfc9110#section-14.2
    pub fn parse(header: &[u8]) -> Result<Self, RangeSyntaxError> {
        if header.len() > MAX_RANGE_BYTES {
            return Err(RangeSyntaxError::TooLong);
        }
        let mut set = Self {
            specs: [RangeSpec::Suffix { len: 0 }; MAX_RANGE_SPECS],
            len: 0,
        };
        for element in after_unit(trim_ows(header))?.split(|&byte| byte == b',') {
            let element = trim_ows(element);
            // RFC 9110 section 5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list
            // elements". The bound on the header is ours.
            if !element.is_empty() {
                set.push(RangeSpec::parse(element)?)?;
            }
        }
        if set.len == 0 {
            return Err(RangeSyntaxError::Empty);
        }
        Ok(set)
    }

    /// The ranges in the order asked.
    #[must_use]
    pub fn specs(&self) -> &[RangeSpec] {
        self.specs.get(..self.len).unwrap_or_default()
    }

    fn push(&mut self, spec: RangeSpec) -> Result<(), RangeSyntaxError> {
        *self.specs.get_mut(self.len).ok_or(RangeSyntaxError::TooMany)? = spec;
        self.len = self.len.saturating_add(1);
        Ok(())
    }
}

impl RangeSpec {
    /// `int-range / suffix-range` of the grammar.
    fn parse(spec: &[u8]) -> Result<Self, RangeSyntaxError> {
        let spec = str::from_utf8(spec).map_err(|_| RangeSyntaxError::Malformed)?;
        let folded = fold_numbers(spec);
        let folded = str::from_utf8(&folded).map_err(|_| RangeSyntaxError::Malformed)?;
        if folded == "bytes=-0" {
            // In the grammar, never satisfiable, and a syntax error to the crate.
            return Ok(Self::Suffix { len: 0 });
        }
        let parsed = parse_range_header(folded).map_err(|_| RangeSyntaxError::Malformed)?;
        let [range] = parsed.ranges.as_slice() else {
            return Err(RangeSyntaxError::Malformed);
        };
        match (range.start, range.end) {
            (StartPosition::FromLast(len), _) => Ok(Self::Suffix { len }),
            (StartPosition::Index(first), EndPosition::LastByte) => Ok(Self::From { first }),
            (StartPosition::Index(first), EndPosition::Index(last)) if last < first || is_reversed(spec) => {
                Err(RangeSyntaxError::Reversed)
            }
            (StartPosition::Index(first), EndPosition::Index(last)) => Ok(Self::Between { first, last }),
        }
    }
}

/// The spec behind `bytes=`, with every number as the crate wants it: no leading zeros, at most `u64::MAX`.
fn fold_numbers(spec: &str) -> SmallVec<[u8; FOLDED_BYTES]> {
    let mut folded = SmallVec::from_slice(b"bytes=");
    let mut rest = spec;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let other = rest
            .bytes()
            .skip(digits)
            .take_while(|byte| !byte.is_ascii_digit())
            .count();
        let (number, tail) = rest.split_at_checked(digits).unwrap_or(("", ""));
        let (text, tail) = tail.split_at_checked(other).unwrap_or((tail, ""));
        if !number.is_empty() {
            match significant(number) {
                "" => folded.push(b'0'),
                number if number.parse::<u64>().is_ok() => folded.extend_from_slice(number.as_bytes()),
                _ => folded.extend_from_slice(LARGEST),
            }
        }
        folded.extend_from_slice(text.as_bytes());
        rest = tail;
    }
    folded
}

/// `u64::MAX`, which stands for every number past it: no object is that long.
const LARGEST: &[u8] = b"18446744073709551615";

/// Room for the unit, two of the largest numbers and the dash. What is longer is malformed, and may take the heap.
const FOLDED_BYTES: usize = 64;

fn significant(number: &str) -> &str {
    number.trim_start_matches('0')
}

/// Whether a range ends before it starts, exact where folding made both ends equal.
fn is_reversed(spec: &str) -> bool {
    spec.split_once('-').is_some_and(|(first, last)| {
        let (first, last) = (significant(first), significant(last));
        (last.len(), last) < (first.len(), first)
    })
}

/// What follows `bytes=`. RFC 9110 section 14.1: "range unit names are case-insensitive".
fn after_unit(header: &[u8]) -> Result<&[u8], RangeSyntaxError> {
    const UNIT: &[u8] = b"bytes=";
    match header.split_at_checked(UNIT.len()) {
        Some((unit, set)) if unit.eq_ignore_ascii_case(UNIT) => Ok(set),
        _ => Err(RangeSyntaxError::UnknownUnit),
    }
}

/// `OWS` of RFC 9110 section 5.6.3 is spaces and tabs, nothing else.
fn trim_ows(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests;

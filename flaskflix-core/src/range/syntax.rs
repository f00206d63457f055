//! The grammar of the `Range` header ([RFC 9110 section 14.1.1]): text to [`RangeSet`].
//!
//! Knows nothing of any object; [`resolve`](super::resolve) does. The parser is ours because no crate has the
//! grammar whole *and* leaves the heap alone: `http-range-header` turns away leading zeros, empty list elements,
//! whitespace before a comma, `-0` and numbers past `u64::MAX`, all of which the grammar allows, and allocates
//! for a single range. The tests hold the two against each other.
//!
//! [RFC 9110 section 14.1.1]: https://www.rfc-editor.org/rfc/rfc9110#section-14.1.1

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
    /// Parses the value of a `Range` header. Any bytes will do; nothing is allocated.
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
        let dash = spec
            .iter()
            .position(|&byte| byte == b'-')
            .ok_or(RangeSyntaxError::Malformed)?;
        let (first, rest) = spec.split_at(dash);
        let last = rest.strip_prefix(b"-").unwrap_or_default();
        match (first.is_empty(), last.is_empty()) {
            (true, _) => Ok(Self::Suffix {
                len: Digits::parse(last)?.value(),
            }),
            (false, true) => Ok(Self::From {
                first: Digits::parse(first)?.value(),
            }),
            (false, false) => {
                let (first, last) = (Digits::parse(first)?, Digits::parse(last)?);
                if last.is_less_than(first) {
                    return Err(RangeSyntaxError::Reversed);
                }
                Ok(Self::Between {
                    first: first.value(),
                    last: last.value(),
                })
            }
        }
    }
}

/// `1*DIGIT` without its leading zeros: a number of any size.
#[derive(Clone, Copy)]
struct Digits<'a>(&'a [u8]);

impl<'a> Digits<'a> {
    fn parse(text: &'a [u8]) -> Result<Self, RangeSyntaxError> {
        if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
            return Err(RangeSyntaxError::Malformed);
        }
        let zeros = text.iter().take_while(|&&digit| digit == b'0').count();
        Ok(Self(text.get(zeros..).unwrap_or_default()))
    }

    /// The number, or `u64::MAX` when it is larger.
    fn value(self) -> u64 {
        self.0.iter().fold(0_u64, |value, digit| {
            value
                .saturating_mul(10)
                .saturating_add(u64::from(digit.saturating_sub(b'0')))
        })
    }

    /// Compares as numbers; exact where [`value`](Self::value) is not.
    fn is_less_than(self, other: Self) -> bool {
        (self.0.len(), self.0) < (other.0.len(), other.0)
    }
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

//! Ranges against an object ([RFC 9110 sections 14.1.2] and [14.2]): clamp, drop, coalesce, or give up on them.
//!
//! [RFC 9110 sections 14.1.2]: https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2
//! [14.2]: https://www.rfc-editor.org/rfc/rfc9110#section-14.2

use super::{ByteRange, MAX_RANGE_SPECS, RangeSet, RangeSpec, multipart};

/// The length of media type, in bytes, that the judgement "several parts cost more than the whole" assumes: 32.
///
/// The longest that FlaskFlix serves, `application/vnd.apple.mpegurl`, has 29. With a type up to this length a
/// body of [`Resolution::Parts`] is always smaller than the whole object.
pub const ASSUMED_MEDIA_TYPE_BYTES: usize = 32;

/// What a set of ranges comes to on an object of a known length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// The ranges are not worth serving: answer as if there were none.
    Whole,
    /// One range, inside the object.
    Part(ByteRange),
    /// At least two ranges inside the object, in the order asked, none overlapping or adjacent to another.
    Parts(Vec<ByteRange>),
    /// No range names a byte of the object.
    NotSatisfiable,
}

/// Resolves a set of ranges against an object of `object_len` bytes.
///
/// * A last position past the end means the end; a suffix longer than the object means all of it.
/// * Ranges that name no byte of the object are dropped; when none is left the set is not satisfiable.
/// * Ranges that overlap or touch become one, in the place of the one asked for first.
/// * [`Resolution::Whole`] when the object is empty (there is no `Content-Range` for it), when the ranges as asked
///   sum to more than the object, or when the multipart body would be no smaller than the whole object.
///
/// # Cost
/// Allocates for [`Resolution::Parts`] only. Quadratic in the number of ranges, which is at most
/// [`MAX_RANGE_SPECS`].
///
/// # Examples
/// ```
/// use flaskflix_core::range::{ByteRange, RangeSet, Resolution, resolve};
/// let set = RangeSet::parse(b"bytes=900-5000")?;
/// assert_eq!(resolve(&set, 1000), Resolution::Part(ByteRange::new(900, 1000).unwrap()));
/// assert_eq!(resolve(&set, 900), Resolution::NotSatisfiable);
/// # Ok::<(), flaskflix_core::range::RangeSyntaxError>(())
/// ```
#[must_use]
pub fn resolve(set: &RangeSet, object_len: u64) -> Resolution {
    if object_len == 0 {
        return Resolution::Whole;
    }
    let mut ranges = [None; MAX_RANGE_SPECS];
    for (range, spec) in ranges.iter_mut().zip(set.specs()) {
        *range = spec.resolve(object_len);
    }
    // `None` when the sum passes u64::MAX: more than any object holds.
    let asked = ranges
        .iter()
        .flatten()
        .try_fold(0, |sum: u64, range| sum.checked_add(range.len()));
    coalesce(&mut ranges);

    let mut left = ranges.iter().flatten().copied();
    match (left.next(), left.next()) {
        (None, _) => Resolution::NotSatisfiable,
        // More was asked for than there is: the client repeats itself.
        (Some(_), _) if asked.is_none_or(|sum| sum > object_len) => Resolution::Whole,
        (Some(range), None) => Resolution::Part(range),
        (Some(_), Some(_)) => several(&ranges, object_len),
    }
}

impl RangeSpec {
    /// The bytes of an object of `object_len` bytes that this spec names, or `None` when there are none.
    #[must_use]
    pub const fn resolve(self, object_len: u64) -> Option<ByteRange> {
        let (start, end) = match self {
            Self::From { first } => (first, object_len),
            Self::Between { first, last } if last < object_len => (first, last.saturating_add(1)),
            Self::Between { first, .. } => (first, object_len),
            Self::Suffix { len } => (object_len.saturating_sub(len), object_len),
        };
        ByteRange::new(start, end)
    }
}

/// Joins ranges that overlap or touch, in place. The joined range stands where its first member stood.
fn coalesce(ranges: &mut [Option<ByteRange>]) {
    for at in 0..ranges.len() {
        let (earlier, rest) = ranges.split_at_mut(at);
        let Some(mut place) = rest.first_mut() else { return };
        let Some(mut joined) = place.take() else { continue };
        // The earlier ones touch none of each other, so what the newcomer joins cannot reach a further one:
        // one pass is enough.
        for slot in earlier.iter_mut().rev() {
            if let Some(both) = slot.and_then(|range| range.join(joined)) {
                joined = both;
                *slot = None;
                place = slot;
            }
        }
        *place = Some(joined);
    }
}

/// Several parts, unless the whole object is no larger than they are with their headers.
fn several(ranges: &[Option<ByteRange>], object_len: u64) -> Resolution {
    let parts = ranges.iter().flatten().copied();
    if multipart::body_len(parts.clone(), object_len, ASSUMED_MEDIA_TYPE_BYTES) >= object_len {
        return Resolution::Whole;
    }
    let mut list = Vec::with_capacity(parts.clone().count());
    list.extend(parts);
    Resolution::Parts(list)
}

#[cfg(test)]
mod tests;

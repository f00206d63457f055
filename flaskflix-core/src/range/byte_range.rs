//! A non-empty, half-open range of bytes.

use std::{fmt, ops::Range};

/// A non-empty range of bytes, `start..end`.
///
/// # Examples
/// ```
/// use flaskflix_core::range::ByteRange;
/// let range = ByteRange::new(10, 20).unwrap();
/// assert_eq!((range.len(), range.last()), (10, 19));
/// assert!(ByteRange::new(20, 20).is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ByteRange {
    start: u64,
    end: u64,
}

#[expect(clippy::len_without_is_empty, reason = "a ByteRange is never empty")]
impl ByteRange {
    /// The range `start..end`, or `None` when it would be empty.
    #[must_use]
    pub const fn new(start: u64, end: u64) -> Option<Self> {
        if start < end {
            Some(Self { start, end })
        } else {
            None
        }
    }

    /// The range of `len` bytes from `start`, or `None` when it is empty or ends past `u64::MAX`.
    #[must_use]
    pub const fn from_len(start: u64, len: u64) -> Option<Self> {
        match start.checked_add(len) {
            Some(end) => Self::new(start, end),
            None => None,
        }
    }

    /// First byte.
    #[must_use]
    pub const fn start(self) -> u64 {
        self.start
    }

    /// One past the last byte.
    #[must_use]
    pub const fn end(self) -> u64 {
        self.end
    }

    /// The last byte, as HTTP counts.
    #[must_use]
    pub const fn last(self) -> u64 {
        self.end.saturating_sub(1)
    }

    /// Number of bytes, at least 1.
    #[must_use]
    pub const fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Both ranges as one, or `None` when there is a gap between them.
    ///
    /// # Examples
    /// ```
    /// use flaskflix_core::range::ByteRange;
    /// let (left, right) = (ByteRange::new(0, 10).unwrap(), ByteRange::new(10, 20).unwrap());
    /// assert_eq!(left.join(right), ByteRange::new(0, 20));
    /// assert_eq!(left.join(ByteRange::new(11, 20).unwrap()), None);
    /// ```
    #[must_use]
    pub fn join(self, other: Self) -> Option<Self> {
        if self.start > other.end || other.start > self.end {
            return None;
        }
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// Both ranges as one when `next` begins where this one ends, and `None` otherwise: other than [`join`](Self::join), which
    /// takes the order away and counts what is in both once.
    ///
    /// # Examples
    /// ```
    /// use flaskflix_core::range::ByteRange;
    /// let (left, right) = (ByteRange::new(0, 10).unwrap(), ByteRange::new(10, 20).unwrap());
    /// assert_eq!(left.followed_by(right), ByteRange::new(0, 20));
    /// assert_eq!(right.followed_by(left), None);
    /// ```
    #[must_use]
    pub fn followed_by(self, next: Self) -> Option<Self> {
        if self.end == next.start {
            Self::new(self.start, next.end)
        } else {
            None
        }
    }

    /// Makes one of every two neighbours in a list of which the second begins where the first ends.
    ///
    /// # Examples
    /// ```
    /// use flaskflix_core::range::ByteRange;
    /// let range = |start, end| ByteRange::new(start, end).unwrap();
    /// let mut ranges = vec![range(0, 10), range(10, 20), range(30, 40), range(20, 30)];
    /// ByteRange::join_touching(&mut ranges);
    /// assert_eq!(ranges, [range(0, 20), range(30, 40), range(20, 30)]);
    /// ```
    pub fn join_touching(ranges: &mut Vec<Self>) {
        ranges.dedup_by(|next, previous| {
            let joined = previous.followed_by(*next);
            *previous = joined.unwrap_or(*previous);
            joined.is_some()
        });
    }
}

impl fmt::Debug for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

impl From<ByteRange> for Range<u64> {
    fn from(range: ByteRange) -> Self {
        range.start..range.end
    }
}

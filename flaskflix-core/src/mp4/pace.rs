//! How much to read at once when looking for boxes.

/// Learns from the fragments found how large a read finds the next one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    /// Where the last fragment starts, and the size of a read that would have found it.
    last: Option<(u64, u64)>,
    /// Bytes from the start of one fragment to the next.
    stride: Option<u64>,
}

/// Bytes asked for before anything is known.
const PROBE_BYTES: u64 = 64 << 10;

/// Fragments that are closer to each other are read several at once, media and all.
const SMALL_STRIDE: u64 = 32 << 10;

/// Bytes of such a read.
const BULK_BYTES: u64 = 256 << 10;

/// Reads are multiples of this.
const PAGE_BYTES: u64 = 4 << 10;

impl Pace {
    /// A `moof` box of `size` bytes was found at `offset` by a read that started at `read_from`.
    pub(super) fn found(&mut self, read_from: u64, offset: u64, size: u64) {
        self.stride = self.last.and_then(|(last, _)| offset.checked_sub(last));
        let needed = offset.saturating_sub(read_from).saturating_add(size);
        self.last = Some((offset, needed));
    }

    /// Bytes to read next, at the box behind the last one.
    pub(super) fn read_bytes(&self) -> u64 {
        match (self.stride, self.last) {
            (Some(stride), _) if stride <= SMALL_STRIDE => BULK_BYTES,
            // A quarter more than the last one took: the next may have some samples more.
            (Some(_), Some((_, needed))) => needed
                .saturating_add(needed / 4)
                .saturating_add(MARGIN_BYTES)
                .next_multiple_of(PAGE_BYTES)
                .min(PROBE_BYTES),
            _ => PROBE_BYTES,
        }
    }
}

/// Room for small boxes in between, and the header of the box behind.
const MARGIN_BYTES: u64 = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_as_large_as_fragments_need() {
        let mut pace = Pace::default();
        assert_eq!(pace.read_bytes(), PROBE_BYTES);
        pace.found(0, 2000, 1500);
        assert_eq!(pace.read_bytes(), PROBE_BYTES, "one fragment has no stride");
        pace.found(1_000_000, 1_000_100, 1500);
        assert_eq!(pace.read_bytes(), PAGE_BYTES);
        pace.found(2_000_000, 2_000_100, 7000);
        assert_eq!(pace.read_bytes(), 3 * PAGE_BYTES);
        pace.found(3_000_000, 3_000_000, 1 << 20);
        assert_eq!(pace.read_bytes(), PROBE_BYTES);
    }

    #[test]
    fn small_fragments_are_read_many_at_once() {
        let mut pace = Pace::default();
        pace.found(0, 2000, 200);
        pace.found(0, 6000, 200);
        assert_eq!(pace.read_bytes(), BULK_BYTES);
    }
}

//! The knobs of the tiers.

use std::path::PathBuf;

/// Which tiers there are, how large they are, and how objects move into them.
///
/// # Defaults
/// * [`memory_bytes`](Self::memory_bytes): 0, no hot tier
/// * [`disk`](Self::disk): no warm tier
/// * [`block_bytes`](Self::block_bytes): 1 MiB
/// * [`max_fill_bytes`](Self::max_fill_bytes): 64 MiB
/// * [`prefetch_bytes`](Self::prefetch_bytes): 8 MiB
///
/// # Examples
/// ```
/// use flaskflix_storage::tiers::TierOptions;
/// let options = TierOptions::default()
///     .memory_bytes(512 << 20)
///     .disk("/var/cache/flaskflix", 100 << 30);
/// # let _ = options;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierOptions {
    pub(super) memory_bytes: u64,
    pub(super) disk: Option<DiskOptions>,
    pub(super) block_bytes: u64,
    pub(super) max_fill_bytes: u64,
    pub(super) prefetch_bytes: u64,
}

/// Where the warm tier is and how large it may grow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DiskOptions {
    pub(super) folder: PathBuf,
    pub(super) max_bytes: u64,
}

impl Default for TierOptions {
    fn default() -> Self {
        Self {
            memory_bytes: 0,
            disk: None,
            block_bytes: 1 << 20,
            max_fill_bytes: 64 << 20,
            prefetch_bytes: 8 << 20,
        }
    }
}

impl TierOptions {
    /// Most bytes of the hot tier, in memory. Default 0: there is none.
    ///
    /// The larger, the more viewers of different films are served without a disk; the process grows by as much. Less than sixteen
    /// blocks hold hardly more than what is on its way.
    #[must_use]
    pub const fn memory_bytes(mut self, bytes: u64) -> Self {
        self.memory_bytes = bytes;
        self
    }

    /// The folder of the warm tier, and most bytes in it. Default: there is none.
    ///
    /// The folder is made when it is not there. One process at a time uses it; others are refused. It holds media in the clear, readable
    /// by the user of the process alone (mode 0700). Nothing else should lie on a path that others can write to: what is there is
    /// checked against damage, not against forgery.
    #[must_use]
    pub fn disk(mut self, folder: impl Into<PathBuf>, max_bytes: u64) -> Self {
        self.disk = Some(DiskOptions {
            folder: folder.into(),
            max_bytes,
        });
        self
    }

    /// Bytes of a block, the unit in which objects move between the tiers. Default 1 MiB; between 64 KiB and 16 MiB, rounded down to a
    /// multiple of 64 KiB.
    ///
    /// Larger blocks mean fewer requests to the cold source and fewer files; smaller ones mean less that is read without being
    /// asked for. A warm tier that was filled with another size is of no use and goes as room is needed.
    #[must_use]
    pub fn block_bytes(mut self, bytes: u64) -> Self {
        let bytes = bytes.clamp(MIN_BLOCK_BYTES, MAX_BLOCK_BYTES);
        self.block_bytes = bytes.saturating_sub(bytes % MIN_BLOCK_BYTES);
        self
    }

    /// Most bytes of blocks on their way up from the cold source. Default 64 MiB, and at least one block.
    ///
    /// When as many are on their way, a read of a block that is in no tier goes straight to the cold source and fills none.
    #[must_use]
    pub const fn max_fill_bytes(mut self, bytes: u64) -> Self {
        self.max_fill_bytes = bytes;
        self
    }

    /// How far the source reads ahead of somebody who reads on where a read before has ended, as players do from segment to
    /// segment. Default 8 MiB, a segment of six seconds at 11 Mbit/s; 0 turns prefetch off.
    ///
    /// As much as the read itself is fetched, up to this bound. Who jumps about causes none.
    #[must_use]
    pub const fn prefetch_bytes(mut self, bytes: u64) -> Self {
        self.prefetch_bytes = bytes;
        self
    }

    /// How many blocks may be on their way.
    pub(super) fn max_fills(&self) -> usize {
        let fills = self.max_fill_bytes.checked_div(self.block_bytes).unwrap_or(1);
        usize::try_from(fills).unwrap_or(MAX_FILLS).clamp(1, MAX_FILLS)
    }
}

const MIN_BLOCK_BYTES: u64 = 64 << 10;
const MAX_BLOCK_BYTES: u64 = 16 << 20;
/// Each is a task and, on an object store, a request.
const MAX_FILLS: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_sizes_stay_within_their_bounds() {
        for (asked, got) in [
            (0, 64 << 10),
            (100_000, 64 << 10),
            (1 << 20, 1 << 20),
            (u64::MAX, 16 << 20),
        ] {
            assert_eq!(
                TierOptions::default().block_bytes(asked).block_bytes,
                got,
                "{asked}"
            );
        }
    }

    #[test]
    fn at_least_one_block_may_be_on_its_way() {
        let options = TierOptions::default().max_fill_bytes(0);
        assert_eq!(options.max_fills(), 1);
        assert_eq!(TierOptions::default().max_fills(), 64);
    }
}

//! Where the chain of an encrypted object can be entered.

use std::{
    fmt,
    sync::{PoisonError, RwLock},
};

use super::{
    Iv,
    lanes::{Chain, STRETCH_BYTES},
};

/// The last block of every 16 KiB of one encrypted object, as far as somebody has encrypted it: a thousandth of it.
///
/// CBC chains every block to the one before it. Whoever knows a block can go on behind it: a range from the middle
/// is encrypted from the checkpoint before it and not from the object's start, and stretches between known checkpoints
/// are encrypted side by side, which is many times faster. Kept and shared between the requests for an object,
/// they make it slow once and fast ever after. Without them everything is as right, and slower.
///
/// They are blocks of ciphertext and no secret.
///
/// # Examples
/// ```
/// use flaskflix_core::encrypt::{Checkpoints, Iv};
/// let checkpoints = Checkpoints::new(Iv::new([7; 16]), 2_000_000);
/// assert!(checkpoints.memory_bytes() < 2_500);
/// ```
pub struct Checkpoints {
    iv: Iv,
    /// The block behind stretch `i`, without gaps from the first on.
    blocks: RwLock<Vec<Chain>>,
    most_blocks: usize,
}

impl Checkpoints {
    /// Checkpoints of the object with this vector, none of them known. `clear_len` is its clear length in bytes.
    #[must_use]
    pub fn new(iv: Iv, clear_len: u64) -> Self {
        let stretches = usize::try_from(clear_len).unwrap_or(usize::MAX) / STRETCH_BYTES;
        Self {
            iv,
            blocks: RwLock::default(),
            most_blocks: stretches.min(MOST_BLOCKS),
        }
    }

    /// The vector of the object that they belong to. It names the key and the clear bytes, so that checkpoints are
    /// never taken for those of another object.
    #[must_use]
    pub const fn iv(&self) -> Iv {
        self.iv
    }

    /// Memory in bytes once all are known.
    #[must_use]
    pub const fn memory_bytes(&self) -> u64 {
        let blocks = self.most_blocks.saturating_mul(size_of::<Chain>());
        blocks.saturating_add(size_of::<Self>()) as u64
    }

    /// The last stretch up to `wanted` whose start is known.
    pub(super) fn entry(&self, wanted: u64) -> u64 {
        let known = self.blocks.read().unwrap_or_else(PoisonError::into_inner).len();
        wanted.min(known as u64)
    }

    /// What the stretches from this one on are chained to, as far as it is known.
    pub(super) fn starts<const N: usize>(&self, stretch: u64) -> Starts<N> {
        let blocks = self.blocks.read().unwrap_or_else(PoisonError::into_inner);
        let mut starts = Starts::default();
        for place in starts.chains.iter_mut().zip(stretch..) {
            let known = match place.1.checked_sub(1) {
                None => Some(self.iv.as_bytes()),
                Some(before) => usize::try_from(before).ok().and_then(|at| blocks.get(at)),
            };
            let Some(known) = known else { break };
            *place.0 = *known;
            starts.known = starts.known.saturating_add(1);
        }
        starts
    }

    /// Keeps the block behind a stretch, when it is the next that is missing.
    pub(super) fn learn(&self, stretch: u64, last_block: Chain) {
        let mut blocks = self.blocks.write().unwrap_or_else(PoisonError::into_inner);
        if blocks.len() as u64 == stretch && blocks.len() < self.most_blocks {
            if blocks.capacity() == 0 {
                blocks.reserve_exact(self.most_blocks);
            }
            blocks.push(last_block);
        }
    }
}

impl fmt::Debug for Checkpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoints")
            .field("iv", &self.iv)
            .finish_non_exhaustive()
    }
}

/// Starts of up to `N` neighbouring stretches.
#[derive(Debug)]
pub(super) struct Starts<const N: usize> {
    chains: [Chain; N],
    known: usize,
}

impl<const N: usize> Starts<N> {
    pub(super) fn known(&self) -> &[Chain] {
        self.chains.get(..self.known).unwrap_or_default()
    }
}

impl<const N: usize> Default for Starts<N> {
    fn default() -> Self {
        Self {
            chains: [Chain::default(); N],
            known: 0,
        }
    }
}

/// Bounds the memory of one object's checkpoints to 16 MiB: those of 16 GiB.
const MOST_BLOCKS: usize = 1024 * 1024;

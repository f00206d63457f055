//! The CBC kernel: several stretches of one object at a time, each chained from a block of its own.
//!
//! One block of CBC has to wait for the block before it, some 40 cycles of latency in which the processor could begin
//! seven others. Stretches whose starting blocks are known do not wait for each other: eight side by side are nine
//! times as fast as one (8.5 GB/s against 0.94 on the machine of `docs/BENCHMARKS.md`).

use std::{array, slice};

use aes::{
    Aes128Enc, Block,
    cipher::{
        BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt as _, BlockSizeUser, consts::U16,
    },
};

/// Bytes of a block.
pub(super) const BLOCK_BYTES: usize = 16;

/// Bytes that are encrypted one after the other; between stretches a [`Checkpoint`](super::Checkpoints) is kept.
pub(super) const STRETCH_BYTES: usize = 16 * 1024;

/// Stretches that are encrypted side by side.
pub(super) const LANES: usize = 8;

/// One block of ciphertext, which the next one is chained to.
pub(super) type Chain = [u8; BLOCK_BYTES];

/// Encrypts up to [`LANES`] stretches in place, each chained to its own start. `text` is whole blocks, whole stretches but
/// for the last. Bytes without a start are left alone.
pub(super) fn encrypt(cipher: &Aes128Enc, starts: &[Chain], text: &mut [u8]) {
    let mut stretches = text.chunks_mut(STRETCH_BYTES).zip(starts);
    let lanes = array::from_fn(|_| match stretches.next() {
        Some((stretch, start)) => Lane {
            blocks: stretch.as_chunks_mut().0.iter_mut(),
            chain: *start,
        },
        None => Lane::default(),
    });
    cipher.encrypt_with_backend(Lanes(lanes));
}

struct Lanes<'a>([Lane<'a>; LANES]);

#[derive(Default)]
struct Lane<'a> {
    blocks: slice::IterMut<'a, [u8; BLOCK_BYTES]>,
    chain: Chain,
}

impl BlockSizeUser for Lanes<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Lanes<'_> {
    /// Inlined into the function of the cipher that may use the processor's AES instructions.
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, cipher: &B) {
        let Self(mut lanes) = self;
        let longest = lanes.iter().map(|lane| lane.blocks.len()).max().unwrap_or(0);
        for _ in 0..longest {
            for lane in &mut lanes {
                if let Some(text) = lane.blocks.next() {
                    let chained = u128::from_ne_bytes(*text) ^ u128::from_ne_bytes(lane.chain);
                    let mut block = Block::from(chained.to_ne_bytes());
                    cipher.encrypt_block_inplace(&mut block);
                    *text = block.into();
                    lane.chain = *text;
                }
            }
        }
    }
}

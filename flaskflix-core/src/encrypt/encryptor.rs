//! AES-128-CBC with PKCS7 padding as a stream: clear chunks in, chunks of one range of the encrypted object out.

use std::{fmt, sync::Arc};

use aes::{Aes128Enc, cipher::KeyInit as _};
use bytes::{Bytes, BytesMut};

use super::{
    Checkpoints, ContentKey,
    lanes::{self, BLOCK_BYTES, Chain, LANES, STRETCH_BYTES},
};
use crate::range::ByteRange;

/// Encrypts the clear bytes of one [`EncryptedRange`](super::EncryptedRange), front to back.
///
/// Made by [`EncryptedRange::open`](super::EncryptedRange::open), which says which clear bytes it wants.
///
/// # Cost
/// 512 KiB of memory. Every byte is copied once, into the chunk in which it is encrypted in place. About 1 GB/s for
/// bytes that nobody has encrypted before, several times that between known [`Checkpoints`].
pub struct Encryptor {
    cipher: Aes128Enc,
    checkpoints: Arc<Checkpoints>,
    /// The stretch that the batch starts with.
    stretch: u64,
    /// Clear bytes that are gathered for the next chunk.
    batch: BytesMut,
    /// What the batch is chained to.
    chain: Chain,
    /// Encrypted bytes before the range that are still to be dropped.
    skip_bytes: u64,
    /// Encrypted bytes that are still to be given out.
    left_bytes: u64,
    /// Whether the object's padding is in the range.
    pads: bool,
}

impl Encryptor {
    /// Encrypts `range` of an encrypted object, from the stretch on whose start is known. `pads` when the last block is
    /// in the range.
    pub(super) fn new(
        key: &ContentKey,
        checkpoints: Arc<Checkpoints>,
        stretch: u64,
        range: ByteRange,
        pads: bool,
    ) -> Self {
        let start = stretch.saturating_mul(STRETCH_BYTES as u64);
        let chain = checkpoints.starts::<1>(stretch).known().first().copied();
        Self {
            cipher: Aes128Enc::new(key.as_bytes().into()),
            chain: chain.unwrap_or_default(),
            checkpoints,
            stretch,
            batch: BytesMut::new(),
            skip_bytes: range.start().saturating_sub(start),
            left_bytes: range.len(),
            pads,
        }
    }

    /// Takes clear bytes from the front of `clear`, as many as there is room for, and gives the next chunk of the range
    /// once there is one. Ask again until `clear` is empty.
    pub fn encrypt(&mut self, clear: &mut Bytes) -> Option<Bytes> {
        let room = CHUNK_BYTES.saturating_sub(self.batch.len());
        let taken = clear.split_to(room.min(clear.len()));
        if self.batch.capacity() == 0 {
            self.batch.reserve(self.next_chunk_bytes());
        }
        self.batch.extend_from_slice(&taken);
        if self.batch.len() < CHUNK_BYTES {
            return None;
        }
        Some(self.emit()).filter(|chunk| !chunk.is_empty())
    }

    /// The rest, padded when the range goes to the object's end. To be called once, after the last clear byte.
    pub fn finish(&mut self) -> Option<Bytes> {
        if std::mem::take(&mut self.pads) {
            // PKCS7 (RFC 5652 section 6.3): always one byte at least, each says how many they are.
            let pad = BLOCK_BYTES.saturating_sub(self.batch.len() % BLOCK_BYTES);
            let len = self.batch.len().saturating_add(pad);
            self.batch.resize(len, u8::try_from(pad).unwrap_or(16));
        }
        Some(self.emit()).filter(|chunk| !chunk.is_empty())
    }

    /// Encrypts the batch and gives out what of it is in the range.
    fn emit(&mut self) -> Bytes {
        let mut text = self.batch.split();
        for batch in text.chunks_mut(BATCH_BYTES) {
            self.encrypt_batch(batch);
        }
        let mut chunk = text.freeze();
        let skip = self.skip_bytes.min(chunk.len() as u64);
        self.skip_bytes = self.skip_bytes.saturating_sub(skip);
        let _ = chunk.split_to(usize::try_from(skip).unwrap_or(usize::MAX));
        chunk.truncate(usize::try_from(self.left_bytes).unwrap_or(usize::MAX));
        self.left_bytes = self.left_bytes.saturating_sub(chunk.len() as u64);
        chunk
    }

    /// Encrypts a batch in place: side by side what can be entered at checkpoints, the rest one after the other.
    fn encrypt_batch(&mut self, text: &mut [u8]) {
        let starts = self.checkpoints.starts::<LANES>(self.stretch);
        let parallel = starts.known().len().saturating_mul(STRETCH_BYTES).min(text.len());
        let (parallel, serial) = text.split_at_mut(parallel);
        lanes::encrypt(&self.cipher, starts.known(), parallel);
        self.pass(parallel);
        for stretch in serial.chunks_mut(STRETCH_BYTES) {
            lanes::encrypt(&self.cipher, &[self.chain], stretch);
            self.pass(stretch);
        }
    }

    /// Goes on behind encrypted stretches; the block behind the last is learned when that is a whole one.
    fn pass(&mut self, encrypted: &[u8]) {
        let Some(last) = encrypted.last_chunk() else {
            return;
        };
        self.chain = *last;
        let stretches = encrypted.len().div_ceil(STRETCH_BYTES) as u64;
        self.stretch = self.stretch.saturating_add(stretches);
        if encrypted.len().is_multiple_of(STRETCH_BYTES) {
            self.checkpoints.learn(self.stretch.saturating_sub(1), *last);
        }
    }

    /// How much the next chunk will hold: small objects take little memory.
    fn next_chunk_bytes(&self) -> usize {
        let left = self
            .skip_bytes
            .saturating_add(self.left_bytes)
            .saturating_add(BLOCK_BYTES as u64);
        usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK_BYTES)
    }
}

impl fmt::Debug for Encryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The key schedule is a secret, the batch is clear media: omitted.
        f.debug_struct("Encryptor")
            .field("stretch", &self.stretch)
            .field("skip_bytes", &self.skip_bytes)
            .field("left_bytes", &self.left_bytes)
            .finish_non_exhaustive()
    }
}

/// What is encrypted in one go: one stretch for every lane.
const BATCH_BYTES: usize = LANES * STRETCH_BYTES;

/// What is given out in one go: every chunk is a system call and wakes the client.
const CHUNK_BYTES: usize = 4 * BATCH_BYTES;

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "the tests' numbers are small")]
mod tests;

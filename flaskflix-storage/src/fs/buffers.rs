//! A bounded pool of read buffers that travel as `Bytes` and come home when the last reader drops them.

use std::{
    fmt, mem,
    sync::{Arc, PoisonError},
};

use bytes::Bytes;

use super::options::{ReadOptions, SPARE_CHUNK_BYTES};
use crate::sync::{Mutex, MutexGuard};

#[cfg(test)]
#[cfg(shuttle)]
mod models;

/// Hands out buffers of two sizes: a whole chunk, and a quarter of one for small bodies and for times of need.
///
/// Buffers are zeroed when they are made and reused as they are: `unsafe` is denied here, and zeroing a chunk
/// once is nothing beside the thousands of reads into it. A reused buffer shows only the bytes that the new
/// read has filled.
#[derive(Debug)]
pub(super) struct BufferPool {
    chunk_bytes: usize,
    quarter_bytes: usize,
    max_bytes_in_use: usize,
    max_idle_bytes: usize,
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    /// Last in, first out: the buffer used last is the one most likely in the processor's cache.
    chunks: Vec<Box<[u8]>>,
    quarters: Vec<Box<[u8]>>,
    idle_bytes: usize,
    bytes_in_use: usize,
}

impl BufferPool {
    pub(super) fn new(options: &ReadOptions) -> Arc<Self> {
        Arc::new(Self {
            chunk_bytes: options.chunk_bytes,
            quarter_bytes: (options.chunk_bytes / 4).max(SPARE_CHUNK_BYTES),
            max_bytes_in_use: options.max_buffered_bytes,
            max_idle_bytes: options.idle_buffer_bytes,
            shelf: Mutex::default(),
        })
    }

    /// A buffer for the next chunk of a body that still has `wanted` bytes to come.
    ///
    /// Never waits: small bodies and everything past the cap get a buffer of their own.
    pub(super) fn take(self: &Arc<Self>, wanted: u64) -> ReadBuffer {
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let pooled = if wanted > SPARE_CHUNK_BYTES {
            self.take_pooled(wanted)
        } else {
            None
        };
        let (memory, pool) = match pooled {
            Some(memory) => (memory, Some(Arc::clone(self))),
            None => (vec![0; wanted.min(SPARE_CHUNK_BYTES)].into(), None),
        };
        ReadBuffer {
            memory,
            filled: 0,
            pool,
        }
    }

    /// Bytes of the pooled buffers that are in use.
    pub(super) fn bytes_in_use(&self) -> usize {
        self.shelf().bytes_in_use
    }

    fn take_pooled(&self, wanted: usize) -> Option<Box<[u8]>> {
        let mut shelf = self.shelf();
        let after = |bytes: usize| shelf.bytes_in_use.saturating_add(bytes);
        // Half of the memory is for quarters, so that paused players leave room for those who play.
        let whole = wanted > self.quarter_bytes && after(self.chunk_bytes) <= self.max_bytes_in_use / 2;
        let bytes = if whole {
            self.chunk_bytes
        } else {
            self.quarter_bytes
        };
        if after(bytes) > self.max_bytes_in_use {
            return None;
        }
        shelf.bytes_in_use = after(bytes);
        let idle = self.shelf_of(&mut shelf, bytes).pop();
        if idle.is_some() {
            shelf.idle_bytes = shelf.idle_bytes.saturating_sub(bytes);
        }
        drop(shelf);
        Some(idle.unwrap_or_else(|| vec![0; bytes].into()))
    }

    fn put_back(&self, memory: Box<[u8]>) {
        let mut shelf = self.shelf();
        let bytes = memory.len();
        shelf.bytes_in_use = shelf.bytes_in_use.saturating_sub(bytes);
        let idle_bytes = shelf.idle_bytes.saturating_add(bytes);
        if idle_bytes <= self.max_idle_bytes {
            shelf.idle_bytes = idle_bytes;
            self.shelf_of(&mut shelf, bytes).push(memory);
        }
    }

    fn shelf_of<'a>(&self, shelf: &'a mut Shelf, bytes: usize) -> &'a mut Vec<Box<[u8]>> {
        if bytes == self.quarter_bytes {
            &mut shelf.quarters
        } else {
            &mut shelf.chunks
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The buffers hold megabytes of old media: counted, not shown.
        f.debug_struct("Shelf")
            .field("idle_bytes", &self.idle_bytes)
            .field("bytes_in_use", &self.bytes_in_use)
            .finish_non_exhaustive()
    }
}

/// A buffer that is being filled. Goes back to its pool when dropped.
pub(super) struct ReadBuffer {
    memory: Box<[u8]>,
    filled: usize,
    /// `None`: the buffer is a spare one and is freed instead.
    pool: Option<Arc<BufferPool>>,
}

impl ReadBuffer {
    /// The part that is not filled yet.
    pub(super) fn room(&mut self) -> &mut [u8] {
        self.memory.get_mut(self.filled..).unwrap_or_default()
    }

    /// Says that the first `len` bytes of the room are filled now.
    pub(super) fn fill(&mut self, len: usize) {
        self.filled = self.filled.saturating_add(len).min(self.memory.len());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// The filled part, shared without a copy.
    pub(super) fn freeze(mut self) -> Bytes {
        if self.pool.is_some() {
            return Bytes::from_owner(self);
        }
        // A spare one has no way home that somebody would have to remember.
        let mut memory = Vec::from(mem::take(&mut self.memory));
        memory.truncate(self.filled);
        Bytes::from(memory)
    }
}

impl AsRef<[u8]> for ReadBuffer {
    fn as_ref(&self) -> &[u8] {
        self.memory.get(..self.filled).unwrap_or_default()
    }
}

impl Drop for ReadBuffer {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take() {
            pool.put_back(mem::take(&mut self.memory));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK: usize = 512 << 10;

    fn pool(max_bytes_in_use: usize, max_idle_bytes: usize) -> Arc<BufferPool> {
        let options = ReadOptions::default().max_buffered_bytes(max_bytes_in_use);
        BufferPool::new(&options.idle_buffer_bytes(max_idle_bytes))
    }

    #[test]
    fn buffer_comes_home_when_the_last_clone_is_dropped() {
        let pool = pool(4 * CHUNK, 2 * CHUNK);
        let mut buffer = pool.take(u64::MAX);
        buffer.room()[..3].copy_from_slice(b"abc");
        buffer.fill(3);
        let bytes = buffer.freeze();
        let clone = bytes.slice(1..);
        drop(bytes);
        assert_eq!(&clone[..], b"bc");
        assert_eq!(pool.bytes_in_use(), CHUNK);
        drop(clone);
        assert_eq!((pool.bytes_in_use(), pool.shelf().chunks.len()), (0, 1));
    }

    #[test]
    fn reused_buffer_shows_only_what_was_filled_anew() {
        let pool = pool(2 * CHUNK, CHUNK);
        let mut first = pool.take(u64::MAX);
        first.room().fill(b'x');
        first.fill(usize::MAX);
        drop(first.freeze());
        let mut second = pool.take(u64::MAX);
        second.room()[0] = b'y';
        second.fill(1);
        assert_eq!(&second.freeze()[..], b"y");
    }

    #[test]
    fn what_fits_a_quarter_takes_a_quarter() {
        let pool = pool(4 * CHUNK, 4 * CHUNK);
        assert_eq!(pool.take(CHUNK as u64 / 4).room().len(), CHUNK / 4);
        assert_eq!(pool.take(CHUNK as u64 / 4 + 1).room().len(), CHUNK);
        let shelf = pool.shelf();
        assert_eq!(
            (shelf.quarters.len(), shelf.chunks.len(), shelf.idle_bytes),
            (1, 1, CHUNK / 4 + CHUNK)
        );
    }

    #[test]
    fn buffers_shrink_with_the_memory_that_is_left_and_nobody_waits() {
        let pool = pool(2 * CHUNK, 9 * CHUNK);
        let mut taken: Vec<_> = (0..6).map(|_| pool.take(u64::MAX)).collect();
        let sizes: Vec<usize> = taken.iter_mut().map(|buffer| buffer.room().len()).collect();
        // One chunk fills half of the memory, four quarters the other half; the rest is not pooled.
        let quarter = CHUNK / 4;
        assert_eq!(
            sizes,
            [CHUNK, quarter, quarter, quarter, quarter, SPARE_CHUNK_BYTES]
        );
        assert_eq!(pool.bytes_in_use(), 2 * CHUNK);
        drop(taken);
        assert_eq!((pool.bytes_in_use(), pool.shelf().idle_bytes), (0, 2 * CHUNK));
    }

    #[test]
    fn no_more_idle_buffers_are_kept_than_asked_for() {
        let pool = pool(8 * CHUNK, CHUNK);
        drop([pool.take(u64::MAX), pool.take(u64::MAX), pool.take(u64::MAX)]);
        let shelf = pool.shelf();
        assert_eq!((shelf.chunks.len(), shelf.idle_bytes), (1, CHUNK));
    }

    #[test]
    fn small_body_takes_no_pooled_buffer() {
        let pool = pool(4 * CHUNK, 4 * CHUNK);
        assert_eq!(pool.take(300).room().len(), 300);
        assert_eq!(pool.shelf().idle_bytes, 0);
    }
}

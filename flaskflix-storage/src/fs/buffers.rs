//! A bounded pool of read buffers that travel as `Bytes` and come home when the last reader drops them.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

use super::options::{ReadOptions, SPARE_CHUNK_BYTES};

/// Hands out buffers of one size.
///
/// Buffers are zeroed when they are made and reused as they are: `unsafe` is denied here, and zeroing 128 KiB
/// once is nothing beside the thousands of reads into it. A reused buffer shows only the bytes that the new
/// read has filled.
#[derive(Debug)]
pub(super) struct BufferPool {
    chunk_bytes: usize,
    max_in_use: usize,
    max_idle: usize,
    shelf: Mutex<Shelf>,
}

struct Shelf {
    /// Last in, first out: the buffer used last is the one most likely in the processor's cache.
    idle: Vec<Box<[u8]>>,
    in_use: usize,
}

impl BufferPool {
    pub(super) fn new(options: &ReadOptions) -> Arc<Self> {
        let buffers_in = |bytes: usize| bytes.checked_div(options.chunk_bytes).unwrap_or(0);
        Arc::new(Self {
            chunk_bytes: options.chunk_bytes,
            max_in_use: buffers_in(options.max_buffered_bytes),
            max_idle: buffers_in(options.idle_buffer_bytes),
            shelf: Mutex::new(Shelf {
                idle: Vec::new(),
                in_use: 0,
            }),
        })
    }

    /// A buffer for the next chunk of a body that still has `wanted` bytes to come.
    ///
    /// Never waits: small bodies and everything past the cap get a buffer of their own.
    pub(super) fn take(self: &Arc<Self>, wanted: u64) -> ReadBuffer {
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let pooled = if wanted > SPARE_CHUNK_BYTES {
            self.take_pooled()
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
        self.shelf().in_use.saturating_mul(self.chunk_bytes)
    }

    fn take_pooled(&self) -> Option<Box<[u8]>> {
        let mut shelf = self.shelf();
        if shelf.in_use >= self.max_in_use {
            return None;
        }
        shelf.in_use = shelf.in_use.saturating_add(1);
        let idle = shelf.idle.pop();
        drop(shelf);
        Some(idle.unwrap_or_else(|| vec![0; self.chunk_bytes].into()))
    }

    fn put_back(&self, memory: Box<[u8]>) {
        let mut shelf = self.shelf();
        shelf.in_use = shelf.in_use.saturating_sub(1);
        if shelf.idle.len() < self.max_idle {
            shelf.idle.push(memory);
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
            .field("idle", &self.idle.len())
            .field("in_use", &self.in_use)
            .finish()
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
    pub(super) fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
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
            pool.put_back(std::mem::take(&mut self.memory));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(max_in_use: usize, max_idle: usize) -> Arc<BufferPool> {
        let options = ReadOptions::default();
        let bytes = options.chunk_bytes;
        BufferPool::new(
            &options
                .max_buffered_bytes(max_in_use * bytes)
                .idle_buffer_bytes(max_idle * bytes),
        )
    }

    #[test]
    fn buffer_comes_home_when_the_last_clone_is_dropped() {
        let pool = pool(2, 2);
        let mut buffer = pool.take(u64::MAX);
        buffer.room()[..3].copy_from_slice(b"abc");
        buffer.fill(3);
        let bytes = buffer.freeze();
        let clone = bytes.slice(1..);
        drop(bytes);
        assert_eq!(&clone[..], b"bc");
        assert_eq!(pool.bytes_in_use(), 128 << 10);
        drop(clone);
        assert_eq!((pool.bytes_in_use(), pool.shelf().idle.len()), (0, 1));
    }

    #[test]
    fn reused_buffer_shows_only_what_was_filled_anew() {
        let pool = pool(1, 1);
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
    fn past_the_cap_buffers_are_small_and_not_pooled() {
        let pool = pool(1, 9);
        let mut large = pool.take(u64::MAX);
        let mut spare = pool.take(u64::MAX);
        assert_eq!(large.room().len(), 128 << 10);
        assert_eq!(spare.room().len(), SPARE_CHUNK_BYTES);
        assert_eq!(pool.bytes_in_use(), 128 << 10);
        drop((large, spare));
        assert_eq!((pool.bytes_in_use(), pool.shelf().idle.len()), (0, 1));
    }

    #[test]
    fn no_more_idle_buffers_are_kept_than_asked_for() {
        let pool = pool(4, 1);
        drop([pool.take(u64::MAX), pool.take(u64::MAX), pool.take(u64::MAX)]);
        assert_eq!(pool.shelf().idle.len(), 1);
    }

    #[test]
    fn small_body_takes_no_pooled_buffer() {
        let pool = pool(4, 4);
        assert_eq!(pool.take(300).room().len(), 300);
        assert!(pool.shelf().idle.is_empty());
    }
}

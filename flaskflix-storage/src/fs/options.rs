//! The knobs of reading, and what reading tells about itself.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How files are read.
///
/// # Defaults
/// * [`chunk_bytes`](Self::chunk_bytes): 512 KiB
/// * [`max_buffered_bytes`](Self::max_buffered_bytes): 256 MiB
/// * [`idle_buffer_bytes`](Self::idle_buffer_bytes): 32 MiB
/// * [`read_ahead_bytes`](Self::read_ahead_bytes): 1 MiB
/// * [`zero_copy_after`](Self::zero_copy_after): 10 s
///
/// # Examples
/// ```
/// use flaskflix_storage::fs::ReadOptions;
/// // A small machine: 64 MiB for all bodies together.
/// let options = ReadOptions::default().max_buffered_bytes(64 << 20).idle_buffer_bytes(8 << 20);
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadOptions {
    pub(super) chunk_bytes: usize,
    pub(super) max_buffered_bytes: usize,
    pub(super) idle_buffer_bytes: usize,
    pub(super) read_ahead_bytes: u64,
    pub(super) zero_copy_after: Duration,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            chunk_bytes: 512 << 10,
            max_buffered_bytes: 256 << 20,
            idle_buffer_bytes: 32 << 20,
            read_ahead_bytes: 1 << 20,
            zero_copy_after: Duration::from_secs(10),
        }
    }
}

impl ReadOptions {
    /// Most bytes per chunk of a body. Default 512 KiB; kept within 16 KiB and 4 MiB.
    ///
    /// What is left of a body takes a quarter of that when it fits. Every chunk is one write to the socket, and a write
    /// wakes the peer: on loopback chunks of 512 KiB cost a third less processor time than chunks of 128 KiB. A connection whose
    /// peer stops reading keeps one chunk.
    #[must_use]
    pub fn chunk_bytes(mut self, bytes: usize) -> Self {
        self.chunk_bytes = bytes.clamp(SPARE_CHUNK_BYTES, 4 << 20);
        self
    }

    /// Memory that pooled buffers in use may take, all bodies together, in bytes. Default 256 MiB.
    ///
    /// Past half of it chunks are a quarter as large. Past all of it a body goes on with small buffers of its own (16 KiB)
    /// instead of waiting for a pooled one: a waiting body would hang for as long as the paused players before it. So
    /// this bounds the pooled buffers; beyond it every body costs at most 16 KiB for each chunk that its connection
    /// still holds.
    #[must_use]
    pub fn max_buffered_bytes(mut self, bytes: usize) -> Self {
        self.max_buffered_bytes = bytes;
        self
    }

    /// Memory that is kept for the next reads when bodies end, in bytes. Default 32 MiB.
    ///
    /// Less gives memory back sooner; more saves zeroing buffers when many bodies start at once.
    #[must_use]
    pub fn idle_buffer_bytes(mut self, bytes: usize) -> Self {
        self.idle_buffer_bytes = bytes;
        self
    }

    /// How far ahead the kernel is asked to read when a chunk was not in the page cache, in bytes. Default
    /// 1 MiB.
    ///
    /// Larger saves seeks on spinning disks and round trips on network disks; smaller wastes less when a
    /// viewer seeks away. 0 leaves it to the kernel.
    #[must_use]
    pub fn read_ahead_bytes(mut self, bytes: u64) -> Self {
        self.read_ahead_bytes = bytes;
        self
    }

    /// For how long a file must not have changed to be sent without a copy over connections that can (`sendfile`: HTTP/1.1 without
    /// TLS on `flaskflix_http::serve`), in whole seconds. Default 10 s; [`Duration::MAX`] is never.
    ///
    /// A file that is overwritten in place while it is sent ends the response with an error, copied or not. What a copy
    /// rules out and zero copy does not: bytes that the kernel has queued and the client has not read yet change with the file, so that
    /// an answer whose last byte was already queued may look complete and hold bytes of both versions. Writing a new
    /// version beside the old one and renaming it is always safe. Who overwrites films in place, and cares, sets `Duration::MAX`.
    #[must_use]
    pub fn zero_copy_after(mut self, age: Duration) -> Self {
        self.zero_copy_after = age;
        self
    }
}

/// Size of the buffers that are used when the pool is exhausted, and below which no pooled buffer is taken.
pub(super) const SPARE_CHUNK_BYTES: usize = 16 << 10;

/// How many chunks were read in which way since the folder was opened.
///
/// A rising share of `cold_chunks` says that the films being watched no longer fit in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ReadStats {
    /// Chunks that were in the page cache and were read without leaving the calling thread.
    pub hot_chunks: u64,
    /// Chunks that had to wait for the disk, read on the blocking pool.
    pub cold_chunks: u64,
    /// Chunks that were sent from the page cache without a copy.
    pub sent_chunks: u64,
    /// Bytes of pooled buffers in use at this moment.
    pub buffered_bytes: u64,
}

/// The counters behind [`ReadStats`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) hot_chunks: AtomicU64,
    pub(super) cold_chunks: AtomicU64,
    pub(super) sent_chunks: AtomicU64,
}

impl Counters {
    pub(super) fn count(counter: &AtomicU64) {
        // Relaxed: the counters order nothing, they are only read for display.
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn snapshot(&self, buffered_bytes: usize) -> ReadStats {
        ReadStats {
            hot_chunks: self.hot_chunks.load(Ordering::Relaxed),
            cold_chunks: self.cold_chunks.load(Ordering::Relaxed),
            sent_chunks: self.sent_chunks.load(Ordering::Relaxed),
            buffered_bytes: buffered_bytes as u64,
        }
    }
}

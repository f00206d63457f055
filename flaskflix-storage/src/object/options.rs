//! The knobs of reading from an object store.

use std::time::Duration;

/// How an [`ObjectStoreSource`](super::ObjectStoreSource) opens and reads.
///
/// # Defaults
/// * [`patience`](Self::patience): 10 s
/// * [`min_bytes_per_second`](Self::min_bytes_per_second): 32 KiB
/// * [`idle_timeout`](Self::idle_timeout): 3 s
/// * [`coalesce_gap_bytes`](Self::coalesce_gap_bytes): 512 KiB
/// * [`open_cache`](Self::open_cache): nothing is kept
/// * [`trust_weak_validators`](Self::trust_weak_validators): no
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use flaskflix_storage::object::ObjectOptions;
/// // Give up soon, and ask for a film's version at most every other second.
/// let options = ObjectOptions::default()
///     .patience(Duration::from_secs(4))
///     .open_cache(Duration::from_secs(2));
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectOptions {
    pub(super) patience: Duration,
    pub(super) min_bytes_per_second: u32,
    pub(super) idle_timeout: Duration,
    pub(super) coalesce_gap_bytes: u64,
    pub(super) open_cache: Duration,
    pub(super) trust_weak_validators: bool,
}

impl Default for ObjectOptions {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(10),
            min_bytes_per_second: 32 << 10,
            idle_timeout: Duration::from_secs(3),
            coalesce_gap_bytes: 512 << 10,
            open_cache: Duration::ZERO,
            trust_weak_validators: false,
        }
    }
}

impl ObjectOptions {
    /// How long an open, a list or a read may wait for the store in all, tries, pauses and retries together. Default 10 s.
    ///
    /// Bytes that arrive give a read its patience back, at [`min_bytes_per_second`](Self::min_bytes_per_second): a store that
    /// hangs ends the read after this time, one that works never does. Time in which nobody asks the read for bytes (a
    /// paused player) does not count. Longer rides out longer faults; shorter tells players sooner, which retry by
    /// themselves.
    #[must_use]
    pub fn patience(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// The slowest a read may be for long, in bytes per second, at least 1. Default 32 KiB.
    ///
    /// A store that drips slower than this uses up the [`patience`](Self::patience). Larger gives up sooner on what no player
    /// could play; smaller serves slow links.
    #[must_use]
    pub fn min_bytes_per_second(mut self, bytes: u32) -> Self {
        self.min_bytes_per_second = bytes.max(1);
        self
    }

    /// How long one request may bring nothing before it is dropped and asked again, from the byte that was reached. Default 3 s,
    /// never longer than what is left of the [`patience`](Self::patience).
    ///
    /// Shorter leaves a dead connection sooner; shorter than the store's slowest first byte would never get any.
    #[must_use]
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = time;
        self
    }

    /// Up to how many bytes between two ranges are read and thrown away, so that one request serves both. Default 512 KiB.
    ///
    /// Larger makes fewer requests; smaller wastes less traffic. 512 KiB arrive in less time than a request takes.
    #[must_use]
    pub fn coalesce_gap_bytes(mut self, bytes: u64) -> Self {
        self.coalesce_gap_bytes = bytes;
        self
    }

    /// How long what is known of an object (its version and length, never its bytes) answers further opens. Default zero: every
    /// open asks the store, and sees what was stored before it.
    ///
    /// With two seconds, viewers of the same film share one request every two seconds instead of making one for each segment. An
    /// object that is replaced may be opened as it was for this long; reads of it then fail with
    /// [`Changed`](flaskflix_core::source::SourceError::Changed), never with wrong bytes, and the first that fails ends the waiting.
    #[must_use]
    pub fn open_cache(mut self, time: Duration) -> Self {
        self.open_cache = time;
        self
    }

    /// Whether objects are served whose store gives no strong entity tag. Default no: opening them fails.
    ///
    /// S3, Google Cloud Storage and Azure always give one; some web servers give a weak one (`W/"..."`) or none. With `true` such an
    /// object's version is what its weak tag, its modification time (whole seconds) and its length say. Two versions
    /// of one length stored within a second can then mix in one film.
    #[must_use]
    pub fn trust_weak_validators(mut self, trust: bool) -> Self {
        self.trust_weak_validators = trust;
        self
    }
}

//! The knobs of a database.

use std::time::Duration;

/// How a [`SqliteDatabase`](super::SqliteDatabase) is opened and used.
///
/// # Defaults
/// * [`busy_timeout`](Self::busy_timeout): 2 s
/// * [`readers`](Self::readers): 4
/// * [`queue_changes`](Self::queue_changes): 10,000
/// * [`batch_changes`](Self::batch_changes): 500
/// * [`batch_wait`](Self::batch_wait): 0
/// * [`retry_after`](Self::retry_after): 1 s
/// * [`cached_titles`](Self::cached_titles): 10,000
/// * [`cache_for`](Self::cache_for): 1 s
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use flaskflix_storage::sql::SqliteOptions;
/// // Another program writes to the same file, and slowly.
/// let options = SqliteOptions::default().busy_timeout(Duration::from_secs(10));
/// # let _ = options;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    pub(super) busy_timeout: Duration,
    pub(super) readers: u32,
    pub(super) queue_changes: usize,
    pub(super) batch_changes: usize,
    pub(super) batch_wait: Duration,
    pub(super) retry_after: Duration,
    pub(super) cached_titles: u64,
    pub(super) cache_for: Duration,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(2),
            readers: 4,
            queue_changes: 10_000,
            batch_changes: 500,
            batch_wait: Duration::ZERO,
            retry_after: Duration::from_secs(1),
            cached_titles: 10_000,
            cache_for: Duration::from_secs(1),
        }
    }
}

impl SqliteOptions {
    /// How long to wait for another process that holds the database. Default 2 s; kept within 0 and 60 s.
    ///
    /// Longer forgives backups and editors, shorter answers sooner that the database is locked. Changes of progress wait in
    /// their queue meanwhile.
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout.min(Duration::from_secs(60));
        self
    }

    /// Connections that read. Default 4; kept within 1 and 64.
    ///
    /// Each costs a thread and its page cache, about 2 MB. They never wait for the writer.
    #[must_use]
    pub fn readers(mut self, readers: u32) -> Self {
        self.readers = readers.clamp(1, 64);
        self
    }

    /// Most changes of progress that wait to be written. Default 10,000; at least 1.
    ///
    /// More rides out longer stalls of the disk, at some hundred bytes each and a longer wait for those behind; when it is full,
    /// a change is refused at once.
    #[must_use]
    pub fn queue_changes(mut self, changes: usize) -> Self {
        self.queue_changes = changes.clamp(1, 1 << 20);
        self
    }

    /// Most changes of progress in one transaction. Default 500; kept within 1 and 5,000.
    ///
    /// More makes a busy disk do more per flush; fewer lets others write to the database sooner.
    #[must_use]
    pub fn batch_changes(mut self, changes: usize) -> Self {
        self.batch_changes = changes.clamp(1, 5_000);
        self
    }

    /// How long the writer waits for more changes before it writes those it has. Default 0; at most 100 ms.
    ///
    /// At 0 a change after idleness is written at once, and while it is being written the next batch gathers by itself. More
    /// saves flushes of the disk at the price of that much latency for every change: with 64 writers on a disk that flushes in
    /// 0.3 ms, 5 ms halve the changes per second and multiply the wait of a lone one by 25 (`benches/sqlite_progress.rs`).
    #[must_use]
    pub fn batch_wait(mut self, wait: Duration) -> Self {
        self.batch_wait = wait.min(Duration::from_millis(100));
        self
    }

    /// What a refused change is told to wait. Default 1 s.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = wait;
        self
    }

    /// Most titles that the catalogue keeps in memory. Default 10,000, about 1 KB each; 0 keeps none.
    #[must_use]
    pub fn cached_titles(mut self, titles: u64) -> Self {
        self.cached_titles = titles;
        self
    }

    /// How long a title is answered from memory before it is read again. Default 1 s; at most 60 s.
    ///
    /// This is how late a change that *another process* made to a movie is seen. Changes through this process are seen at
    /// once. Longer saves one small read per title and period.
    #[must_use]
    pub fn cache_for(mut self, time: Duration) -> Self {
        self.cache_for = time.min(Duration::from_secs(60));
        self
    }
}

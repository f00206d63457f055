//! The knobs of a database.

use std::time::Duration;

/// How a [`PostgresDatabase`](super::PostgresDatabase) is opened and used.
///
/// # Defaults
/// * [`connections`](Self::connections): 16
/// * [`connect_timeout`](Self::connect_timeout): 2 s
/// * [`answer_timeout`](Self::answer_timeout): 4 s
/// * [`transaction_pooler`](Self::transaction_pooler): no
/// * [`application_name`](Self::application_name): `flaskflix`
/// * [`writers`](Self::writers): 2
/// * [`queue_changes`](Self::queue_changes): 10,000
/// * [`batch_changes`](Self::batch_changes): 500
/// * [`batch_wait`](Self::batch_wait): 0
/// * [`retry_after`](Self::retry_after): 1 s
/// * [`cached_titles`](Self::cached_titles): 10,000
/// * [`cache_for`](Self::cache_for): 1 s
///
/// # Examples
/// ```
/// use flaskflix_storage::sql::PostgresOptions;
/// // Eight nodes share a server that takes 100 connections.
/// let options = PostgresOptions::default().connections(10).application_name("flaskflix-node-3");
/// # let _ = options;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresOptions {
    pub(super) connections: u32,
    pub(super) connect_timeout: Duration,
    pub(super) answer_timeout: Duration,
    pub(super) transaction_pooler: bool,
    pub(super) application_name: String,
    pub(super) writers: u32,
    pub(super) queue_changes: usize,
    pub(super) batch_changes: usize,
    pub(super) batch_wait: Duration,
    pub(super) retry_after: Duration,
    pub(super) cached_titles: u64,
    pub(super) cache_for: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            connections: 16,
            connect_timeout: Duration::from_secs(2),
            answer_timeout: Duration::from_secs(4),
            transaction_pooler: false,
            application_name: "flaskflix".to_owned(),
            writers: 2,
            queue_changes: 10_000,
            batch_changes: 500,
            batch_wait: Duration::ZERO,
            retry_after: Duration::from_secs(1),
            cached_titles: 10_000,
            cache_for: Duration::from_secs(1),
        }
    }
}

impl PostgresOptions {
    /// Most connections that answer requests. Default 16; kept within 1 and 1,000.
    ///
    /// They are made when they are needed, or all at once by [`warm`](super::PostgresDatabase::warm). Each costs the server a process and some megabytes; a request that finds none free
    /// waits. What writes progress has connections of its own.
    #[must_use]
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.clamp(1, 1_000);
        self
    }

    /// How long to wait for a connection, a new one or a free one. Default 2 s; kept within 100 ms and 60 s.
    ///
    /// Within this time a server that starts again is not noticed by those who ask; longer keeps more requests waiting while it
    /// is away. One that has to be made may take five times as long: those who ask meanwhile are told that there is none, those
    /// who come later find it.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout.clamp(MIN_TIMEOUT, MAX_TIMEOUT);
        self
    }

    /// How long any call takes at most, the wait for a connection included. Default 4 s; kept within 100 ms and 60 s.
    ///
    /// Counted here, by our own clock: a server that is stopped, or behind a cable that was pulled, says nothing at all. Its
    /// connection is given up then. The server itself ends a statement after the same time.
    #[must_use]
    pub fn answer_timeout(mut self, timeout: Duration) -> Self {
        self.answer_timeout = timeout.clamp(MIN_TIMEOUT, MAX_TIMEOUT);
        self
    }

    /// Whether the URL is that of a pooler which gives out connections by the transaction, PgBouncer with
    /// `pool_mode = transaction` for example. Default no.
    ///
    /// Then no statement stays prepared, and every read is a transaction of its own: two round trips more for each.
    #[must_use]
    pub fn transaction_pooler(mut self, pooler: bool) -> Self {
        self.transaction_pooler = pooler;
        self
    }

    /// The name under which `pg_stat_activity` lists the connections. Default `flaskflix`; the server cuts it at 63 bytes.
    #[must_use]
    pub fn application_name(mut self, name: impl Into<String>) -> Self {
        self.application_name = name.into();
        self
    }

    /// Tasks that write progress, each with a connection beside those of [`connections`](Self::connections). Default 2; kept
    /// within 1 and 64.
    ///
    /// One commits while another one gathers. More make smaller batches, and so more work for the server.
    #[must_use]
    pub fn writers(mut self, writers: u32) -> Self {
        self.writers = writers.clamp(1, 64);
        self
    }

    /// Most changes of progress that wait to be written. Default 10,000; at least 1.
    ///
    /// More rides out longer stalls of the server, at some hundred bytes each and a longer wait for those behind; when it is
    /// full, a change is refused at once.
    #[must_use]
    pub fn queue_changes(mut self, changes: usize) -> Self {
        self.queue_changes = changes.clamp(1, 1 << 20);
        self
    }

    /// Most changes of progress in one transaction. Default 500; kept within 1 and 5,000.
    ///
    /// More makes a busy server do more per flush; fewer hold their locks for a shorter time.
    #[must_use]
    pub fn batch_changes(mut self, changes: usize) -> Self {
        self.batch_changes = changes.clamp(1, 5_000);
        self
    }

    /// How long a writer waits for more changes before it writes those it has. Default 0; at most 100 ms.
    ///
    /// At 0 a change after idleness is written at once, and while it is being written the next batch gathers by itself. More
    /// saves flushes of the disk at the price of that much latency for every change.
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
    /// This is how late a change that *another node* made to a movie is seen. Changes through this handle are seen at once.
    /// Longer saves one small read per title, node and period.
    #[must_use]
    pub fn cache_for(mut self, time: Duration) -> Self {
        self.cache_for = time.min(MAX_TIMEOUT);
        self
    }
}

const MIN_TIMEOUT: Duration = Duration::from_millis(100);
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

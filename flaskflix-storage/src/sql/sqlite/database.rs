//! One database file and its connections.

use std::{path::Path, sync::Arc, time::Duration};

use flaskflix_core::progress::Rules;
use sqlx::{
    ConnectOptions, Connection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{SqliteIndexes, SqliteMovies, SqliteOptions, SqliteProgress, file::DatabaseFile, migrations};
use crate::sql::SqlError;

/// An open SQLite database: a handle, cheap to clone, over one file and its connections.
///
/// One connection writes, several read; in WAL mode neither waits for the other. Several handles and several processes may
/// have the same file open; SQLite lets one of them write at a time. The file must be on a local disk: the locks of network
/// file systems are not good enough.
///
/// Applications may keep tables of their own in the same file; the names of ours are `movies`, `watch_progress` and those
/// that begin with `flaskflix_` or `_flaskflix_`.
///
/// # Examples
/// ```
/// use flaskflix_core::{catalog::Catalog, id::TitleId, progress::Rules, time::UnixMillis};
/// use flaskflix_storage::sql::{MovieData, SqliteDatabase, SqliteOptions};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let database = SqliteDatabase::open(folder.path().join("flaskflix.db"), SqliteOptions::default()).await?;
/// let movies = database.movies();
/// let film = MovieData { title: "Hello".into(), video_url: Some("hello.mp4".into()), ..MovieData::default() };
/// let id = movies.insert(&film, UnixMillis::from_millis(1_700_000_000_000)).await?;
///
/// let title = movies.title(&TitleId::parse(&id.to_string())?).await?;
/// assert_eq!(title.map(|title| title.name.clone()).as_deref(), Some("Hello"));
///
/// let progress = database.progress(Rules::default());
/// // ... hand `movies` and `progress` to the edge; when it has ended:
/// # let _ = progress;
/// database.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SqliteDatabase {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    file: DatabaseFile,
    options: SqliteOptions,
    writer: SqlitePool,
    reader: SqlitePool,
    movies: SqliteMovies,
    /// Becomes true when the database closes. Every task of ours keeps a receiver for as long as it runs.
    closing: Arc<watch::Sender<bool>>,
}

impl SqliteDatabase {
    /// Opens a database, makes it when there is none, and brings its tables up to date.
    ///
    /// A new file, and what SQLite puts beside it (`-wal`, `-shm`), can be read and written by its owner only; a file that
    /// exists keeps its permissions. Its folder must exist. All missing migrations run in one transaction, so two programs
    /// that open a database at once do not disturb each other.
    ///
    /// # Errors
    /// * [`SqlError::NoFolder`], [`SqlError::File`], [`SqlError::ReadOnly`], [`SqlError::Full`]: the place is not fit for it
    /// * [`SqlError::NotADatabase`], [`SqlError::Damaged`]: the file is not
    /// * [`SqlError::Newer`]: a newer program has changed the tables; [`SqlError::Migration`]: they cannot be brought up to date
    /// * [`SqlError::Locked`]: another process holds the database for longer than [`SqliteOptions::busy_timeout`]
    pub async fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, SqlError> {
        let file = DatabaseFile::create(path.as_ref())?;
        let deadline = Instant::now() + options.busy_timeout;
        let writer = loop {
            match open_writer(&file, &options).await {
                // The change to WAL mode does not wait for other processes by itself.
                Err(SqlError::Locked(_)) if Instant::now() < deadline => sleep(RETRY_PAUSE).await,
                opened => break opened?,
            }
        };
        let reader = open_readers(&file, &options).await?;
        let movies = SqliteMovies::new(writer.clone(), reader.clone(), &options);
        Ok(Self {
            shared: Arc::new(Shared {
                file,
                options,
                writer,
                reader,
                movies,
                closing: Arc::new(watch::Sender::new(false)),
            }),
        })
    }

    /// The connections that read. They see what was committed when their statement began, and cannot write.
    #[must_use]
    pub fn reader(&self) -> &SqlitePool {
        &self.shared.reader
    }

    /// The one connection that writes. Hold it for as short as possible: everything that writes waits for it.
    ///
    /// A transaction that reads before it writes must begin with `begin_with("BEGIN IMMEDIATE")`: a plain `BEGIN` fails, and
    /// does not wait, when another process has written in between.
    #[must_use]
    pub fn writer(&self) -> &SqlitePool {
        &self.shared.writer
    }

    /// The movies: the catalogue and its editing. All handles share one cache.
    #[must_use]
    pub fn movies(&self) -> SqliteMovies {
        self.shared.movies.clone()
    }

    /// The progress of viewers, by these rules.
    ///
    /// Starts the task that writes on the runtime of the caller: call it once and clone what it returns. The task ends when
    /// the database is closed or the last clone is gone, after it has written what it had accepted.
    ///
    /// The place of an entry in the "continue watching" row is stored. When the rules are other ones than last time, the places
    /// are derived again in the background, 500 entries to a transaction; until then the row is that of the old rules.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn progress(&self, rules: Rules) -> SqliteProgress {
        SqliteProgress::start(
            rules,
            self.shared.writer.clone(),
            self.shared.reader.clone(),
            &self.shared.options,
            Arc::clone(&self.shared.closing),
        )
    }

    /// The records of indexes, together of at most `max_bytes`: 2 GiB are about a thousand films of two hours.
    #[must_use]
    pub fn indexes(&self, max_bytes: u64) -> SqliteIndexes {
        SqliteIndexes::new(self.shared.writer.clone(), self.shared.reader.clone(), max_bytes)
    }

    /// Whether the database answers and its file is in its place: for readiness probes. Reads one row.
    ///
    /// # Errors
    /// [`SqlError`] when it does not; [`SqlError::Replaced`] when what is written would go nowhere.
    pub async fn check(&self) -> Result<(), SqlError> {
        if !self.shared.file.is_in_place() {
            return Err(SqlError::Replaced);
        }
        sqlx::query("SELECT 1 FROM movies LIMIT 1")
            .fetch_optional(&self.shared.reader)
            .await?;
        Ok(())
    }

    /// Writes what waits in the queues of progress, moves the write-ahead log into the database file, and closes every
    /// connection, for all clones.
    ///
    /// Later calls fail with [`SqlError::Closed`]. Closing twice, or at the same time, does nothing more. Dropping all handles
    /// without closing loses nothing that was acknowledged.
    ///
    /// # Cancellation
    /// A dropped `close` goes on as far as the queues are concerned; call it again for the rest.
    pub async fn close(&self) {
        self.shared.closing.send_replace(true);
        self.shared.closing.closed().await;
        self.shared.reader.close().await;
        // The last connection that closes moves the log into the file and removes it.
        self.shared.writer.close().await;
    }
}

async fn open_writer(file: &DatabaseFile, options: &SqliteOptions) -> Result<SqlitePool, SqlError> {
    let connect = connect_options(file, options)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", JOURNAL_BYTES)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES);
    let pool = pool_options(options)
        .max_connections(1)
        // SQLite rolls a transaction back by itself when the disk is full, and then sqlx still counts one: such a connection
        // would refuse every later transaction. It is replaced.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect_with(connect)
        .await?;
    migrations::run(&mut *pool.acquire().await?).await?;
    Ok(pool)
}

async fn open_readers(file: &DatabaseFile, options: &SqliteOptions) -> Result<SqlitePool, SqlError> {
    let connect = connect_options(file, options).pragma("query_only", "ON");
    let pool = pool_options(options).max_connections(options.readers);
    Ok(pool.connect_with(connect).await?)
}

fn pool_options(options: &SqliteOptions) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .acquire_timeout(options.busy_timeout.max(Duration::from_secs(1)))
        // A connection to a local file does not go stale.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

fn connect_options(file: &DatabaseFile, options: &SqliteOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file.path())
        .busy_timeout(options.busy_timeout)
        .foreign_keys(true)
        // Functions and virtual tables in the schema of a file that somebody else has made are not run.
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

/// Pause between two attempts to open a database that another process opens at the same time.
const RETRY_PAUSE: Duration = Duration::from_millis(10);

/// What the write-ahead log is cut back to after it has grown: 64 MiB.
const JOURNAL_BYTES: &str = "67108864";

/// How large the write-ahead log becomes, in pages of 4 KiB, before it is moved into the file.
const CHECKPOINT_PAGES: &str = "4000";

//! One database file and its connections.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use flaskflix_core::progress::Rules;
use sqlx::{
    ConnectOptions, Connection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::{SqlError, SqliteMovies, SqliteOptions, SqliteProgress, file::DatabaseFile, migrations};

/// An open SQLite database: a handle, cheap to clone, over one file and its connections.
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
    /// Becomes true when the database closes.
    closing: watch::Sender<bool>,
    /// The writer tasks of progress.
    tasks: Mutex<Vec<JoinHandle<()>>>,
    movies: SqliteMovies,
}

impl SqliteDatabase {
    /// Opens a database, makes it when there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// [`SqlError`] says what is in the way.
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
        let reader = SqlitePoolOptions::new()
            .max_connections(options.readers)
            .acquire_timeout(options.busy_timeout.max(Duration::from_secs(1)))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(connect_options(&file, &options).pragma("query_only", "ON"))
            .await?;
        let movies = SqliteMovies::new(writer.clone(), reader.clone(), &options);
        Ok(Self {
            shared: Arc::new(Shared {
                file,
                options,
                writer,
                reader,
                closing: watch::Sender::new(false),
                tasks: Mutex::default(),
                movies,
            }),
        })
    }

    /// The connections that read. They see what was committed when their statement began, and cannot write.
    #[must_use]
    pub fn reader(&self) -> &SqlitePool {
        &self.shared.reader
    }

    /// The one connection that writes. Keep it for as short as possible: everything that writes waits for it.
    #[must_use]
    pub fn writer(&self) -> &SqlitePool {
        &self.shared.writer
    }

    /// The movies: the catalogue and its editing.
    #[must_use]
    pub fn movies(&self) -> SqliteMovies {
        self.shared.movies.clone()
    }

    /// The progress of viewers, by these rules. Starts the task that writes: call it once, inside a tokio runtime, and
    /// clone what it returns.
    #[must_use]
    pub fn progress(&self, rules: Rules) -> SqliteProgress {
        let closing = self.shared.closing.subscribe();
        let (progress, task) = SqliteProgress::start(
            rules,
            self.shared.writer.clone(),
            self.shared.reader.clone(),
            &self.shared.options,
            closing,
        );
        let mut tasks = self.shared.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.retain(|task| !task.is_finished());
        tasks.push(task);
        progress
    }

    /// Whether the database answers and its file is in its place: for readiness probes.
    ///
    /// # Errors
    /// [`SqlError`] when it does not.
    pub async fn check(&self) -> Result<(), SqlError> {
        sqlx::query("SELECT 1 FROM movies LIMIT 1")
            .fetch_optional(&self.shared.reader)
            .await?;
        if self.shared.file.is_in_place() {
            Ok(())
        } else {
            Err(SqlError::Replaced)
        }
    }

    /// Writes what waits in the queues of progress, moves the write-ahead log into the database file, and closes every
    /// connection, of all clones. Later calls fail; closing twice does nothing.
    pub async fn close(&self) {
        self.shared.closing.send_replace(true);
        let tasks = std::mem::take(&mut *self.shared.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            // An error is a panic in the task or a runtime that went away: nothing is left to flush.
            let _ = task.await;
        }
        self.shared.reader.close().await;
        // The last connection that closes moves the log into the file and removes it.
        self.shared.writer.close().await;
    }
}

async fn open_writer(file: &DatabaseFile, options: &SqliteOptions) -> Result<SqlitePool, SqlError> {
    let connect = connect_options(file, options)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", JOURNAL_BYTES);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(options.busy_timeout.max(Duration::from_secs(1)))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // SQLite rolls a transaction back by itself when the disk is full, and then sqlx still counts one: such a connection
        // would refuse every later transaction. It is replaced.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect_with(connect)
        .await?;
    let mut connection = pool.acquire().await?;
    migrations::run(&mut connection).await?;
    drop(connection);
    Ok(pool)
}

fn connect_options(file: &DatabaseFile, options: &SqliteOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file.path())
        .busy_timeout(options.busy_timeout)
        .foreign_keys(true)
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

/// Pause between two attempts to open a database that another process opens at the same time.
const RETRY_PAUSE: Duration = Duration::from_millis(10);

/// What the write-ahead log is cut back to after it has grown.
const JOURNAL_BYTES: &str = "67108864";

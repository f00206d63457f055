//! One server and its connections.

use std::sync::Arc;

use flaskflix_core::progress::Rules;
use sqlx::{PgPool, Postgres, pool::PoolConnection};
use tokio::sync::watch;

use super::{PostgresIndexes, PostgresMovies, PostgresOptions, PostgresProgress, link::Link, migrations};
use crate::sql::SqlError;

/// An open PostgreSQL database: a handle, cheap to clone, over its connections. Any number of nodes may have the same
/// database open.
///
/// PostgreSQL 13 or newer. The role needs the right to make tables in the first schema of its `search_path`; the names of ours
/// are `movies`, `watch_progress` and those that begin with `flaskflix_` or `_flaskflix_`. Applications may keep tables of
/// their own beside them.
///
/// # When the server is away
/// Every call ends within [`answer_timeout`](PostgresOptions::answer_timeout), whether the server refuses connections, is
/// stopped, or falls silent; it fails with [`SqlError::Away`]. Nothing has to be opened again: the first call after the server is
/// back finds it.
///
/// # Examples
/// ```no_run
/// use flaskflix_core::{catalog::Catalog, id::TitleId, time::UnixMillis};
/// use flaskflix_storage::sql::{MovieData, MovieStore, PostgresDatabase, PostgresOptions};
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let url = "postgres://flaskflix@db.example/flaskflix";
/// let database = PostgresDatabase::open(url, PostgresOptions::default()).await?;
/// let movies = database.movies();
/// let film = MovieData { title: "Hello".into(), video_url: Some("hello.mp4".into()), ..MovieData::default() };
/// let id = movies.insert(&film, UnixMillis::from_millis(1_700_000_000_000)).await?;
/// let title = movies.title(&TitleId::parse(&id.to_string())?).await?;
/// database.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct PostgresDatabase {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: PostgresOptions,
    link: Link,
    movies: PostgresMovies,
    /// Becomes true when the database closes. Every task of ours keeps a receiver for as long as it runs.
    closing: Arc<watch::Sender<bool>>,
}

impl PostgresDatabase {
    /// Connects to a server and brings the tables of its database up to date.
    ///
    /// `url` is `postgres://user:password@host:port/database?sslmode=verify-full`; what it leaves out is taken from the
    /// environment variables of `libpq` (`PGHOST`, `PGPASSWORD`, `PGSSLMODE` ...). The database must exist. All missing
    /// migrations run in one transaction under a lock, so nodes that start at once do not disturb each other.
    ///
    /// # Errors
    /// * [`SqlError::Url`]: the text is not the URL of a PostgreSQL server
    /// * [`SqlError::Away`]: the server cannot be reached within [`connect_timeout`](PostgresOptions::connect_timeout), or the
    ///   tables are not up to date within a minute
    /// * [`SqlError::Refused`]: it does not let this role into this database
    /// * [`SqlError::Newer`]: a newer program has changed the tables; [`SqlError::Migration`]: they cannot be brought up to date
    pub async fn open(url: &str, options: PostgresOptions) -> Result<Self, SqlError> {
        let link = Link::new(url, &options)?;
        migrations::run(&link).await?;
        let movies = PostgresMovies::new(link.clone(), &options);
        Ok(Self {
            shared: Arc::new(Shared {
                options,
                link,
                movies,
                closing: Arc::new(watch::Sender::new(false)),
            }),
        })
    }

    /// The connections that answer requests, for the application's own tables.
    ///
    /// Statements of your own have no bound on this side; put one around them (`tokio::time::timeout`), or a server that falls
    /// silent keeps them for as long as TCP hopes. Behind a [transaction pooler](PostgresOptions::transaction_pooler) every
    /// statement needs `persistent(false)` and a transaction.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        self.shared.link.pool()
    }

    /// One of [`pool`](Self::pool), waited for at most [`connect_timeout`](PostgresOptions::connect_timeout).
    ///
    /// What the pool gives by itself is waited for five times as long. A connection that has to be made goes on being made when
    /// nobody waits for it any more: on a busy machine the next one to ask finds it.
    ///
    /// # Errors
    /// [`sqlx::Error::Io`] of the kind `TimedOut` when there is none in time; [`sqlx::Error::PoolClosed`] after
    /// [`close`](Self::close); what the server said when it refuses.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn connection(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        self.shared.link.connection().await
    }

    /// Makes all connections that answer requests, before there are any. A server that takes over from another one needs them
    /// at the worst moment: to make one costs each side some milliseconds of a core, for the password is hashed thousands of
    /// times.
    ///
    /// Ends early when the server has no connection for us: then those that are needed are made when they are.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn warm(&self) {
        self.shared.link.warm().await;
    }

    /// Runs an application's own migrations, as ours are run: what is missing, in one transaction, under a lock, within a minute.
    ///
    /// A migration is its version, what it is about, and its statements. `table` is where it is noted which have run; it takes
    /// the place of a name in SQL as it stands. Works behind a transaction pooler, too.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn migrate(
        &self,
        table: &'static str,
        migrations: &[(i64, &'static str, &'static str)],
    ) -> Result<(), SqlError> {
        migrations::run_files(&self.shared.link, table, migrations).await
    }

    /// The movies: the catalogue and its editing. All handles share one cache.
    #[must_use]
    pub fn movies(&self) -> PostgresMovies {
        self.shared.movies.clone()
    }

    /// The progress of viewers, by these rules.
    ///
    /// Starts the tasks that write on the runtime of the caller: call it once and clone what it returns. The tasks end when
    /// the database is closed or the last clone is gone, after they have written what they had accepted.
    ///
    /// The place of an entry in the "continue watching" row is stored. When the rules are other ones than last time, the places
    /// are derived again in the background, 500 entries to a transaction; until then the row is that of the old rules. All nodes
    /// should have the same rules: the row follows those of the node that was started last.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn progress(&self, rules: Rules) -> PostgresProgress {
        PostgresProgress::start(
            rules,
            self.shared.link.clone(),
            &self.shared.options,
            Arc::clone(&self.shared.closing),
        )
    }

    /// The records of indexes, together of at most `max_bytes`: 2 GiB are about a thousand films of two hours.
    #[must_use]
    pub fn indexes(&self, max_bytes: u64) -> PostgresIndexes {
        PostgresIndexes::new(self.shared.link.clone(), max_bytes)
    }

    /// Whether the database answers: for readiness probes. Reads one row.
    ///
    /// # Errors
    /// [`SqlError::Away`] when it does not within [`answer_timeout`](PostgresOptions::answer_timeout).
    pub async fn check(&self) -> Result<(), SqlError> {
        let link = &self.shared.link;
        link.bounded(async {
            let mut session = link.read("check").await?;
            sqlx::query("SELECT 1 FROM movies LIMIT 1")
                .persistent(session.prepares())
                .fetch_optional(&mut *session)
                .await
                .map_err(SqlError::of_server)?;
            session.end().await
        })
        .await
    }

    /// Writes what waits in the queues of progress and closes every connection, for all clones.
    ///
    /// Later calls fail with [`SqlError::Closed`]. Closing twice, or at the same time, does nothing more. Dropping all handles
    /// without closing loses nothing that was acknowledged.
    ///
    /// # Cancellation
    /// A dropped `close` goes on as far as the queues are concerned; call it again for the rest.
    pub async fn close(&self) {
        self.shared.closing.send_replace(true);
        self.shared.closing.closed().await;
        self.shared.link.pool().close().await;
    }
}

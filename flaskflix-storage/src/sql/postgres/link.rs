//! Connections that are waited for within bounds, and given up when the server falls silent.

use std::{
    io,
    ops::{Deref, DerefMut},
    str::FromStr,
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, Executor, PgConnection, PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::timeout;

use super::PostgresOptions;
use crate::{metrics::db_query, sql::SqlError};

/// The way to a server: where it is, how long to wait for it.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pool: PgPool,
    connect: PgConnectOptions,
    answer_timeout: Duration,
    connect_timeout: Duration,
    pooler: bool,
}

impl Link {
    /// Connects to nothing yet.
    pub(super) fn new(url: &str, options: &PostgresOptions) -> Result<Self, SqlError> {
        let connect = connect_options(url, options)?;
        let pool = PgPoolOptions::new()
            .max_connections(options.connections)
            // Whoever asks waits less, see `connection`; this is how long a connection may take to be made.
            .acquire_timeout(options.connect_timeout.saturating_mul(HANDSHAKE))
            .idle_timeout(Duration::from_secs(600))
            // A connection that was used a moment ago is trusted; others are asked first, for a server may have been started
            // again since.
            .test_before_acquire(false)
            .before_acquire(|connection, metadata| {
                Box::pin(async move {
                    if metadata.idle_for > TRUSTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            // The pool asks every connection that comes back whether it is well, without a bound of its own.
            .after_release(|connection, _| {
                Box::pin(async move {
                    timeout(PING_TIMEOUT, connection.ping())
                        .await
                        .map_err(|_| sqlx::Error::PoolTimedOut)??;
                    Ok(true)
                })
            })
            .connect_lazy_with(connect.clone());
        Ok(Self {
            pool,
            connect,
            answer_timeout: options.answer_timeout,
            connect_timeout: options.connect_timeout,
            pooler: options.transaction_pooler,
        })
    }

    pub(super) const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Does some work, or gives it up after the time in which the database must answer.
    pub(super) async fn bounded<T>(
        &self,
        work: impl Future<Output = Result<T, SqlError>>,
    ) -> Result<T, SqlError> {
        timeout(self.answer_timeout, work)
            .await
            .unwrap_or_else(|_| Err(SqlError::away("no answer within the time limit")))
    }

    /// A connection to read with. `statement` is its name in the metrics.
    pub(super) async fn read(&self, statement: &'static str) -> Result<Session, SqlError> {
        db_query(statement);
        let mut session = self.session().await?;
        if self.pooler {
            // The pooler gives out another server connection for every transaction, also between the preparation of a statement
            // and its execution.
            session.begin(self).await?;
        }
        Ok(session)
    }

    /// A transaction.
    pub(super) async fn begin(&self, statement: &'static str) -> Result<Session, SqlError> {
        db_query(statement);
        let mut session = self.session().await?;
        session.begin(self).await?;
        Ok(session)
    }

    async fn session(&self) -> Result<Session, SqlError> {
        let connection = self.connection().await.map_err(SqlError::of_server)?;
        Ok(Session {
            connection,
            transaction: false,
            ended: false,
            persistent: !self.pooler,
        })
    }

    /// A connection of the pool, waited for at most [`connect_timeout`](PostgresOptions::connect_timeout).
    ///
    /// One that has to be made goes on being made when nobody waits for it any more, and is there for the next. Otherwise a
    /// machine that is too busy for so many handshakes at once would break all of them off half-way, begin them again for
    /// those who come next, and never have a connection.
    pub(super) async fn connection(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        let acquire = self.pool.acquire();
        let most = self.pool.options().get_max_connections();
        let acquired = if self.pool.num_idle() == 0 && self.pool.size() < most {
            let mut closing = self.pool.close_event();
            let making = tokio::spawn(async move { closing.do_until(acquire).await? });
            let made = timeout(self.connect_timeout, making).await;
            // A task that was cancelled: the runtime ends.
            made.map(|made| made.unwrap_or(Err(sqlx::Error::PoolClosed)))
        } else {
            timeout(self.connect_timeout, acquire).await
        };
        acquired.unwrap_or_else(|_| {
            let why = "no connection within the time limit";
            Err(io::Error::new(io::ErrorKind::TimedOut, why).into())
        })
    }

    /// Makes as many connections as there may be, one after the other: together, each would take as long as all of them.
    /// Ends early when one cannot be had.
    pub(super) async fn warm(&self) {
        let most = self.pool.options().get_max_connections();
        let mut made = Vec::new();
        for _ in 0..most {
            match self.connection().await {
                Ok(connection) => made.push(connection),
                Err(_) => return,
            }
        }
    }

    /// A connection that is nobody else's, outside the pool.
    pub(super) async fn connect(&self) -> Result<PgConnection, SqlError> {
        self.connect_within(self.connect_timeout).await
    }

    /// The same, for which nobody waits: it may take as long as one of the pool.
    pub(super) async fn connect_slowly(&self) -> Result<PgConnection, SqlError> {
        self.connect_within(self.connect_timeout.saturating_mul(HANDSHAKE))
            .await
    }

    async fn connect_within(&self, limit: Duration) -> Result<PgConnection, SqlError> {
        match timeout(limit, self.connect.connect()).await {
            Ok(connection) => connection.map_err(SqlError::of_server),
            Err(_) => Err(SqlError::away("no connection within the time limit")),
        }
    }

    /// How long anybody waits for a connection.
    pub(super) const fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    /// How long any call takes at most.
    pub(super) const fn answer_timeout(&self) -> Duration {
        self.answer_timeout
    }

    /// Whether statements stay prepared on a connection.
    pub(super) const fn prepares(&self) -> bool {
        !self.pooler
    }

    /// What a transaction begins with.
    pub(super) fn begin_statement(&self) -> String {
        if self.pooler {
            let limits: String = self
                .limits()
                .iter()
                .map(|(name, value)| format!("; SET LOCAL {name} = '{value}'"))
                .collect();
            format!("BEGIN{limits}")
        } else {
            // The connection brought its limits with it.
            "BEGIN".to_owned()
        }
    }

    fn limits(&self) -> [(&'static str, String); 4] {
        limits(self.answer_timeout)
    }
}

/// A connection while it is used. Whoever goes away before [`end`](Self::end), because of an error or because nobody waits any
/// more, closes it: only the server knows what it is busy with.
#[derive(Debug)]
pub(super) struct Session {
    connection: PoolConnection<Postgres>,
    transaction: bool,
    ended: bool,
    persistent: bool,
}

impl Session {
    /// Whether statements stay prepared: for `persistent` of every statement.
    pub(super) const fn prepares(&self) -> bool {
        self.persistent
    }

    async fn begin(&mut self, link: &Link) -> Result<(), SqlError> {
        let begin = sqlx::AssertSqlSafe(link.begin_statement());
        self.connection
            .execute(sqlx::raw_sql(begin))
            .await
            .map_err(SqlError::of_server)?;
        self.transaction = true;
        Ok(())
    }

    /// Commits, where there is a transaction, and gives the connection back.
    pub(super) async fn end(mut self) -> Result<(), SqlError> {
        if self.transaction {
            self.connection
                .execute(sqlx::raw_sql("COMMIT"))
                .await
                .map_err(SqlError::of_server)?;
        }
        self.ended = true;
        Ok(())
    }
}

impl Deref for Session {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close_on_drop();
        }
    }
}

fn connect_options(url: &str, options: &PostgresOptions) -> Result<PgConnectOptions, SqlError> {
    let connect = PgConnectOptions::from_str(url)
        .map_err(|error| SqlError::Url(error.into()))?
        .application_name(&options.application_name)
        .disable_statement_logging();
    Ok(if options.transaction_pooler {
        // Poolers refuse what they do not know when a connection begins.
        connect.extra_float_digits(None).statement_cache_capacity(0)
    } else {
        connect.options(limits(options.answer_timeout))
    })
}

/// What every connection is set up with: nothing lasts longer than anybody waits for it, locks half as long, so that it can be
/// told from a server that is away, and a commit is on the disk.
fn limits(answer_timeout: Duration) -> [(&'static str, String); 4] {
    let millis = answer_timeout.as_millis().to_string();
    [
        ("statement_timeout", millis.clone()),
        ("lock_timeout", (answer_timeout.as_millis() / 2).to_string()),
        ("idle_in_transaction_session_timeout", millis),
        ("synchronous_commit", "on".to_owned()),
    ]
}

/// How many times longer than somebody waits for it a connection may take to be made.
const HANDSHAKE: u32 = 5;

/// How long an idle connection is taken to be well without asking it.
const TRUSTED: Duration = Duration::from_millis(500);

/// How long a connection that comes back may take to say that it is well.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

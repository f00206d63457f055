//! The connection, and the time that a call has.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use ::redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo as _, RedisResult,
    aio::MultiplexedConnection,
};
use flaskflix_core::ErrorChain;
use tokio::{sync::watch, time::timeout};

use super::{
    RedisError, RedisOptions, RedisUrlError,
    breaker::{Breaker, Permit},
};
use crate::metrics;

/// One Redis, shared by everything that asks it: a cheap handle on one connection and one circuit breaker.
///
/// Connects when it is first asked and whenever it has to, in the background; so a node starts without Redis.
///
/// # Cost
/// One connection for all requests of the process. A call that fails costs its request at most
/// [`RedisOptions::budget`]; until the next probe nobody waits.
///
/// # Examples
/// ```
/// use flaskflix_storage::redis::{Redis, RedisOptions, RedisScreens};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let redis = Redis::open("redis://:password@127.0.0.1:6379/0", RedisOptions::new())?;
/// let screens = RedisScreens::new(&redis, 4.try_into()?);
/// assert!(!format!("{redis:?}").contains("password"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Redis {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    options: RedisOptions,
    state: Mutex<State>,
}

struct State {
    breaker: Breaker,
    link: Link,
}

/// What there is of a connection.
enum Link {
    Down,
    /// A task is at it; it puts the connection here.
    Connecting(watch::Receiver<Option<Connected>>),
    Up(MultiplexedConnection),
}

type Connected = Result<MultiplexedConnection, ::redis::RedisError>;

impl Redis {
    /// Names a Redis: `redis://[user:password@]host[:port][/number]`, `rediss://` for TLS (feature `redis-tls`), or
    /// `unix:///path`. Does not connect.
    ///
    /// # Errors
    /// [`RedisUrlError`]: the URL is none of these.
    pub fn open(url: &str, options: RedisOptions) -> Result<Self, RedisUrlError> {
        if !cfg!(feature = "redis-tls") && url.starts_with("rediss:") {
            return Err(RedisUrlError::NoTls);
        }
        // The cause may quote the URL, and with it the password: dropped.
        let info = url.into_connection_info().map_err(|_| RedisUrlError::Invalid)?;
        if let ConnectionAddr::TcpTls { insecure: true, .. } = info.addr() {
            return Err(RedisUrlError::Invalid);
        }
        #[cfg(feature = "redis-tls")]
        // Somebody else of the process may have chosen one already: theirs is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::open(info).map_err(|_| RedisUrlError::Invalid)?;
        let state = Mutex::new(State {
            breaker: Breaker::new(options.longest_pause),
            link: Link::Down,
        });
        Ok(Self {
            shared: Arc::new(Shared {
                client,
                options,
                state,
            }),
        })
    }

    /// Asks whether Redis answers, within the budget: for health checks.
    ///
    /// # Errors
    /// [`RedisError`] when it does not.
    pub async fn ping(&self) -> Result<(), RedisError> {
        self.call("ping", |mut connection| async move {
            ::redis::cmd("PING").query_async(&mut connection).await
        })
        .await
    }

    /// What every key begins with.
    pub(super) fn prefix(&self) -> &str {
        &self.shared.options.prefix
    }

    /// Asks Redis, within the budget, unless it is away. `purpose` is the label of the count.
    pub(super) async fn call<T, F>(
        &self,
        purpose: &'static str,
        command: impl FnOnce(MultiplexedConnection) -> F + Send,
    ) -> Result<T, RedisError>
    where
        F: Future<Output = RedisResult<T>> + Send,
    {
        let Some(permit) = self.with_state(|state| state.breaker.admit(Instant::now())) else {
            metrics::redis_call(purpose, RedisError::Away.outcome());
            return Err(RedisError::Away);
        };
        let budget = self.shared.options.budget;
        let asked = async { command(self.connection().await?).await };
        let answer = match timeout(budget, asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(RedisError::Failed(error)),
            Err(_) => Err(RedisError::TimedOut {
                budget_ms: u64::try_from(budget.as_millis()).unwrap_or(u64::MAX),
            }),
        };
        self.learn(permit, answer.as_ref().err());
        metrics::redis_call(
            purpose,
            answer.as_ref().map_or_else(RedisError::outcome, |_| "answered"),
        );
        answer
    }

    /// What an answer says about Redis.
    fn learn(&self, permit: Permit, error: Option<&RedisError>) {
        match error {
            Some(error) if error.is_outage() => {
                let opened = self.with_state(|state| {
                    let opened = state.breaker.failed(permit, Instant::now());
                    // A connection that hangs may never wake up; a task that connects may still get there.
                    if matches!(state.link, Link::Up(_)) {
                        state.link = Link::Down;
                    }
                    opened
                });
                if opened {
                    metrics::redis_breaker(true);
                    tracing::warn!(error = %ErrorChain(error), "redis is away");
                }
            }
            _ => {
                if self.with_state(|state| state.breaker.succeeded()) {
                    metrics::redis_breaker(false);
                    tracing::info!("redis is back");
                }
            }
        }
    }

    async fn connection(&self) -> RedisResult<MultiplexedConnection> {
        let mut connecting = match self.with_state(|state| self.link(state)) {
            Ok(connection) => return Ok(connection),
            Err(connecting) => connecting,
        };
        let connected = connecting.wait_for(Option::is_some).await;
        match connected.map(|connected| connected.clone()) {
            Ok(Some(connected)) => connected,
            // The task is gone without a word: the runtime ends.
            _ => Err(::redis::RedisError::from((
                ::redis::ErrorKind::Io,
                "not connected",
            ))),
        }
    }

    /// The connection, or where to wait for it.
    fn link(&self, state: &mut State) -> Result<MultiplexedConnection, watch::Receiver<Option<Connected>>> {
        match &state.link {
            Link::Up(connection) => Ok(connection.clone()),
            Link::Connecting(connecting) if connecting.has_changed().is_ok() => Err(connecting.clone()),
            // Its task is gone without a word, with the runtime that it was on: there may be another runtime now.
            Link::Down | Link::Connecting(_) => {
                let (tell, told) = watch::channel(None);
                state.link = Link::Connecting(told.clone());
                let redis = self.clone();
                // A task of its own: connecting may take longer than any request waits, and the next one finds it done.
                tokio::spawn(async move {
                    let connected = redis.connect().await;
                    redis.with_state(|state| {
                        state.link = connected.as_ref().map_or(Link::Down, |up| Link::Up(up.clone()));
                    });
                    tell.send_replace(Some(connected));
                });
                Err(told)
            }
        }
    }

    async fn connect(&self) -> Connected {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.shared.options.connect_timeout))
            // Calls have a budget of their own.
            .set_response_timeout(None);
        let connecting = self
            .shared
            .client
            .get_multiplexed_async_connection_with_config(&config);
        timeout(self.shared.options.connect_timeout, connecting)
            .await
            .unwrap_or_else(|_| {
                Err(::redis::RedisError::from((
                    ::redis::ErrorKind::Io,
                    "connecting takes too long",
                )))
            })
    }

    fn with_state<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.shared.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client holds the password: omitted.
        f.debug_struct("Redis")
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::runtime;

    use super::*;

    #[test]
    fn a_connection_whose_task_was_dropped_is_made_anew() {
        // The kernel takes connections, and nobody answers.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://{}", silent.local_addr().unwrap());
        let redis = Redis::open(&url, RedisOptions::default()).unwrap();
        for _ in 0..2 {
            // Each goes with its runtime, in the middle of connecting.
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let connecting = async { timeout(Duration::from_millis(20), redis.connection()).await };
            let connected = runtime
                .block_on(connecting)
                .map(|connected| connected.map(|_| ()));
            assert!(connected.is_err(), "still at it, not {connected:?}");
        }
    }
}

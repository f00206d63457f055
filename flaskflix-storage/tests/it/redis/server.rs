//! A private Redis, as the tests here use it.

use std::time::{Duration, Instant};

use flaskflix_storage::{
    redis::{Redis, RedisOptions},
    testing::PrivateRedis,
};

/// A running server.
pub(super) struct Server(PrivateRedis);

impl Server {
    /// Starts one, or says that this test is left out.
    pub(super) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts one with more settings.
    pub(super) fn start_with(more: &[&str]) -> Option<Self> {
        PrivateRedis::start_with(more).unwrap().map(Self)
    }

    /// Another node: a handle with a connection of its own.
    pub(super) fn node(&self) -> Redis {
        self.node_with(RedisOptions::new().budget(Duration::from_secs(5)))
    }

    pub(super) fn node_with(&self, options: RedisOptions) -> Redis {
        Redis::open(&self.url(), options).unwrap()
    }

    pub(super) fn url(&self) -> String {
        self.0.url()
    }

    pub(super) fn kill(&mut self) {
        self.0.kill().unwrap();
    }

    pub(super) fn restart(&mut self) {
        self.0.restart().unwrap();
    }

    /// SIGSTOP: it holds its connections and says nothing.
    pub(super) fn freeze(&self) {
        self.0.suspend().unwrap();
    }

    pub(super) fn thaw(&self) {
        self.0.resume().unwrap();
    }

    /// Asks the server past our own code.
    pub(super) async fn raw<T: ::redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let client = ::redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let (name, rest) = words.split_first().unwrap();
        let mut command = ::redis::cmd(name);
        rest.iter().for_each(|word| {
            command.arg(*word);
        });
        command.query_async(&mut connection).await.unwrap()
    }
}

/// Asks again and again, up to 20 s.
pub(super) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < Duration::from_secs(20), "in 20 s not: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

//! A private Redis: on a socket in a folder of its own, killed when the test ends.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use flaskflix_storage::redis::{Redis, RedisOptions};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A running server.
pub(super) struct Server {
    folder: TempDir,
    more: Vec<String>,
    child: Child,
}

impl Server {
    /// Starts one, or says that this test is left out.
    pub(super) async fn start() -> Option<Self> {
        Self::start_with(&[]).await
    }

    /// Starts one with more settings.
    #[expect(clippy::print_stdout, reason = "a test that is left out says so")]
    pub(super) async fn start_with(more: &[&str]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "redis-server is needed");
            println!("LEFT OUT: redis-server is not installed");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let more: Vec<_> = more.iter().map(|&text| text.to_owned()).collect();
        let child = spawn(&folder, &more);
        let server = Self { folder, more, child };
        server.answers().await;
        Some(server)
    }

    /// Another node: a handle with a connection of its own.
    pub(super) fn node(&self) -> Redis {
        self.node_with(RedisOptions::new().budget(Duration::from_secs(5)))
    }

    pub(super) fn node_with(&self, options: RedisOptions) -> Redis {
        Redis::open(&self.url(), options).unwrap()
    }

    pub(super) fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) async fn restart(&mut self) {
        self.child = spawn(&self.folder, &self.more);
        self.answers().await;
    }

    /// SIGSTOP: it holds its connections and says nothing.
    pub(super) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub(super) fn thaw(&self) {
        self.signal(Signal::CONT);
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

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    async fn answers(&self) {
        let socket = self.socket();
        until("redis-server starts", async || {
            tokio::net::UnixStream::connect(&socket).await.is_ok()
        })
        .await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(folder: &TempDir, more: &[String]) -> Child {
    Command::new("redis-server")
        .args(["--port", "0", "--unixsocket"])
        .arg(folder.path().join("redis.sock"))
        .args(["--save", "", "--appendonly", "no", "--dir"])
        .arg(folder.path())
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Asks again and again, up to 20 s.
pub(super) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < Duration::from_secs(20), "in 20 s not: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

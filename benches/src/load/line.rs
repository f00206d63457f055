//! One keep-alive HTTP/1.1 connection of a viewer.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use tokio::{net::TcpStream, time::timeout};

use super::exchange::{connect, exchange};

/// One request at a time to one server; connects when it must.
#[derive(Debug)]
pub struct Line {
    host: SocketAddr,
    patience: Duration,
    from: Option<IpAddr>,
    small_window: bool,
    stream: Option<TcpStream>,
    /// How often it had to connect.
    pub connects: u32,
}

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Ask<'a> {
    /// `GET`, `POST`.
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// `Cookie`, when there is one.
    pub cookie: Option<&'a str>,
    /// Asks for the bytes from here on only.
    pub range_start: Option<u64>,
    /// Type and bytes of the body.
    pub body: Option<(&'a str, &'a [u8])>,
    /// What to do with the body of the answer.
    pub keep: Keep,
    /// How to read it.
    pub reading: Reading,
}

/// How a body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// As fast as it comes.
    #[default]
    AtOnce,
    /// So slowly that the server has to wait.
    Slow {
        /// What the reader's line carries.
        bytes_per_second: u64,
    },
    /// Half of it, and then the connection is closed.
    Half,
}

/// What to do with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// Thrown away in the kernel, without a copy.
    #[default]
    Nothing,
    /// Kept.
    All,
    /// Only its SHA-256.
    Hash,
}

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// The head as text.
    pub head: String,
    /// The body, with [`Keep::All`].
    pub body: Vec<u8>,
    /// Its SHA-256, with [`Keep::Hash`].
    pub hash: Option<[u8; 32]>,
    /// Bytes of the body that were received.
    pub bytes: u64,
    /// From the request to the last byte.
    pub took: Duration,
}

/// Why there is no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No connection.
    Connect,
    /// No answer in time.
    Timeout,
    /// The server hung up before the answer was whole.
    Cut,
    /// What came is no answer of known length.
    Malformed,
}

impl Line {
    /// A line that is not connected yet.
    #[must_use]
    pub const fn new(host: SocketAddr, patience: Duration) -> Self {
        Self {
            host,
            patience,
            from: None,
            small_window: false,
            stream: None,
            connects: 0,
        }
    }

    /// The same from one of our own addresses: each has ports of its own, and limits of its own at the server.
    #[must_use]
    pub const fn from(mut self, address: Option<IpAddr>) -> Self {
        self.from = address;
        self
    }

    /// The same with a small receive buffer, for a reader who is slow.
    #[must_use]
    pub const fn with_small_window(mut self, small: bool) -> Self {
        self.small_window = small;
        self
    }

    /// Closes the connection, if there is one; the next request opens another.
    pub fn hang_up(&mut self) {
        self.stream = None;
    }

    /// Asks and waits for the whole answer.
    ///
    /// A kept connection that the server has closed meanwhile is replaced once, as browsers do.
    ///
    /// # Errors
    /// [`Fault`]; the connection is given up then.
    pub async fn ask(&mut self, ask: &Ask<'_>) -> Result<Reply, Fault> {
        let was_open = self.stream.is_some();
        let begun = Instant::now();
        let mut result = self.attempt(ask, begun).await;
        if was_open && result.as_ref().is_err_and(|(_, heard)| !heard) {
            result = self.attempt(ask, begun).await;
        }
        result.map_err(|(fault, _)| fault)
    }

    /// One attempt; an error says whether anything of an answer was heard.
    async fn attempt(&mut self, ask: &Ask<'_>, begun: Instant) -> Result<Reply, (Fault, bool)> {
        let patience = self.patience;
        let mut heard = false;
        let exchange = async {
            let stream = match self.stream.take() {
                Some(stream) => stream,
                None => {
                    self.connects = self.connects.saturating_add(1);
                    connect(self.host, self.from, self.small_window)
                        .await
                        .map_err(|_| Fault::Connect)?
                }
            };
            exchange(stream, self.host, ask, begun, &mut heard).await
        };
        let result = timeout(patience, exchange).await.unwrap_or(Err(Fault::Timeout));
        match result {
            Ok((stream, reply)) => {
                self.stream = stream;
                Ok(reply)
            }
            Err(fault) => Err((fault, heard || fault == Fault::Timeout || fault == Fault::Connect)),
        }
    }
}

impl Reply {
    /// `name=value` of every cookie that is set, for a `Cookie` header.
    #[must_use]
    pub fn cookies(&self) -> Option<String> {
        let cookies: Vec<&str> = self
            .head
            .lines()
            .filter_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_cookie = name.eq_ignore_ascii_case("set-cookie");
                is_cookie.then(|| value.split(';').next().unwrap_or_default().trim())
            })
            .collect();
        (!cookies.is_empty()).then(|| cookies.join("; "))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection",
            Self::Timeout => "no answer in time",
            Self::Cut => "cut before the end",
            Self::Malformed => "no length, or no HTTP",
        })
    }
}

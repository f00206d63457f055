//! One keep-alive HTTP/1.1 connection of a viewer.

use std::{
    fmt, io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use rustix::net::{self, RecvFlags};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncWriteExt as _, Interest},
    net::TcpStream,
    time::timeout,
};

use crate::head::Head;

/// One request at a time to one server; connects when it must.
#[derive(Debug)]
pub struct Line {
    host: SocketAddr,
    patience: Duration,
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
    /// Type and bytes of the body.
    pub body: Option<(&'a str, &'a [u8])>,
    /// What to do with the body of the answer.
    pub keep: Keep,
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
    /// Bytes of the body.
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
            stream: None,
            connects: 0,
        }
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
                    connect(self.host).await.map_err(|_| Fault::Connect)?
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

async fn connect(host: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn exchange(
    mut stream: TcpStream,
    host: SocketAddr,
    ask: &Ask<'_>,
    begun: Instant,
    heard: &mut bool,
) -> Result<(Option<TcpStream>, Reply), Fault> {
    let cut = |_| Fault::Cut;
    stream.write_all(&ask.bytes(host)).await.map_err(cut)?;
    let mut text = Vec::new();
    let head = loop {
        let mut window = [0; 1024]; // small, so that nearly all of a segment is left for the kernel to throw away
        let got = receive(&stream, &mut window, RecvFlags::empty())
            .await
            .map_err(cut)?;
        if got == 0 {
            return Err(Fault::Cut);
        }
        *heard = true;
        text.extend_from_slice(window.get(..got).unwrap_or_default());
        if let Some(head) = Head::parse(&text).map_err(|_| Fault::Malformed)? {
            break head;
        }
    };
    let early = text.get(head.len..).unwrap_or_default();
    let mut body = Collected::new(ask.keep);
    body.take(early);
    let early = u64::try_from(early.len()).unwrap_or(u64::MAX);
    let left = head.content_length.checked_sub(early).ok_or(Fault::Malformed)?;
    body.read(&stream, left).await?;
    let text = String::from_utf8_lossy(text.get(..head.len).unwrap_or_default()).into_owned();
    let closes = field(&text, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    let reply = Reply {
        status: head.status,
        head: text,
        hash: body.hash(),
        body: body.kept,
        bytes: head.content_length,
        took: begun.elapsed(),
    };
    Ok(((!closes).then_some(stream), reply))
}

/// The body as it arrives.
struct Collected {
    keep: Keep,
    kept: Vec<u8>,
    hasher: Sha256,
}

impl Collected {
    fn new(keep: Keep) -> Self {
        Self {
            keep,
            kept: Vec::new(),
            hasher: Sha256::new(),
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        match self.keep {
            Keep::Nothing => {}
            Keep::All => self.kept.extend_from_slice(bytes),
            Keep::Hash => self.hasher.update(bytes),
        }
    }

    async fn read(&mut self, stream: &TcpStream, mut left: u64) -> Result<(), Fault> {
        // With MSG_TRUNC its pages are never touched: then it may be large for nothing.
        let (room, flags) = match self.keep {
            Keep::Nothing => (1 << 20, RecvFlags::TRUNC),
            _ => (1 << 16, RecvFlags::empty()),
        };
        let mut window = vec![0; usize::try_from(left).unwrap_or(room).min(room)];
        while left > 0 {
            let room = usize::try_from(left).unwrap_or(room).min(window.len());
            let part = window.get_mut(..room).unwrap_or_default();
            let got = receive(stream, part, flags).await.map_err(|_| Fault::Cut)?;
            if got == 0 {
                return Err(Fault::Cut);
            }
            if self.keep != Keep::Nothing {
                let part = window.get(..got).unwrap_or_default();
                match self.keep {
                    Keep::Hash => self.hasher.update(part),
                    _ => self.kept.extend_from_slice(part),
                }
            }
            left = left.saturating_sub(u64::try_from(got).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    fn hash(&self) -> Option<[u8; 32]> {
        (self.keep == Keep::Hash).then(|| self.hasher.clone().finalize().into())
    }
}

/// Receives what is there, at most a window full; with `TRUNC` the bytes are thrown away and counted.
async fn receive(stream: &TcpStream, window: &mut [u8], flags: RecvFlags) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        let got = stream.try_io(Interest::READABLE, || {
            let (_, got) = net::recv(stream, &mut *window, flags)?;
            Ok(got)
        });
        match got {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            got => return got,
        }
    }
}

impl Ask<'_> {
    fn bytes(&self, host: SocketAddr) -> Vec<u8> {
        let Self { method, path, .. } = self;
        // What a browser says of a form or a fetch of the site's own pages.
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n"
        );
        if let Some(cookie) = self.cookie {
            head += &format!("Cookie: {cookie}\r\n");
        }
        let (media_type, body) = self.body.unwrap_or_default();
        if self.body.is_some() {
            head += &format!("Content-Type: {media_type}\r\nContent-Length: {}\r\n", body.len());
        }
        head += "\r\n";
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        bytes
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

fn field<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then_some(value.trim())
    })
}

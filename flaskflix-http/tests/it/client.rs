//! A tiny HTTP/1.1 client that hides nothing.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// Longest time that any single step of a test may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// One connection.
pub(crate) struct Client {
    socket: TcpStream,
    /// Bytes that came and are not consumed.
    buffer: Vec<u8>,
}

/// A response. Header names are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.expect("connect"))
    }

    /// A client over a connection that was made otherwise.
    pub(crate) const fn over(socket: TcpStream) -> Self {
        Self {
            socket,
            buffer: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.socket.write_all(bytes.as_ref()).await.expect("send");
    }

    /// Sends a request and reads the whole response.
    pub(crate) async fn ask(&mut self, method: &str, target: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(request(method, target, headers)).await;
        self.reply(method).await
    }

    /// Sends a request and reads the whole response; `None` when the server closes the connection instead.
    pub(crate) async fn tries(&mut self, method: &str, target: &str) -> Option<Reply> {
        // A reset is an end too.
        let sent = self
            .socket
            .write_all(request(method, target, &[]).as_bytes())
            .await;
        if sent.is_err() || (self.buffer.is_empty() && self.fill().await == 0) {
            return None;
        }
        Some(self.reply(method).await)
    }

    /// Reads the whole response to a request of this method.
    pub(crate) async fn reply(&mut self, method: &str) -> Reply {
        let mut reply = self.head().await;
        reply.body = self.body(reply.body_len(method)).await;
        reply
    }

    /// Reads the head of a response.
    pub(crate) async fn head(&mut self) -> Reply {
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end;
            }
            assert_ne!(self.fill().await, 0, "the connection ended before the head did");
        };
        let head = String::from_utf8(self.buffer[..end].to_vec()).expect("an ASCII head");
        self.buffer.drain(..end + 4);
        let mut lines = head.split("\r\n");
        let status_line = lines.next().expect("a status line");
        let status = status_line
            .strip_prefix("HTTP/1.1 ")
            .unwrap_or_else(|| panic!("{status_line}"))[..3]
            .parse()
            .expect("a status");
        let headers = lines
            .map(|line| {
                let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("{line}"));
                (name.to_ascii_lowercase(), value.to_owned())
            })
            .collect();
        Reply {
            status,
            headers,
            body: Vec::new(),
        }
    }

    /// Reads exactly so many bytes of a body.
    pub(crate) async fn body(&mut self, len: usize) -> Vec<u8> {
        while self.buffer.len() < len {
            let got = self.buffer.len();
            assert_ne!(self.fill().await, 0, "the body ended after {got} of {len} bytes");
        }
        self.buffer.drain(..len).collect()
    }

    /// Reads until the connection ends, well or badly.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        while self.fill().await > 0 {}
        std::mem::take(&mut self.buffer)
    }

    /// Reads at most so many bytes of a body, fewer when the connection ends before.
    pub(crate) async fn rest_of(&mut self, len: usize) -> Vec<u8> {
        while self.buffer.len() < len && self.fill().await > 0 {}
        self.buffer.drain(..len.min(self.buffer.len())).collect()
    }

    /// Whether bytes have come that nobody has read.
    pub(crate) fn has_bytes(&self) -> bool {
        let mut byte = [0];
        !self.buffer.is_empty() || self.socket.try_read(&mut byte).is_ok()
    }

    /// Sends one byte each 10 ms until the connection ends. Returns the bytes that the server has sent.
    pub(crate) async fn drip(mut self, byte: u8) -> Vec<u8> {
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < PATIENCE, "the server listens for ever");
            // A reset is an end too.
            let sent = self.socket.write_all(&[byte]).await.is_ok();
            let read = timeout(Duration::from_millis(10), self.socket.read_buf(&mut self.buffer)).await;
            if !sent || matches!(read, Ok(Ok(0) | Err(_))) {
                return self.buffer;
            }
        }
    }

    /// Reads what there is, waiting for it; 0 at the end of the connection.
    async fn fill(&mut self) -> usize {
        let read = timeout(PATIENCE, self.socket.read_buf(&mut self.buffer));
        // A reset is an end too: the server may cut.
        read.await.expect("bytes or an end in good time").unwrap_or(0)
    }
}

impl Reply {
    /// The only value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert_eq!(values.next(), None, "one {name} only");
        value
    }

    /// All values of a header, as one list.
    pub(crate) fn list(&self, name: &str) -> String {
        let values = self.headers.iter().filter(|(known, _)| known == name);
        values
            .map(|(_, value)| value.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The headers without those that differ from one response to the next.
    pub(crate) fn stable_headers(&self) -> Vec<(String, String)> {
        let mut headers = self.headers.clone();
        headers.retain(|(name, _)| name != "date");
        headers.sort();
        headers
    }

    fn body_len(&self, method: &str) -> usize {
        if method == "HEAD" || matches!(self.status, 204 | 304) {
            return 0;
        }
        let len = self
            .header("content-length")
            .expect("every body has a Content-Length");
        len.parse().expect("a length")
    }
}

/// The bytes of a request without a body.
pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    format!("{method} {target} HTTP/1.1\r\nHost: test\r\n{lines}\r\n")
}

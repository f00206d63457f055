//! One keep-alive connection of the load client: asks, reads the head, throws the body away in the kernel.

use std::{
    fs::File,
    io::{self, Write},
    net::{SocketAddr, TcpStream},
    os::unix::fs::FileExt,
    time::{Duration, Instant},
};

use rustix::net::{self, RecvFlags};

use crate::head::Head;

/// One request and what its answer must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Path of the URL.
    pub path: String,
    /// `Range: bytes=start-` and so many bytes; `None` asks for the whole.
    pub range_start: Option<u64>,
    /// Bytes that must arrive.
    pub len: u64,
    /// Compare the body with the file, byte by byte, in place of throwing it away.
    pub compare: bool,
}

impl Ask {
    /// As it goes over the wire.
    #[must_use]
    pub fn request(&self, host: &str) -> String {
        let range = self.range_start.map_or_else(String::new, |start| {
            let last = start.saturating_add(self.len).saturating_sub(1);
            format!("Range: bytes={start}-{last}\r\n")
        });
        format!("GET {} HTTP/1.1\r\nHost: {host}\r\n{range}\r\n", self.path)
    }

    /// Refuses a head that does not announce what was asked for.
    ///
    /// # Errors
    /// When status, length or place are others.
    pub fn check(&self, head: &Head) -> io::Result<()> {
        let status = if self.range_start.is_some() { 206 } else { 200 };
        if (head.status, head.content_length, head.range_start) == (status, self.len, self.range_start) {
            Ok(())
        } else {
            Err(io::Error::other(format!("{self:?} was answered with {head:?}")))
        }
    }
}

/// What one read brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Body bytes.
    pub bytes: u64,
    /// From the request to the end of its head, when the head just arrived.
    pub first_byte: Option<Duration>,
    /// Whether the answer is complete.
    pub finished: bool,
}

/// A connection with at most one request in flight.
#[derive(Debug)]
pub struct Connection {
    socket: TcpStream,
    host: SocketAddr,
    ask: Option<Ask>,
    asked: Instant,
    /// Bytes of a head that is not whole yet.
    head: Vec<u8>,
    /// Body bytes still to come, once the head is there.
    remaining: Option<u64>,
    /// Body bytes kept for comparison.
    body: Vec<u8>,
}

impl Connection {
    /// Connects, with Nagle off and non-blocking.
    ///
    /// # Errors
    /// When the server does not accept.
    pub fn open(host: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect(host)?;
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            host,
            ask: None,
            asked: Instant::now(),
            head: Vec::new(),
            remaining: None,
            body: Vec::new(),
        })
    }

    /// The socket, to wait on.
    #[must_use]
    pub const fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Whether an answer is still to come.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.ask.is_some()
    }

    /// Sends one request. The connection must be idle.
    ///
    /// # Errors
    /// When the request does not fit into the socket at once or the server is gone.
    pub fn send(&mut self, ask: Ask) -> io::Result<()> {
        let text = ask.request(&self.host.to_string());
        self.asked = Instant::now();
        self.socket.write_all(text.as_bytes())?;
        self.head.clear();
        self.body.clear();
        self.remaining = None;
        self.ask = Some(ask);
        Ok(())
    }

    /// Reads once. `scratch` is lent by the client; its bytes mean nothing between calls.
    ///
    /// # Errors
    /// When the answer is not the one that was asked for, or the server ended the connection.
    pub fn read(&mut self, scratch: &mut [u8], file: Option<&File>) -> io::Result<Progress> {
        let Some(ask) = self.ask.take() else {
            return Err(io::Error::other("the server sent bytes that nobody asked for"));
        };
        let result = match self.remaining {
            None => self.read_head(&ask, scratch),
            Some(remaining) => self.read_body(&ask, remaining, scratch),
        };
        let mut progress = match result {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Progress::default(),
            other => other?,
        };
        progress.finished = self.remaining == Some(0);
        if progress.finished {
            self.compare(&ask, file)?;
        } else {
            self.ask = Some(ask);
        }
        Ok(progress)
    }

    fn read_head(&mut self, ask: &Ask, scratch: &mut [u8]) -> io::Result<Progress> {
        // Small, so that nearly all of the body is left for the kernel to throw away.
        let room = scratch.len().min(1024);
        let window = scratch.get_mut(..room).unwrap_or_default();
        let (got, _) = net::recv(&self.socket, &mut *window, RecvFlags::empty())?;
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.head.extend_from_slice(window.get(..got).unwrap_or_default());
        let Some(head) = Head::parse(&self.head)? else {
            return Ok(Progress::default());
        };
        ask.check(&head)?;
        let body = self.head.get(head.len..).unwrap_or_default();
        if ask.compare {
            self.body.extend_from_slice(body);
        }
        let bytes = u64::try_from(body.len()).map_err(io::Error::other)?;
        self.remaining = Some(subtract(ask.len, bytes)?);
        Ok(Progress {
            bytes,
            first_byte: Some(self.asked.elapsed()),
            finished: false,
        })
    }

    fn read_body(&mut self, ask: &Ask, remaining: u64, scratch: &mut [u8]) -> io::Result<Progress> {
        let room = usize::try_from(remaining)
            .unwrap_or(usize::MAX)
            .min(scratch.len());
        let window = scratch.get_mut(..room).unwrap_or_default();
        // On TCP, MSG_TRUNC throws the bytes away without copying them.
        let flags = if ask.compare {
            RecvFlags::empty()
        } else {
            RecvFlags::TRUNC
        };
        let (kept, got) = net::recv(&self.socket, &mut *window, flags)?;
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if ask.compare {
            self.body
                .extend_from_slice(window.get(..kept).unwrap_or_default());
        }
        let bytes = u64::try_from(got).map_err(io::Error::other)?;
        self.remaining = Some(subtract(remaining, bytes)?);
        Ok(Progress {
            bytes,
            ..Progress::default()
        })
    }

    fn compare(&self, ask: &Ask, file: Option<&File>) -> io::Result<()> {
        let (Some(file), true) = (file, ask.compare) else {
            return Ok(());
        };
        let mut want = vec![0; self.body.len()];
        file.read_exact_at(&mut want, ask.range_start.unwrap_or(0))?;
        if want == self.body {
            Ok(())
        } else {
            Err(io::Error::other(format!(
                "{ask:?} was answered with other bytes than the file's"
            )))
        }
    }
}

fn subtract(remaining: u64, bytes: u64) -> io::Result<u64> {
    remaining
        .checked_sub(bytes)
        .ok_or_else(|| io::Error::other("more bytes arrived than Content-Length says"))
}

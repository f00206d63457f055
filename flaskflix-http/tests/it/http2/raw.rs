//! One HTTP/2 connection in the clear, frame by frame.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

use crate::client::PATIENCE;

// RFC 9113 section 6.
pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const ACK: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

// RFC 9113 section 7.
pub(crate) const REFUSED_STREAM: u32 = 7;
pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;

/// A frame that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// The error code of `RST_STREAM`.
    pub(crate) fn code(&self) -> u32 {
        u32::from_be_bytes(self.payload[..4].try_into().unwrap())
    }
}

/// The bytes of a frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&len[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The head of a request, in HPACK without compression.
pub(crate) fn head(method: &str, path: &str) -> Vec<u8> {
    // RFC 7541 appendix A: 1 is `:authority`, 2 `:method`, 4 `:path`, 6 `:scheme: http`.
    let mut head = vec![0x86];
    for (name, value) in [(1, "test"), (2, method), (4, path)] {
        head.extend([name, u8::try_from(value.len()).unwrap()]);
        head.extend(value.bytes());
    }
    head
}

/// A whole request without a body.
pub(crate) fn get(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, &head("GET", path))
}

/// A SETTINGS frame with `SETTINGS_INITIAL_WINDOW_SIZE`.
pub(crate) fn initial_window(bytes: u32) -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[&[0, 4][..], &bytes.to_be_bytes()].concat())
}

pub(crate) fn window_update(stream: u32, bytes: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes())
}

pub(crate) struct Raw {
    incoming: Incoming,
    outgoing: OwnedWriteHalf,
}

pub(crate) struct Incoming {
    socket: OwnedReadHalf,
    buffer: Vec<u8>,
}

/// How a connection ended: with the error code of the last GOAWAY, if any.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) goaway: Option<u32>,
    /// Frames that were sent before the server closed; all of them when it did not.
    pub(crate) sent: usize,
}

impl Raw {
    /// A connection whose preface and first settings are sent.
    pub(crate) async fn connect(address: SocketAddr, settings: &[u8]) -> Self {
        let socket = TcpStream::connect(address).await.unwrap();
        // A frame that waits for the one before it would make every step 40 ms long.
        socket.set_nodelay(true).unwrap();
        let (incoming, outgoing) = socket.into_split();
        let mut raw = Self {
            incoming: Incoming {
                socket: incoming,
                buffer: Vec::new(),
            },
            outgoing,
        };
        raw.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        raw.send(settings).await;
        raw
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).await.expect("sent");
    }

    pub(crate) async fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.outgoing.write_all(bytes).await
    }

    pub(crate) async fn next(&mut self) -> Option<Frame> {
        self.incoming.next().await
    }

    /// Reads up to a frame of this kind on this stream.
    pub(crate) async fn until(&mut self, kind: u8, stream: u32) -> Frame {
        loop {
            let frame = self.next().await.expect("the connection goes on");
            if (frame.kind, frame.stream) == (kind, stream) {
                return frame;
            }
        }
    }

    /// Reads until the server closes.
    pub(crate) async fn end(mut self) -> Option<u32> {
        self.incoming.end().await
    }

    /// Sends `most` times the frames that `make` makes of their number, or as many as the server takes.
    pub(crate) async fn flood(self, most: usize, make: impl Fn(u32) -> Vec<u8>) -> End {
        const AT_ONCE: usize = 100;
        let Self {
            mut incoming,
            mut outgoing,
        } = self;
        // What is answered has to be read, or the server would wait for us.
        let end = tokio::spawn(async move { incoming.end().await });
        let mut sent = 0;
        while sent < most && !end.is_finished() {
            let frames: Vec<u8> = (sent..sent + AT_ONCE)
                .flat_map(|n| make(u32::try_from(n).unwrap()))
                .collect();
            if outgoing.write_all(&frames).await.is_err() {
                break;
            }
            sent += AT_ONCE;
        }
        let goaway = timeout(PATIENCE, end)
            .await
            .expect("the flood ends the connection");
        End {
            goaway: goaway.unwrap(),
            sent,
        }
    }
}

impl Incoming {
    /// `None` at the end of the connection, however it ends.
    async fn next(&mut self) -> Option<Frame> {
        while self.missing() > 0 {
            let read = timeout(PATIENCE, self.socket.read_buf(&mut self.buffer));
            if read.await.expect("a frame or an end in good time").unwrap_or(0) == 0 {
                return None;
            }
        }
        let payload = self.buffer.split_off(9);
        let head = std::mem::replace(&mut self.buffer, payload);
        let rest = self.buffer.split_off(payload_bytes(&head));
        Some(Frame {
            kind: head[3],
            flags: head[4],
            stream: u32::from_be_bytes(head[5..9].try_into().unwrap()),
            payload: std::mem::replace(&mut self.buffer, rest),
        })
    }

    async fn end(&mut self) -> Option<u32> {
        let mut goaway = None;
        while let Some(frame) = self.next().await {
            if frame.kind == GOAWAY {
                goaway = Some(u32::from_be_bytes(frame.payload[4..8].try_into().unwrap()));
            }
        }
        goaway
    }

    fn missing(&self) -> usize {
        if self.buffer.len() < 9 {
            return 9 - self.buffer.len();
        }
        (9 + payload_bytes(&self.buffer)).saturating_sub(self.buffer.len())
    }
}

fn payload_bytes(head: &[u8]) -> usize {
    u32::from_be_bytes([0, head[0], head[1], head[2]])
        .try_into()
        .unwrap()
}

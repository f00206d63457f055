//! The socket of a connection: reports progress to its [`Activity`], and sends the parts of files in its [`Outbox`].

use std::{
    io::{self, IoSlice},
    os::fd::AsFd as _,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use flaskflix_core::{
    range::ByteRange,
    source::{SendFile, Sent},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
    task::{JoinHandle, spawn_blocking},
    time::Instant,
};

use super::{
    FilePart,
    activity::Activity,
    outbox::{Outbox, is_mark},
};

/// A `TcpStream` that tells what moves.
#[derive(Debug)]
pub(super) struct Transport {
    socket: TcpStream,
    activity: Arc<Activity>,
    /// Where parts of files come from, when the connection sends them.
    outbox: Option<Arc<Outbox>>,
    fetch: Fetch,
    /// Most bytes of the next call: what the socket took last, and as much again. More would be looked for in memory in vain.
    window: u64,
}

/// Whether the front of the outbox is in memory.
#[derive(Debug)]
enum Fetch {
    /// Nobody knows.
    NotAsked,
    /// The blocking pool fetches it.
    UnderWay(UnderWay),
    /// It was fetched just now.
    Done,
}

/// A fetch on the blocking pool.
#[derive(Debug)]
struct UnderWay(JoinHandle<()>);

impl Drop for UnderWay {
    /// Takes a fetch that has not begun out of the pool's queue: a viewer who seeks leaves many behind.
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Transport {
    pub(super) const fn new(socket: TcpStream, activity: Arc<Activity>, outbox: Option<Arc<Outbox>>) -> Self {
        Self {
            socket,
            activity,
            outbox,
            fetch: Fetch::NotAsked,
            window: FilePart::MAX_BYTES,
        }
    }

    fn report(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(1..)) => self.activity.wrote(Instant::now()),
            Poll::Pending => self.activity.write_blocked(),
            Poll::Ready(_) => {}
        }
        written
    }

    /// Writes slices until the first that stands for a part of a file, then sends from that part.
    ///
    /// The head of a response goes out at once and does not wait for its body (`MSG_MORE`): measured with ranges of 64 KiB, a head in
    /// front makes two packets of one that is just full, and where TCP paces them (BBR) the second waits for a timer.
    fn poll_write_and_send(
        &mut self,
        cx: &mut Context<'_>,
        before: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let len: usize = before.iter().map(|slice| slice.len()).sum();
        if len > 0 {
            let written = ready!(Pin::new(&mut self.socket).poll_write_vectored(cx, before))?;
            if written < len {
                return Poll::Ready(Ok(written));
            }
        }
        match self.poll_send(cx) {
            Poll::Ready(Ok(sent)) => Poll::Ready(Ok(len.saturating_add(sent))),
            Poll::Pending if len > 0 => Poll::Ready(Ok(len)),
            other => other,
        }
    }

    /// Sends from the part of a file at the front of the outbox.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        loop {
            if let Fetch::UnderWay(fetch) = &mut self.fetch {
                // A fetch that failed or was cut short is met by the next call.
                let _ = ready!(Pin::new(&mut fetch.0).poll(cx));
                self.fetch = Fetch::Done;
            }
            let Some((file, range)) = self.outbox.as_ref().and_then(|outbox| outbox.front()) else {
                return Poll::Ready(Err(io::Error::other(
                    "a part of a file is to be sent and none is there",
                )));
            };
            let range = ByteRange::from_len(range.start(), range.len().min(self.window)).unwrap_or(range);
            ready!(self.socket.poll_write_ready(cx))?;
            match self.send(&*file, range) {
                Ok(Sent::Bytes(bytes)) => {
                    self.fetch = Fetch::NotAsked;
                    self.window = bytes.saturating_mul(2).clamp(LEAST_WINDOW, FilePart::MAX_BYTES);
                    if let Some(outbox) = &self.outbox {
                        outbox.sent(bytes);
                    }
                    return Poll::Ready(usize::try_from(bytes).map_err(io::Error::other));
                }
                Ok(Sent::Cold) => {
                    self.fetch = Fetch::UnderWay(UnderWay(spawn_blocking(move || file.fetch(range))));
                }
                Ok(Sent::Full) => {}
                Err(error) if is_no_end(&error) => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn send(&self, file: &dyn SendFile, range: ByteRange) -> io::Result<Sent> {
        let fetched = matches!(self.fetch, Fetch::Done);
        self.socket.try_io(Interest::WRITABLE, || {
            match file.send(self.socket.as_fd(), range, fetched) {
                // This is how tokio learns that it has to wait for the socket.
                Ok(Sent::Full) => Err(io::ErrorKind::WouldBlock.into()),
                sent => sent.map_err(io::Error::other),
            }
        })
    }
}

const LEAST_WINDOW: u64 = 128 << 10;

/// Whether there is only nothing to be done for now.
fn is_no_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.activity.read(Instant::now());
        }
        read
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.report(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mark = slices
            .iter()
            .position(is_mark)
            .and_then(|mark| slices.get(..mark));
        let written = match mark {
            Some(before) => self.poll_write_and_send(cx, before),
            None => Pin::new(&mut self.socket).poll_write_vectored(cx, slices),
        };
        self.report(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

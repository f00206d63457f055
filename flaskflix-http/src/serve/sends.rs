//! Sends the parts of files in the [`Outbox`] of a connection.

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
use rustix::net::{SendFlags, send};
use tokio::{
    io::{AsyncWrite as _, Interest},
    net::TcpStream,
    task::{JoinHandle, spawn_blocking},
};

use super::{FilePart, outbox::Outbox};

/// What sends files on one connection.
#[derive(Debug)]
pub(super) struct Sends {
    outbox: Arc<Outbox>,
    paced: bool,
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

impl Sends {
    /// On a connection that TCP paces or does not.
    pub(super) const fn new(outbox: Arc<Outbox>, paced: bool) -> Self {
        Self {
            outbox,
            paced,
            fetch: Fetch::NotAsked,
            window: FilePart::MAX_BYTES,
        }
    }

    /// Writes the slices before one that stands for a part of a file, then sends from that part.
    pub(super) fn poll_write_and_send(
        &mut self,
        socket: &mut TcpStream,
        cx: &mut Context<'_>,
        before: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let len: usize = before.iter().map(|slice| slice.len()).sum();
        if len > 0 {
            let written = ready!(self.poll_write(socket, cx, before))?;
            if written < len {
                return Poll::Ready(Ok(written));
            }
        }
        match self.poll_send(socket, cx) {
            Poll::Ready(Ok(sent)) => Poll::Ready(Ok(len.saturating_add(sent))),
            Poll::Pending if len > 0 => {
                if !self.paced {
                    // What waits for a body that is not there yet goes out alone: setting this says so.
                    let _ = socket.set_nodelay(true);
                }
                Poll::Ready(Ok(len))
            }
            other => other,
        }
    }

    /// Writes what comes before a part of a file: the head of a response.
    ///
    /// It waits for the body in the kernel (`MSG_MORE`), which makes one packet and one waking of the peer out of two. Not
    /// where TCP paces packets: a head in front of 64 KiB makes two packets of one that is just full, and the
    /// second waits for a timer.
    fn poll_write(
        &self,
        socket: &mut TcpStream,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let [head] = slices else {
            return Pin::new(socket).poll_write_vectored(cx, slices);
        };
        if self.paced {
            return Pin::new(socket).poll_write(cx, head);
        }
        loop {
            ready!(socket.poll_write_ready(cx))?;
            let flags = SendFlags::MORE | SendFlags::NOSIGNAL;
            let written = socket.try_io(Interest::WRITABLE, || Ok(send(&*socket, head, flags)?));
            match written {
                Err(error) if is_no_end(&error) => {}
                written => return Poll::Ready(written),
            }
        }
    }

    /// Sends from the part of a file at the front of the outbox.
    fn poll_send(&mut self, socket: &TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        loop {
            if let Fetch::UnderWay(fetch) = &mut self.fetch {
                // A fetch that failed or was cut short is met by the next call.
                let _ = ready!(Pin::new(&mut fetch.0).poll(cx));
                self.fetch = Fetch::Done;
            }
            let Some((file, range)) = self.outbox.front() else {
                return Poll::Ready(Err(io::Error::other(
                    "a part of a file is to be sent and none is there",
                )));
            };
            let range = ByteRange::from_len(range.start(), range.len().min(self.window)).unwrap_or(range);
            ready!(socket.poll_write_ready(cx))?;
            match self.send(socket, &*file, range) {
                Ok(Sent::Bytes(bytes)) => {
                    self.fetch = Fetch::NotAsked;
                    self.window = bytes.saturating_mul(2).clamp(LEAST_WINDOW, FilePart::MAX_BYTES);
                    self.outbox.sent(bytes);
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

    fn send(&self, socket: &TcpStream, file: &dyn SendFile, range: ByteRange) -> io::Result<Sent> {
        let fetched = matches!(self.fetch, Fetch::Done);
        socket.try_io(Interest::WRITABLE, || {
            match file.send(socket.as_fd(), range, fetched) {
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

//! The socket of a connection: reports progress to its [`Activity`], and sends parts of files where it [can](Sends).

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Instant,
};

use super::{activity::Activity, outbox::is_mark, sends::Sends};

/// A `TcpStream` that tells what moves.
#[derive(Debug)]
pub(super) struct Transport {
    socket: TcpStream,
    activity: Arc<Activity>,
    /// Sends parts of files, where that is possible.
    sends: Option<Sends>,
}

impl Transport {
    pub(super) const fn new(socket: TcpStream, activity: Arc<Activity>, sends: Option<Sends>) -> Self {
        Self {
            socket,
            activity,
            sends,
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
        let Self { socket, sends, .. } = &mut *self;
        let written = match (mark, sends) {
            (Some(before), Some(sends)) => sends.poll_write_and_send(socket, cx, before),
            _ => Pin::new(socket).poll_write_vectored(cx, slices),
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

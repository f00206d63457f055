//! A stream of HTTP, in the clear or out of TLS, whose HTTP/2 frames are watched.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::{
    activity::Activity,
    counters,
    flood::{ControlFrames, Flood, Read, Watch},
    linger::Linger,
};
use crate::trace;

/// Passes everything on, until the peer floods us: then reading fails, and the connection with it.
#[derive(Debug)]
pub(super) struct Watched<T> {
    stream: T,
    watch: Watch,
    activity: Arc<Activity>,
    /// Our side is closed, and the peer may go on.
    linger: Option<Linger>,
}

impl<T> Watched<T> {
    pub(super) fn new(stream: T, control_frames: ControlFrames, activity: Arc<Activity>) -> Self {
        Self {
            stream,
            watch: Watch::new(control_frames, Instant::now()),
            activity,
            linger: None,
        }
    }

    fn read(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.watch.is_over() {
            return Ok(());
        }
        match self.watch.read(bytes, Instant::now()) {
            Ok(Read::Nothing) => {}
            Ok(Read::Http2) => self.activity.multiplexes(),
            Ok(Read::Body) => self.activity.body_moved(Instant::now()),
            Err(Flood) => {
                counters::connection_flooded();
                trace::connection_flooded();
                return Err(io::Error::other("too many frames that are no part of a request"));
            }
        }
        Ok(())
    }

    /// Tells of the first `written` bytes of these slices.
    fn wrote<'a>(&mut self, slices: impl IntoIterator<Item = &'a [u8]>, mut written: usize) {
        if self.watch.is_over() {
            return;
        }
        let mut body_moved = false;
        for slice in slices {
            let part = slice.get(..written.min(slice.len())).unwrap_or_default();
            written = written.saturating_sub(part.len());
            body_moved |= self.watch.wrote(part);
        }
        if body_moved {
            self.activity.body_moved(Instant::now());
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let fresh = buffer.filled().get(before..).unwrap_or_default();
        Poll::Ready(self.read(fresh))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.wrote([bytes], written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, slices))?;
        self.wrote(slices.iter().map(|slice| &**slice), written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self {
            stream,
            activity,
            linger,
            ..
        } = &mut *self;
        if linger.is_none() {
            ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
            if !activity.may_go_on() {
                return Poll::Ready(Ok(()));
            }
        }
        let linger = linger.get_or_insert_with(|| Linger::begin(Instant::now()));
        linger.poll(stream, cx).map(Ok)
    }
}

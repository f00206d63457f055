//! A stream of which some bytes were read before it is read.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Gives the bytes that were read once more, then goes on with the stream.
#[derive(Debug)]
pub(super) struct Rewound<T> {
    /// What was read. Empty it holds no memory.
    read: Bytes,
    stream: T,
}

impl<T> Rewound<T> {
    pub(super) const fn new(stream: T) -> Self {
        Self {
            read: Bytes::new(),
            stream,
        }
    }

    /// What will be read before the stream goes on.
    pub(super) fn ahead(&self) -> &[u8] {
        &self.read
    }

    /// These were read last of all, and come first. They are copied: what they lie in may be much larger.
    pub(super) fn rewind(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.read = [bytes, &self.read].concat().into();
        }
    }
}

impl<T: AsyncRead + Unpin> Rewound<T> {
    /// Reads at most `most` bytes, and at most 64, and rewinds them. `false`: the stream is at its end.
    pub(super) fn poll_listen(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<io::Result<bool>> {
        let mut buffer = [0; 64];
        let mut buffer = ReadBuf::new(buffer.get_mut(..most.min(64)).unwrap_or_default());
        Pin::new(&mut self.stream)
            .poll_read(cx, &mut buffer)
            .map_ok(|()| {
                let fresh = buffer.filled();
                if !fresh.is_empty() {
                    self.read = [&self.read, fresh].concat().into();
                }
                !fresh.is_empty()
            })
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Rewound<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let bytes = self.read.len().min(buffer.remaining());
        buffer.put_slice(self.read.get(..bytes).unwrap_or_default());
        self.read.advance(bytes);
        if self.read.is_empty() {
            self.read = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Rewound<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn what_was_read_comes_first_whatever_the_order() {
        let mut stream = Rewound::new(&b"ef"[..]);
        stream.rewind(b"cd");
        stream.rewind(b"ab");
        assert_eq!(stream.ahead(), b"abcd");
        let mut three = [0; 3];
        stream.read_exact(&mut three).await.unwrap();
        assert_eq!(&three, b"abc");
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "def");
    }

    #[tokio::test]
    async fn listening_takes_no_more_than_it_is_asked_for() {
        let mut stream = Rewound::new(&b"abcd"[..]);
        assert!(
            std::future::poll_fn(|cx| stream.poll_listen(cx, 3))
                .await
                .unwrap()
        );
        assert_eq!(stream.ahead(), b"abc");
        assert!(
            std::future::poll_fn(|cx| stream.poll_listen(cx, 3))
                .await
                .unwrap()
        );
        assert_eq!(stream.ahead(), b"abcd");
        assert!(
            !std::future::poll_fn(|cx| stream.poll_listen(cx, 3))
                .await
                .unwrap()
        );
    }
}

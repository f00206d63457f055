//! One read of the source: exactly as many bytes as were asked for, or an error.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use flaskflix_core::source::ByteStream;

use super::BodyError;

/// One read of the source that is under way.
pub(super) struct Reading {
    stream: ByteStream,
    left_bytes: u64,
    held: Option<Bytes>,
}

impl Reading {
    /// A read that is to bring `bytes` bytes.
    pub(super) const fn new(stream: ByteStream, bytes: u64) -> Self {
        Self {
            stream,
            left_bytes: bytes,
            held: None,
        }
    }

    pub(super) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            let next = match (self.left_bytes, &self.held) {
                (0, None) => return Poll::Ready(None),
                _ => ready!(self.stream.as_mut().poll_next(cx)),
            };
            match (next, self.left_bytes) {
                (None, 0) => return Poll::Ready(self.held.take().map(Ok)),
                (None, missing_bytes) => {
                    return Poll::Ready(Some(Err(BodyError::Short { missing_bytes })));
                }
                (Some(Err(error)), _) => return Poll::Ready(Some(Err(BodyError::Source(error)))),
                (Some(Ok(chunk)), left) => match left.checked_sub(chunk.len() as u64) {
                    None => return Poll::Ready(Some(Err(BodyError::Long))),
                    Some(0) if left == 0 => {} // an empty chunk past the end says nothing
                    Some(0) => (self.left_bytes, self.held) = (0, Some(chunk)),
                    Some(left) => {
                        self.left_bytes = left;
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                },
            }
        }
    }
}

//! The response body: exactly as many bytes as were announced, or an error. Never a short body that looks complete.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    vec,
};

use bytes::Bytes;
use flaskflix_core::{
    object::Piece,
    range::ByteRange,
    source::{ByteStream, SourceError, SourceObject},
};
use http_body::{Frame, SizeHint};

use crate::{metrics::Exchange, trace};

/// The body of every response: bytes in memory, or pieces read from one open source object.
///
/// Its [`size_hint`](http_body::Body::size_hint) is exact from the first poll to the last. When the source fails, ends
/// early or gives too much, the body fails instead of ending: the server then cuts the connection, so that a client
/// can never take a part for the whole. The last chunk of every read is held back until the source has said that it
/// is done, because a source may notice only then that the object has changed.
///
/// # Cost
/// Chunks pass through as the source makes them, without a copy. The source is first asked when the body is
/// first polled.
pub struct Body {
    left_bytes: u64,
    state: State,
    /// Counts what is sent. Gone at the end, so that a body which nobody drops soon is not counted as under way.
    exchange: Option<Exchange>,
}

enum State {
    /// The status forbids a body (204, 304), so that there is no length to speak of.
    Absent,
    /// Nothing more to come: at the end or after an error.
    Done,
    Bytes(Bytes),
    Pieces {
        source: Option<Arc<dyn SourceObject>>,
        runs: vec::IntoIter<Run>,
        reading: Option<Reading>,
    },
}

/// Neighbouring pieces that are had in one go.
#[derive(Debug)]
enum Run {
    Bytes(Bytes),
    Source { ranges: Vec<ByteRange>, len: u64 },
}

/// Why a body ended before its announced length.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The source could not give the bytes.
    #[error("the source failed while it was read")]
    Source(#[source] SourceError),
    /// The source ended early: its implementation breaks the contract of `SourceObject::read`.
    #[error("the source ended {missing_bytes} bytes early")]
    Short {
        /// Bytes of this read that did not come.
        missing_bytes: u64,
    },
    /// The source gave more than it was asked for: its implementation breaks the contract of `SourceObject::read`.
    #[error("the source gave more bytes than it was asked for")]
    Long,
}

impl Body {
    /// A body without bytes.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            left_bytes: 0,
            state: State::Done,
            exchange: None,
        }
    }

    /// No body at all, as after 204 and 304. Its length is not even zero: frameworks turn a known length into
    /// `Content-Length`, which these statuses must not have (RFC 9110 section 8.6).
    pub(crate) const fn absent() -> Self {
        Self {
            left_bytes: 0,
            state: State::Absent,
            exchange: None,
        }
    }

    /// Pieces in order, the [`Piece::Source`] ones read from this open object. Neighbouring source ranges become
    /// one read. Without a source such a piece fails the body.
    #[must_use]
    pub fn from_pieces(
        source: Option<Arc<dyn SourceObject>>,
        pieces: impl IntoIterator<Item = Piece>,
    ) -> Self {
        let mut left_bytes = 0_u64;
        let mut runs = Vec::with_capacity(1);
        for piece in pieces {
            left_bytes = left_bytes.saturating_add(piece.len());
            match (piece, runs.last_mut()) {
                (Piece::Source(range), Some(Run::Source { ranges, len })) => {
                    ranges.push(range);
                    *len = len.saturating_add(range.len());
                }
                (Piece::Source(range), _) => runs.push(Run::Source {
                    ranges: vec![range],
                    len: range.len(),
                }),
                (Piece::Bytes(bytes), _) => runs.push(Run::Bytes(bytes)),
            }
        }
        Self {
            left_bytes,
            state: State::Pieces {
                source,
                runs: runs.into_iter(),
                reading: None,
            },
            exchange: None,
        }
    }

    /// The same body, counted by this exchange.
    pub(crate) fn counted_by(self, exchange: Exchange) -> Self {
        Self {
            exchange: Some(exchange).filter(|_| self.left_bytes > 0),
            ..self
        }
    }

    /// Nothing more comes: frees the open object and counts the response now, not when the connection ends.
    fn finish(&mut self) {
        self.state = State::Done;
        self.exchange = None;
    }

    /// Bytes that are still to come.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.left_bytes
    }

    /// Whether no more bytes come.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.left_bytes == 0
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            let (source, runs, reading) = match &mut self.state {
                State::Absent | State::Done => return Poll::Ready(None),
                State::Bytes(bytes) => return Poll::Ready(Some(Ok(std::mem::take(bytes)))),
                State::Pieces {
                    source,
                    runs,
                    reading,
                } => (source, runs, reading),
            };
            if let Some(open) = reading {
                match ready!(open.poll_chunk(cx)) {
                    Some(chunk) => return Poll::Ready(Some(chunk)),
                    None => *reading = None,
                }
            }
            match runs.next() {
                None => return Poll::Ready(None),
                Some(Run::Bytes(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Some(Run::Source { ranges, len }) => {
                    let Some(object) = source.clone() else {
                        return Poll::Ready(Some(Err(BodyError::Short { missing_bytes: len })));
                    };
                    *reading = Some(Reading {
                        stream: object.read(ranges),
                        left_bytes: len,
                        held: None,
                    });
                }
            }
        }
    }
}

/// One read of the source that is under way.
struct Reading {
    stream: ByteStream,
    left_bytes: u64,
    held: Option<Bytes>,
}

impl Reading {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
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

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if this.left_bytes == 0 {
            this.finish();
            return Poll::Ready(None);
        }
        match ready!(this.poll_chunk(cx)) {
            Some(Ok(chunk)) => {
                let bytes = chunk.len() as u64;
                this.left_bytes = this.left_bytes.saturating_sub(bytes);
                if let Some(exchange) = &mut this.exchange {
                    exchange.send(bytes);
                }
                if this.left_bytes == 0 {
                    this.finish();
                }
                Poll::Ready(Some(Ok(Frame::data(chunk))))
            }
            Some(Err(error)) => {
                trace::response_cut(&error, this.left_bytes);
                this.finish();
                Poll::Ready(Some(Err(error)))
            }
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left_bytes == 0
    }

    fn size_hint(&self) -> SizeHint {
        match self.state {
            State::Absent => SizeHint::default(),
            _ => SizeHint::with_exact(self.left_bytes),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self {
            left_bytes: bytes.len() as u64,
            state: State::Bytes(bytes),
            exchange: None,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("left_bytes", &self.left_bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

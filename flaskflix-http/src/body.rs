//! The response body: exactly as many bytes as were announced, or an error. Never a short body that looks complete.

mod encrypting;
mod pieces;
mod reading;

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use flaskflix_core::{
    object::Piece,
    source::{SourceError, SourceObject},
};
use http_body::{Frame, SizeHint};

use self::pieces::Pieces;
use crate::{metrics::Exchange, trace};

/// The body of every response: bytes in memory, or pieces read from one open source object.
///
/// Its [`size_hint`](http_body::Body::size_hint) is exact from the first poll to the last. When the source fails, ends
/// early or gives too much, the body fails instead of ending: the server then cuts the connection, so that a client
/// can never take a part for the whole. The last chunk of every read is held back until the source has said that it
/// is done, because a source may notice only then that the object has changed.
///
/// # Cost
/// Chunks pass through as the source makes them, without a copy; encrypted ones are copied once. The source is first
/// asked when the body is first polled.
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
    Pieces(Pieces),
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

    /// Pieces in order, the [`Piece::Source`] ones read from this open object, the [`Piece::Encrypted`] ones
    /// encrypted on the way. Neighbouring source ranges become one read. Without a source such a piece fails the body.
    #[must_use]
    pub fn from_pieces(
        source: Option<Arc<dyn SourceObject>>,
        pieces: impl IntoIterator<Item = Piece>,
    ) -> Self {
        let (pieces, left_bytes) = Pieces::new(source, pieces);
        Self {
            left_bytes,
            state: State::Pieces(pieces),
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
        match &mut self.state {
            State::Absent | State::Done => Poll::Ready(None),
            State::Bytes(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            State::Pieces(pieces) => pieces.poll_chunk(cx),
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

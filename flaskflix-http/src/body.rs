//! The response body: exactly as many bytes as were announced, or an error. Never a short body that looks complete.

mod encrypting;
mod part;
mod pieces;
mod reading;
#[cfg(all(unix, feature = "serve"))]
mod sending;

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
#[cfg(all(unix, feature = "serve"))]
use flaskflix_core::{range::ByteRange, source::SendFile};
use http_body::{Frame, SizeHint};

#[cfg(all(unix, feature = "serve"))]
pub use self::part::FilePart;
pub(crate) use self::part::Part;
pub(crate) use self::pieces::Pieces;
use self::pieces::Way;
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
    /// The same bytes as one file, for a connection that sends files itself.
    #[cfg(all(unix, feature = "serve"))]
    kept: Option<Kept>,
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
    #[cfg(all(unix, feature = "serve"))]
    Kept(Kept),
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
            #[cfg(all(unix, feature = "serve"))]
            kept: None,
            exchange: None,
        }
    }

    /// No body at all, as after 204 and 304. Its length is not even zero: frameworks turn a known length into
    /// `Content-Length`, which these statuses must not have (RFC 9110 section 8.6).
    pub(crate) const fn absent() -> Self {
        Self {
            left_bytes: 0,
            state: State::Absent,
            #[cfg(all(unix, feature = "serve"))]
            kept: None,
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
            #[cfg(all(unix, feature = "serve"))]
            kept: None,
            exchange: None,
        }
    }

    /// The same body, whose bytes are also those of a range of this file, if there is one.
    #[cfg(all(unix, feature = "serve"))]
    pub(crate) fn kept_in(self, file: Option<Arc<dyn SendFile>>, range: Option<ByteRange>) -> Self {
        let kept = file.zip(range).map(|(file, range)| Kept { file, range });
        let kept = kept.filter(|kept| kept.range.len() == self.left_bytes);
        Self { kept, ..self }
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

    /// The next part; a file's goes this way.
    fn poll_part(&mut self, cx: &mut Context<'_>, way: Way) -> Poll<Option<Result<Part, BodyError>>> {
        if self.left_bytes == 0 {
            self.finish();
            return Poll::Ready(None);
        }
        #[cfg(all(unix, feature = "serve"))]
        if let Some(kept) = self.kept.take().filter(|_| way == Way::Direct) {
            self.state = State::Kept(kept);
        }
        let part = match &mut self.state {
            State::Absent | State::Done => None,
            #[cfg(all(unix, feature = "serve"))]
            State::Kept(kept) => Some(Ok(kept.next_part())),
            State::Bytes(bytes) => Some(Ok(Part::Bytes(std::mem::take(bytes)))),
            State::Pieces(pieces) => ready!(pieces.poll_part(cx, way)),
        };
        match &part {
            Some(Ok(part)) => self.give(part.len()),
            Some(Err(error)) => {
                trace::response_cut(error, self.left_bytes);
                self.finish();
            }
            None => {}
        }
        Poll::Ready(part)
    }

    /// So many bytes are given out.
    fn give(&mut self, bytes: u64) {
        self.left_bytes = self.left_bytes.saturating_sub(bytes);
        if let Some(exchange) = &mut self.exchange {
            exchange.send(bytes);
        }
        if self.left_bytes == 0 {
            self.finish();
        }
    }

    /// The next part, which may be a file's.
    #[cfg(feature = "serve")]
    pub(crate) fn poll_direct(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Part, BodyError>>> {
        self.poll_part(cx, Way::Direct)
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let part = ready!(self.poll_part(cx, Way::Memory));
        Poll::Ready(part.map(|part| part.and_then(Part::in_memory).map(Frame::data)))
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
            #[cfg(all(unix, feature = "serve"))]
            kept: None,
            exchange: None,
        }
    }
}

/// A range of a file that is left to be sent.
#[cfg(all(unix, feature = "serve"))]
struct Kept {
    file: Arc<dyn SendFile>,
    range: ByteRange,
}

#[cfg(all(unix, feature = "serve"))]
impl Kept {
    fn next_part(&mut self) -> Part {
        let (now, later) = sending::split(self.range, FilePart::MAX_BYTES);
        // After the last part nothing is asked for: the body counts its bytes.
        self.range = later.unwrap_or(now);
        let file = Arc::clone(&self.file);
        Part::File(FilePart { file, range: now })
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

//! Bodies whose files the connection sends itself.

use std::{
    error::Error,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Either;

use crate::body;
#[cfg(unix)]
pub use crate::body::FilePart;

/// A body that can give parts of files instead of their bytes, to connections that send them without taking them through memory
/// (`sendfile`).
///
/// The body of a [`Streamer`](crate::Streamer) can. A body of yours that wraps it passes it on, as in the example; a body
/// that looks at bytes or changes them does not implement this, and is served with
/// [`Server::serve`](super::Server::serve): its bytes are real ones in memory. So there is no way for anything between the
/// streamer and the socket to see bytes that are not those of the file.
///
/// # Contract
/// Part after part is what [`poll_frame`](Body::poll_frame) would give. A connection asks for the one or for the other, never for both
/// in turn.
///
/// # Examples
/// ```
/// use std::{pin::Pin, task::{Context, Poll}};
/// use flaskflix_http::serve::{DirectBody, Part};
/// use http_body::{Body, Frame, SizeHint};
///
/// /// Counts what is sent.
/// struct Counted<B> { body: B, bytes: u64 }
///
/// # impl<B: Body<Data = bytes::Bytes> + Unpin> Body for Counted<B> {
/// #     type Data = bytes::Bytes;
/// #     type Error = B::Error;
/// #     fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<bytes::Bytes>, B::Error>>> {
/// #         Pin::new(&mut self.body).poll_frame(cx)
/// #     }
/// # }
/// impl<B: DirectBody + Unpin> DirectBody for Counted<B> {
///     fn poll_part(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Part, B::Error>>> {
///         let poll = Pin::new(&mut self.body).poll_part(cx);
///         if let Poll::Ready(Some(Ok(part))) = &poll {
///             self.bytes += part.data_len();
///         }
///         poll
///     }
/// }
/// ```
pub trait DirectBody: Body<Data = Bytes> {
    /// The next part; `None` at the end.
    fn poll_part(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Part, Self::Error>>>;
}

/// What a [`DirectBody`] gives next.
#[derive(Debug)]
#[non_exhaustive]
pub enum Part {
    /// Bytes in memory.
    Bytes(Bytes),
    /// Bytes of a file, to be sent from there.
    #[cfg(unix)]
    File(FilePart),
    /// Trailers.
    Trailers(HeaderMap),
}

impl Part {
    /// Bytes of the body in it.
    #[must_use]
    pub fn data_len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            #[cfg(unix)]
            Self::File(part) => part.len(),
            Self::Trailers(_) => 0,
        }
    }
}

impl From<body::Part> for Part {
    fn from(part: body::Part) -> Self {
        match part {
            body::Part::Bytes(bytes) => Self::Bytes(bytes),
            #[cfg(unix)]
            body::Part::File(part) => Self::File(part),
        }
    }
}

impl DirectBody for crate::Body {
    fn poll_part(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Part, Self::Error>>> {
        self.poll_direct(cx).map_ok(Part::from)
    }
}

/// Pages and the like: their bytes are in memory.
#[cfg(feature = "axum")]
impl DirectBody for ::axum::body::Body {
    fn poll_part(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Part, Self::Error>>> {
        in_memory(self, cx)
    }
}

/// Media here, pages there.
impl<L, R> DirectBody for Either<L, R>
where
    L: DirectBody + Unpin,
    R: DirectBody + Unpin,
    L::Error: Into<Box<dyn Error + Send + Sync>>,
    R::Error: Into<Box<dyn Error + Send + Sync>>,
{
    fn poll_part(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Part, Self::Error>>> {
        match self.get_mut() {
            Self::Left(body) => Pin::new(body).poll_part(cx).map_err(Into::into),
            Self::Right(body) => Pin::new(body).poll_part(cx).map_err(Into::into),
        }
    }
}

/// Any body, all of it in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct InMemory<B>(pub(super) B);

impl<B: Body<Data = Bytes> + Unpin> Body for InMemory<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl<B: Body<Data = Bytes> + Unpin> DirectBody for InMemory<B> {
    fn poll_part(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Part, B::Error>>> {
        in_memory(self, cx)
    }
}

fn in_memory<B: Body<Data = Bytes>>(
    body: Pin<&mut B>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Part, B::Error>>> {
    let frame = ready!(body.poll_frame(cx));
    Poll::Ready(frame.map(|frame| {
        frame.map(|frame| match frame.into_data() {
            Ok(bytes) => Part::Bytes(bytes),
            Err(frame) => Part::Trailers(frame.into_trailers().unwrap_or_default()),
        })
    }))
}

//! The body of a response on its way to hyper.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, Response, header::CONTENT_LENGTH};
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::{
    activity::Activity,
    direct::{DirectBody, Part},
    outbox::{Outbox, OutgoingData},
    overload::Place,
};

/// Counts as a request in flight for as long as it lives.
#[derive(Debug)]
pub(super) struct InFlight {
    activity: Arc<Activity>,
    /// None when it was refused.
    pub(super) place: Option<Place>,
}

impl InFlight {
    /// Also says how many other requests of its connection are in flight.
    pub(super) fn begin(activity: &Arc<Activity>, has_body: bool) -> (Self, usize) {
        let others = activity.request_begins(Instant::now(), has_body);
        let guard = Self {
            activity: Arc::clone(activity),
            place: None,
        };
        (guard, others)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.activity.request_ends(Instant::now());
    }
}

/// A response body, or none, whose request is in flight until the body is dropped.
#[derive(Debug)]
pub(super) struct Outgoing<B> {
    body: Option<B>,
    /// Where parts of files go, when the connection can send them.
    outbox: Option<Arc<Outbox>>,
    guard: InFlight,
}

impl<B: DirectBody> Outgoing<B> {
    /// The response as hyper gets it.
    pub(super) fn response(
        response: Response<Option<B>>,
        outbox: Option<Arc<Outbox>>,
        guard: InFlight,
    ) -> Response<Self> {
        // hyper cuts a body that is longer than it announces; what stands for a part cannot be cut.
        let outbox = outbox.filter(|_| {
            let len = response.body().as_ref().and_then(|body| body.size_hint().exact());
            announces(response.headers(), len)
        });
        response.map(|body| Self { body, outbox, guard })
    }
}

/// Whether the length of the body is what the head says, or will say.
fn announces(headers: &HeaderMap, len: Option<u64>) -> bool {
    let announced = headers
        .get(CONTENT_LENGTH)
        .map(|value| value.to_str().ok()?.parse().ok());
    len.is_some() && announced.is_none_or(|announced| announced == len)
}

impl<B: DirectBody + Unpin> Body for Outgoing<B> {
    type Data = OutgoingData;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<OutgoingData>, B::Error>>> {
        let Self { body, outbox, .. } = &mut *self;
        let Some(body) = body else {
            return Poll::Ready(None);
        };
        let frame = match outbox {
            None => ready!(Pin::new(body).poll_frame(cx))
                .map(|frame| frame.map(|frame| frame.map_data(OutgoingData::Bytes))),
            Some(outbox) => ready!(Pin::new(body).poll_part(cx)).map(|part| {
                part.map(|part| match part {
                    Part::Bytes(bytes) => Frame::data(OutgoingData::Bytes(bytes)),
                    #[cfg(unix)]
                    Part::File(part) => Frame::data(outbox.put(part)),
                    Part::Trailers(trailers) => Frame::trailers(trailers),
                })
            }),
        };
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl<B> Drop for Outgoing<B> {
    fn drop(&mut self) {
        if let (Some(outbox), Some(place)) = (&self.outbox, self.guard.place.take()) {
            outbox.ends(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_body_is_cut_up_for_the_socket_only_when_its_head_tells_its_length() {
        let with =
            |value: &'static str| HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from_static(value))]);
        assert!(announces(&HeaderMap::new(), Some(5)));
        assert!(announces(&with("5"), Some(5)));
        assert!(!announces(&with("4"), Some(5)));
        assert!(!announces(&with("five"), Some(5)));
        assert!(!announces(&HeaderMap::new(), None));
    }
}

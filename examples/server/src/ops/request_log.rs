//! One line for each request, when its response has ended.
//!
//! ```text
//! 2026-05-01T20:15:03.1Z INFO request{id=5e0c...}: flaskflix_server::request: request method="GET" path="/stream/1/t/-/v1/3.m4s" route="segment" status=200 bytes=183920 ms=1.8
//! ```
//!
//! | field | meaning |
//! |---|---|
//! | `id` | of the span: in every event logged within the request, and in `X-Request-Id` of the response |
//! | `path` | path and query, as [`redacted`] shows them |
//! | `route` | the kind of resource, as in the metrics |
//! | `bytes` | of the body, handed to the connection |
//! | `ms` | from the request to the end of its response |
//! | `cut` | whether the client did not get all of it |
//! | `net` | the client's network (IPv4 /24, IPv6 /48), with the setting `log_addresses` |
//!
//! Health checks and metrics are logged at debug. The line belongs to the target `flaskflix_server::request`, so that a
//! filter can leave it out.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use flaskflix_http::{
    metrics::Exchange,
    route::{ApiRoute, RouteLabel, redacted},
    serve::{DirectBody, Part, PeerAddress},
};
use http::{Method, uri::PathAndQuery};
use http_body::{Frame, SizeHint};
use tracing::{Instrument as _, Span};

use super::request_id::{HEADER, RequestId};
use crate::app::App;

/// Names the request, counts it, and writes its line when its response has ended.
pub(crate) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let observation = Observation::begin(&app, &request);
    let span = observation.line.span.clone();
    let response = next.run(request).instrument(span).await;
    observation.end(response).map(Body::new)
}

/// A request that is being answered.
pub(crate) struct Observation {
    id: RequestId,
    line: Line,
}

impl Observation {
    pub(crate) fn begin<B>(app: &App, request: &http::Request<B>) -> Self {
        let peer = request.extensions().get::<PeerAddress>();
        let peer = peer.map(|PeerAddress(peer)| peer.ip());
        let is_trusted = peer.is_some_and(|peer| app.proxies().trusts(peer));
        let id = RequestId::of(request.headers(), is_trusted);
        let span = tracing::info_span!("request", %id);
        let route = label(request.uri().path());
        let net = peer.filter(|_| app.settings().log_addresses);
        let net = net.map(|peer| Network::of(app.proxies().client(peer, request.headers())));
        Self {
            id,
            line: Line::begin(request, route, net, span),
        }
    }

    /// What is logged while the request is answered belongs in here.
    pub(crate) const fn span(&self) -> &Span {
        &self.line.span
    }

    /// The response, with the name of the request; its line is written when its body has ended.
    pub(crate) fn end<B: http_body::Body>(
        self,
        mut response: http::Response<B>,
    ) -> http::Response<Observed<B>> {
        let Self { id, mut line } = self;
        response.headers_mut().insert(HEADER, id.header());
        line.answer(&response);
        response.map(|body| Observed {
            body,
            line: Some(line),
        })
    }
}

/// The library's labels, and ours.
fn label(path: &str) -> RouteLabel {
    match RouteLabel::of_path(path) {
        RouteLabel::Other if path.starts_with("/stream/") => RouteLabel::Other,
        RouteLabel::Other => match path {
            "/healthz" | "/readyz" => RouteLabel::Health,
            "/metrics" => RouteLabel::Metrics,
            path if path.starts_with("/static/") || path.starts_with("/posters/") => RouteLabel::Asset,
            _ => RouteLabel::Page,
        },
        label => label,
    }
}

/// What will be one line. Written on drop.
struct Line {
    span: Span,
    begun: Instant,
    method: Method,
    path: String,
    route: RouteLabel,
    net: Option<Network>,
    status: u16,
    bytes: u64,
    /// Bytes of the whole body, when it announced them.
    len: Option<u64>,
    ended: bool,
    /// The library counts its own.
    exchange: Option<Exchange>,
}

impl Line {
    fn begin<B>(request: &http::Request<B>, route: RouteLabel, net: Option<Network>, span: Span) -> Self {
        let path = request.uri().path();
        let is_ours = ApiRoute::parse(path).is_none() && !path.starts_with("/stream/");
        let target = request.uri().path_and_query().map_or("", PathAndQuery::as_str);
        Self {
            span,
            begun: Instant::now(),
            method: request.method().clone(),
            path: redacted(target).into_owned(),
            route,
            net,
            status: 0,
            bytes: 0,
            len: None,
            ended: false,
            exchange: is_ours.then(|| Exchange::begin(route)),
        }
    }

    fn answer<B: http_body::Body>(&mut self, response: &http::Response<B>) {
        self.status = response.status().as_u16();
        self.len = response.body().size_hint().exact();
        self.ended = self.method == Method::HEAD || response.body().is_end_stream();
        if let Some(exchange) = &mut self.exchange {
            exchange.answer(response.status(), !self.ended);
        }
    }

    fn send(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.ended = self.ended || self.len == Some(self.bytes);
        if let Some(exchange) = &mut self.exchange {
            exchange.send(bytes);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // 0 when the client went away before there was an answer.
        let (method, path, route) = (self.method.as_str(), &self.path, self.route.as_str());
        let (status, bytes, cut) = (self.status, self.bytes, !self.ended);
        let ms = self.begun.elapsed().as_secs_f64() * 1000.0;
        let net = self.net.map(tracing::field::display);
        let _entered = self.span.enter();
        if matches!(self.route, RouteLabel::Health | RouteLabel::Metrics) {
            tracing::debug!(target: TARGET, method, path, route, status, bytes, ms, cut, net, "request");
        } else {
            tracing::info!(target: TARGET, method, path, route, status, bytes, ms, cut, net, "request");
        }
    }
}

/// A body that is counted. What it logs while it is read belongs to its request too.
pub(crate) struct Observed<B> {
    body: B,
    line: Option<Line>,
}

impl<B> Observed<B> {
    /// Polls the body within the span of its request, and notes what came: so many bytes, an error, or the end.
    fn poll<T, E>(
        &mut self,
        poll: impl FnOnce(&mut B) -> Poll<Option<Result<T, E>>>,
        bytes: impl FnOnce(&T) -> u64,
    ) -> Poll<Option<Result<T, E>>> {
        let span = self.line.as_ref().map(|line| line.span.clone());
        let _entered = span.as_ref().map(Span::enter);
        let next = ready!(poll(&mut self.body));
        if let Some(line) = &mut self.line {
            match &next {
                Some(Ok(next)) => line.send(bytes(next)),
                Some(Err(_)) => {}
                None => line.ended = true,
            }
        }
        Poll::Ready(next)
    }
}

impl<B: http_body::Body<Data = Bytes> + Unpin> http_body::Body for Observed<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.poll(
            |body| Pin::new(body).poll_frame(cx),
            |frame| frame.data_ref().map_or(0, |data| data.len() as u64),
        )
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: DirectBody + Unpin> DirectBody for Observed<B> {
    fn poll_part(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Part, B::Error>>> {
        self.poll(|body| Pin::new(body).poll_part(cx), Part::data_len)
    }
}

/// Where a client roughly is: enough to see who floods, not enough to tell one household from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network(IpAddr);

impl Network {
    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Ipv4Addr::new(a, b, c, 0).into()
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
            }
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(_) => write!(f, "{}/24", self.0),
            IpAddr::V6(_) => write!(f, "{}/48", self.0),
        }
    }
}

pub(super) const TARGET: &str = "flaskflix_server::request";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_a_kind() {
        for (path, wanted) in [
            ("/", "page"),
            ("/movie/1/watch", "page"),
            ("/static/app.css", "asset"),
            ("/posters/generated/1.svg", "asset"),
            ("/readyz", "health"),
            ("/metrics", "metrics"),
            ("/stream/1/token", "token"),
            ("/stream/1/else", "other"),
            ("/continue-watching", "continue_watching"),
        ] {
            assert_eq!(label(path).as_str(), wanted, "{path}");
        }
    }

    #[test]
    fn a_network_does_not_tell_the_household() {
        for (address, shown) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:12:34::7", "2001:db8:12::/48"),
        ] {
            assert_eq!(Network::of(address.parse().unwrap()).to_string(), shown);
        }
    }
}

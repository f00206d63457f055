//! One request and its response, as metrics see them.

use std::time::Instant;

use ::metrics::{Gauge, with_recorder};
use http::StatusCode;

use super::names::{ACTIVE_KEY, METADATA, bytes_key, seconds_key, with_requests_key};
use crate::route::RouteLabel;

/// Counts one request: begun when it arrives, dropped when its response has ended.
///
/// [`Streamer`](crate::Streamer) keeps one for every request of its own. An application may count its other pages
/// with the same metrics.
///
/// # Examples
/// ```
/// use flaskflix_http::{metrics::Exchange, route::RouteLabel};
/// let mut exchange = Exchange::begin(RouteLabel::Page);
/// exchange.answer(http::StatusCode::OK, true); // the head is ready, and a body comes
/// exchange.send(1024); // the first byte is on its way
/// drop(exchange); // all is sent, or the client is gone
/// ```
#[derive(Debug)]
pub struct Exchange {
    route: RouteLabel,
    /// When it was begun, until its first byte.
    awaited_since: Option<Instant>,
    sent_bytes: u64,
    /// The gauge that it was added to, so that it is taken off the same one.
    active: Option<Gauge>,
}

impl Exchange {
    /// Begins with the arrival of a request. One that is dropped before [`answer`](Self::answer) counts as none:
    /// the client went away.
    #[must_use]
    pub fn begin(route: RouteLabel) -> Self {
        Self {
            route,
            awaited_since: Some(Instant::now()),
            sent_bytes: 0,
            active: None,
        }
    }

    /// The head of the response is ready. Without a body its time is taken now, else with the first
    /// [`send`](Self::send).
    pub fn answer(&mut self, status: StatusCode, has_body: bool) {
        with_recorder(|recorder| {
            with_requests_key(self.route, status, |key| {
                recorder.register_counter(key, &METADATA).increment(1);
            });
            if has_body && status.is_success() && self.route.is_media() {
                let active = recorder.register_gauge(&ACTIVE_KEY, &METADATA);
                active.increment(1.0);
                self.active = Some(active);
            }
        });
        if !has_body {
            self.take_time();
        }
    }

    /// A chunk of the body is on its way.
    pub fn send(&mut self, bytes: u64) {
        self.take_time();
        self.sent_bytes = self.sent_bytes.saturating_add(bytes);
    }

    /// The kind of resource.
    #[must_use]
    pub const fn route(&self) -> RouteLabel {
        self.route
    }

    fn take_time(&mut self) {
        let (Some(since), Some(key)) = (self.awaited_since.take(), seconds_key(self.route)) else {
            return;
        };
        let seconds = since.elapsed().as_secs_f64();
        with_recorder(|recorder| recorder.register_histogram(key, &METADATA).record(seconds));
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(active) = &self.active {
            active.decrement(1.0);
        }
        if let (1.., Some(key)) = (self.sent_bytes, bytes_key(self.route)) {
            with_recorder(|recorder| {
                recorder
                    .register_counter(key, &METADATA)
                    .increment(self.sent_bytes);
            });
        }
    }
}

//! Everything this crate counts, through the `metrics` facade: names and labels in one place.
//!
//! | metric | kind | labels | meaning |
//! |---|---|---|---|
//! | `flaskflix_http_requests_total` | counter | `route`, `status` | requests that were answered |
//! | `flaskflix_http_request_seconds` | histogram | `route` | from the request to the first byte of its body, or to its head when it has none |
//! | `flaskflix_http_response_bytes_total` | counter | `route` | body bytes handed to the connection, counted when a response ends |
//! | `flaskflix_active_streams` | gauge | | responses of media under way |
//! | `flaskflix_hot_segments_made_total` | counter | | segments that were asked for so often that they were put together in memory ([`hot_segment_bytes`](crate::StreamerBuilder::hot_segment_bytes)) |
//! | `flaskflix_hot_segments_sent_total` | counter | | answers with such a segment |
//! | `flaskflix_tokens_minted_total` | counter | | stream tokens handed out |
//! | `flaskflix_tokens_refused_total` | counter | `reason` | stream tokens refused |
//! | `flaskflix_open_connections` | gauge | | connections that are open |
//! | `flaskflix_connections_refused_total` | counter | `reason` | connections closed as soon as they came: `address` has too many |
//! | `flaskflix_connections_cut_total` | counter | `reason` | connections cut at a deadline (`head`, `idle`, `stall`), or for a `flood` of HTTP/2 frames |
//! | `flaskflix_tls_failures_total` | counter | `reason` | connections that ended before TLS was agreed on: `clear-text` HTTP came, the `handshake` failed |
//! | `flaskflix_requests_refused_total` | counter | `reason` | requests refused before they are looked at: for their head `host`, `target`, `fields`; because too many are under way `requests`, `share` |
//! | `flaskflix_panics_total` | counter | | panics of the service that were answered with 500 |
//!
//! The last six are those of [`Server`](crate::serve::Server).
//!
//! `route` is a [`RouteLabel`](crate::route::RouteLabel), `status` the three digits. Ids of titles, viewers and tokens are
//! never labels.
//!
//! An application sees them by installing a recorder (an exporter) of the `metrics` crate, at best before the first
//! request, and calling [`describe`] once. Without a recorder nothing is kept.
//!
//! # Cost
//! Measured for one request: 0.1 us without a recorder (two looks at the clock), 0.4 us with the Prometheus exporter. We
//! allocate nothing on the way of a request, keys are made once; the exporter allocates its four handles.

mod exchange;
mod names;

pub use exchange::Exchange;
pub use names::{
    ACTIVE_STREAMS, CONNECTIONS_CUT, CONNECTIONS_REFUSED, HOT_SEGMENTS_MADE, HOT_SEGMENTS_SENT,
    OPEN_CONNECTIONS, PANICS, REQUEST_SECONDS, REQUESTS, REQUESTS_REFUSED, RESPONSE_BYTES, TLS_FAILURES,
    TOKENS_MINTED, TOKENS_REFUSED, describe,
};

#[cfg(test)]
mod tests;

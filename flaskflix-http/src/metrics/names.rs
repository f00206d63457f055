//! Names, help texts and the keys made of them.

use std::sync::LazyLock;

use ::metrics::{Key, Label, Level, Metadata, Unit, describe_counter, describe_gauge, describe_histogram};
use http::StatusCode;

use crate::route::RouteLabel;

/// Requests that were answered, by `route` and `status`.
pub const REQUESTS: &str = "flaskflix_http_requests_total";
/// Seconds from a request to the first byte of its response's body, by `route`.
pub const REQUEST_SECONDS: &str = "flaskflix_http_request_seconds";
/// Body bytes handed to the connection, by `route`.
pub const RESPONSE_BYTES: &str = "flaskflix_http_response_bytes_total";
/// Responses of media under way.
pub const ACTIVE_STREAMS: &str = "flaskflix_active_streams";
/// Segments that were put together in memory.
pub const HOT_SEGMENTS_MADE: &str = "flaskflix_hot_segments_made_total";
/// Answers with a segment that was put together in memory before.
pub const HOT_SEGMENTS_SENT: &str = "flaskflix_hot_segments_sent_total";
/// Stream tokens handed out.
pub const TOKENS_MINTED: &str = "flaskflix_tokens_minted_total";
/// Stream tokens refused, by `reason`.
pub const TOKENS_REFUSED: &str = "flaskflix_tokens_refused_total";
/// Connections that are open.
pub const OPEN_CONNECTIONS: &str = "flaskflix_open_connections";
/// Connections that were closed as soon as they came, by `reason`.
pub const CONNECTIONS_REFUSED: &str = "flaskflix_connections_refused_total";
/// Connections that were cut at a deadline or for a flood of frames, by `reason`.
pub const CONNECTIONS_CUT: &str = "flaskflix_connections_cut_total";
/// Connections that ended before TLS was agreed on, by `reason`.
pub const TLS_FAILURES: &str = "flaskflix_tls_failures_total";
/// Requests that were refused before the service saw them, by `reason`.
pub const REQUESTS_REFUSED: &str = "flaskflix_requests_refused_total";
/// Panics of the service that were answered with 500.
pub const PANICS: &str = "flaskflix_panics_total";

/// Gives the recorder that is installed the unit and help text of every metric of this crate. Call it once, after
/// installing the recorder.
pub fn describe() {
    describe_counter!(REQUESTS, Unit::Count, "Requests that were answered.");
    describe_histogram!(
        REQUEST_SECONDS,
        Unit::Seconds,
        "From a request to the first byte of its body, or to its head when it has none."
    );
    describe_counter!(
        RESPONSE_BYTES,
        Unit::Bytes,
        "Body bytes handed to the connection, counted when a response ends."
    );
    describe_gauge!(ACTIVE_STREAMS, Unit::Count, "Responses of media under way.");
    describe_counter!(
        HOT_SEGMENTS_MADE,
        Unit::Count,
        "Segments that were put together in memory."
    );
    describe_counter!(
        HOT_SEGMENTS_SENT,
        Unit::Count,
        "Answers with a segment that was put together in memory before."
    );
    describe_counter!(TOKENS_MINTED, Unit::Count, "Stream tokens handed out.");
    describe_counter!(TOKENS_REFUSED, Unit::Count, "Stream tokens refused.");
    describe_gauge!(OPEN_CONNECTIONS, Unit::Count, "Connections that are open.");
    describe_counter!(
        CONNECTIONS_REFUSED,
        Unit::Count,
        "Connections that were closed as soon as they came."
    );
    describe_counter!(
        CONNECTIONS_CUT,
        Unit::Count,
        "Connections that were cut at a deadline or for a flood of frames."
    );
    describe_counter!(
        TLS_FAILURES,
        Unit::Count,
        "Connections that ended before TLS was agreed on."
    );
    describe_counter!(
        REQUESTS_REFUSED,
        Unit::Count,
        "Requests that were refused before the service saw them."
    );
    describe_counter!(
        PANICS,
        Unit::Count,
        "Panics of the service that were answered with 500."
    );
}

/// The key of [`REQUESTS`] for a route and a status.
pub(super) fn with_requests_key<T>(route: RouteLabel, status: StatusCode, f: impl FnOnce(&Key) -> T) -> T {
    let place = STATUSES.iter().position(|(code, _)| *code == status.as_u16());
    let known = place.and_then(|place| KEYS.requests.get(route as usize)?.get(place));
    match known {
        Some(key) => f(key),
        // Rare enough to allocate.
        None => f(&Key::from_parts(
            REQUESTS,
            vec![route_label(route), Label::new(STATUS, status.as_str().to_owned())],
        )),
    }
}

/// The key of [`REQUEST_SECONDS`] for a route.
pub(super) fn seconds_key(route: RouteLabel) -> Option<&'static Key> {
    KEYS.seconds.get(route as usize)
}

/// The key of [`RESPONSE_BYTES`] for a route.
pub(super) fn bytes_key(route: RouteLabel) -> Option<&'static Key> {
    KEYS.bytes.get(route as usize)
}

pub(super) static ACTIVE_KEY: Key = Key::from_static_name(ACTIVE_STREAMS);
pub(super) static METADATA: Metadata<'static> =
    Metadata::new("flaskflix_http", Level::INFO, Some(module_path!()));

/// Keys by [`RouteLabel`], made once: making one allocates its labels and hashes them.
struct Keys {
    requests: Vec<Vec<Key>>,
    seconds: Vec<Key>,
    bytes: Vec<Key>,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let of_routes = |name| {
        let key = |route| Key::from_parts(name, vec![route_label(route)]).to_retained();
        RouteLabel::ALL.map(key).to_vec()
    };
    Keys {
        requests: RouteLabel::ALL.map(requests_keys).to_vec(),
        seconds: of_routes(REQUEST_SECONDS),
        bytes: of_routes(RESPONSE_BYTES),
    }
});

fn requests_keys(route: RouteLabel) -> Vec<Key> {
    let key = |(_, text): &(u16, &'static str)| {
        let labels = vec![route_label(route), Label::from_static_parts(STATUS, text)];
        // Retained: recorders clone keys, and a clone of a retained one allocates nothing.
        Key::from_parts(REQUESTS, labels).to_retained()
    };
    STATUSES.iter().map(key).collect()
}

const fn route_label(route: RouteLabel) -> Label {
    Label::from_static_parts("route", route.as_str())
}

const STATUS: &str = "status";

/// The statuses that this crate and applications around it answer with, the frequent ones first.
#[rustfmt::skip]
const STATUSES: [(u16, &str); 28] = [
    (206, "206"), (200, "200"), (304, "304"), (204, "204"), (404, "404"), (401, "401"), (403, "403"),
    (303, "303"), (307, "307"), (302, "302"), (301, "301"), (308, "308"), (201, "201"), (202, "202"),
    (400, "400"), (405, "405"), (408, "408"), (409, "409"), (410, "410"), (412, "412"), (413, "413"), (415, "415"),
    (416, "416"), (422, "422"), (429, "429"), (500, "500"), (502, "502"), (503, "503"),
];

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use ::metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit, set_default_local_recorder,
};
use bytes::Bytes;
use flaskflix_core::{
    catalog::{Delivery, Title},
    id::{AssetKey, TitleId},
};
use flaskflix_storage::memory::{MemoryCatalog, MemorySource};
use http::{Request, Response, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt as _;

use super::*;
use crate::{Streamer, body::Body, route::RouteLabel};

/// Keeps every metric as text and number.
#[derive(Default)]
struct Notes {
    values: Arc<Mutex<BTreeMap<String, f64>>>,
    described: Mutex<Vec<String>>,
}

impl Notes {
    fn value(&self, text: &str) -> f64 {
        self.values.lock().unwrap().get(text).copied().unwrap_or(0.0)
    }

    fn number(&self, key: &Key) -> Arc<Number> {
        let mut labels: Vec<_> = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        labels.sort();
        Arc::new(Number {
            text: format!("{}{{{}}}", key.name(), labels.join(",")),
            values: Arc::clone(&self.values),
        })
    }
}

struct Number {
    text: String,
    values: Arc<Mutex<BTreeMap<String, f64>>>,
}

impl Number {
    fn add(&self, value: f64) {
        *self.values.lock().unwrap().entry(self.text.clone()).or_default() += value;
    }
}

impl CounterFn for Number {
    fn increment(&self, value: u64) {
        self.add(float(value));
    }
    fn absolute(&self, _: u64) {
        unreachable!("nothing counts absolutely");
    }
}

impl GaugeFn for Number {
    fn increment(&self, value: f64) {
        self.add(value);
    }
    fn decrement(&self, value: f64) {
        self.add(-value);
    }
    fn set(&self, _: f64) {
        unreachable!("nothing is set");
    }
}

impl HistogramFn for Number {
    /// Counts: how long a test took says nothing.
    fn record(&self, seconds: f64) {
        assert!((0.0..60.0).contains(&seconds), "{seconds}");
        self.add(1.0);
    }
}

impl Recorder for Notes {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().push(name.as_str().to_owned());
    }
    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, text: SharedString) {
        self.describe_counter(name, unit, text);
    }
    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, text: SharedString) {
        self.describe_counter(name, unit, text);
    }
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.number(key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.number(key))
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.number(key))
    }
}

fn float(value: u64) -> f64 {
    f64::from(u32::try_from(value).unwrap())
}

fn streamer() -> Streamer {
    let source = MemorySource::new();
    let key = AssetKey::parse("film.mp4").unwrap();
    source.put(key.clone(), Bytes::from_static(b"0123456789"));
    let catalog = MemoryCatalog::new();
    let film = TitleId::parse("film").unwrap();
    catalog.put(Title::new(film, "Film", Delivery::File { asset: key }));
    Streamer::open_builder(Arc::new(catalog), Arc::new(source))
        .build()
        .unwrap()
}

async fn ask(streamer: &Streamer, method: &str, path: &str) -> Response<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("range", "bytes=2-5");
    streamer.handle(request.body(()).unwrap()).await
}

const VIDEO_206: &str = "flaskflix_http_requests_total{route=video,status=206}";
const VIDEO_BYTES: &str = "flaskflix_http_response_bytes_total{route=video}";
const VIDEO_SECONDS: &str = "flaskflix_http_request_seconds{route=video}";
const ACTIVE: &str = "flaskflix_active_streams{}";

#[tokio::test]
async fn a_response_is_counted_when_its_body_has_ended() {
    let notes = Notes::default();
    let _guard = set_default_local_recorder(&notes);
    let response = ask(&streamer(), "GET", "/stream/film/video").await;
    assert_eq!(notes.value(VIDEO_206), 1.0);
    assert_eq!(notes.value(ACTIVE), 1.0);
    assert_eq!(notes.value(VIDEO_SECONDS), 0.0, "the first byte is still to come");
    assert_eq!(notes.value(VIDEO_BYTES), 0.0);

    let mut body = response.into_body();
    let sent = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(&sent[..], b"2345");
    assert!(body.is_end_stream(), "and it is not dropped yet");
    assert_eq!(notes.value(VIDEO_SECONDS), 1.0);
    assert_eq!(notes.value(VIDEO_BYTES), 4.0);
    assert_eq!(notes.value(ACTIVE), 0.0);
}

#[tokio::test]
async fn bytes_that_are_not_asked_of_the_body_are_not_counted_as_sent() {
    let notes = Notes::default();
    let _guard = set_default_local_recorder(&notes);
    drop(ask(&streamer(), "GET", "/stream/film/video").await);
    assert_eq!((notes.value(VIDEO_206), notes.value(ACTIVE)), (1.0, 0.0));
    assert_eq!(notes.value(VIDEO_BYTES), 0.0);
    assert_eq!(notes.value(VIDEO_SECONDS), 0.0);
}

#[tokio::test]
async fn responses_without_a_body_are_no_streams_and_have_a_time() {
    let notes = Notes::default();
    let _guard = set_default_local_recorder(&notes);
    let head = ask(&streamer(), "HEAD", "/stream/film/video").await;
    assert_eq!(notes.value(ACTIVE), 0.0);
    assert_eq!(notes.value(VIDEO_SECONDS), 1.0);
    drop(head);
    assert_eq!(notes.value(ACTIVE), 0.0);
}

#[tokio::test]
async fn refusals_are_counted_under_their_status_and_are_no_streams() {
    let notes = Notes::default();
    let _guard = set_default_local_recorder(&notes);
    let refusal = ask(&streamer(), "GET", "/stream/nobody/video").await;
    assert_eq!(
        notes.value("flaskflix_http_requests_total{route=video,status=404}"),
        1.0
    );
    assert_eq!(notes.value(ACTIVE), 0.0);
    drop(refusal.into_body().collect().await);
    drop(ask(&streamer(), "GET", "/secret/path").await);
    let values = notes.values.lock().unwrap();
    assert_eq!(
        values["flaskflix_http_requests_total{route=other,status=404}"],
        1.0
    );
    for text in values.keys() {
        assert!(
            !text.contains("nobody") && !text.contains("secret"),
            "an id is a label: {text}"
        );
    }
}

#[test]
fn every_status_has_its_own_label() {
    let notes = Notes::default();
    let _guard = set_default_local_recorder(&notes);
    for status in 100..=599 {
        Exchange::begin(RouteLabel::Page).answer(StatusCode::from_u16(status).unwrap(), false);
        let text = format!("flaskflix_http_requests_total{{route=page,status={status}}}");
        assert_eq!(notes.value(&text), 1.0, "{text}");
    }
}

#[test]
fn a_stream_is_taken_off_the_gauge_it_was_added_to() {
    let first = Notes::default();
    let mut exchange = Exchange::begin(RouteLabel::Segment);
    {
        let _guard = set_default_local_recorder(&first);
        exchange.answer(StatusCode::OK, true);
    }
    let second = Notes::default();
    let _guard = set_default_local_recorder(&second);
    assert_eq!(first.value(ACTIVE), 1.0);
    drop(exchange);
    assert_eq!((first.value(ACTIVE), second.value(ACTIVE)), (0.0, 0.0));
}

#[test]
fn every_metric_is_described() {
    let notes = Notes::default();
    let _guard = set_default_local_recorder(&notes);
    describe();
    let names = [
        REQUESTS,
        REQUEST_SECONDS,
        RESPONSE_BYTES,
        ACTIVE_STREAMS,
        HOT_SEGMENTS_MADE,
        HOT_SEGMENTS_SENT,
        TOKENS_MINTED,
        TOKENS_REFUSED,
        OPEN_CONNECTIONS,
        CONNECTIONS_REFUSED,
        CONNECTIONS_CUT,
        TLS_FAILURES,
        REQUESTS_REFUSED,
        PANICS,
    ];
    assert_eq!(*notes.described.lock().unwrap(), names);
}

/// Measured in release: 50 ns. The bound is for a debug build on a busy machine.
#[test]
fn without_a_recorder_a_request_pays_microseconds_at_most() {
    let begun = Instant::now();
    for _ in 0..10_000 {
        let mut exchange = Exchange::begin(RouteLabel::Segment);
        exchange.answer(StatusCode::PARTIAL_CONTENT, true);
        exchange.send(65_536);
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?} for 10,000 requests");
}

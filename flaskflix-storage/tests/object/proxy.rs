//! A proxy between source and store that does what stores and networks do on bad days.

use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use flaskflix_core::Bytes;
use futures_util::{StreamExt as _, future::BoxFuture, stream};
use http_body_util::{BodyExt, BodyStream, Empty, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Method, Request, Response,
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What happens to one request.
pub(crate) enum Fault {
    /// An answer without the store.
    Status(u16),
    /// 503, and when to come back.
    RetryAfter(&'static str),
    /// The head of an object of this many bytes, without the store.
    Object(u64),
    /// All of an object of this many bytes that are zero, without the store, as fast as they are taken.
    Zeros(u64),
    /// No answer, ever.
    Hang,
    /// This many bytes of the body, then nothing, ever.
    HangAfter(usize),
    /// This many bytes of the body, then the connection breaks.
    CutAfter(usize),
    /// The body in pieces of this many bytes, with a pause before each.
    Slow(usize, Duration),
    /// Something happens in the store before the request goes there.
    Meanwhile(BoxFuture<'static, ()>),
}

/// The proxy. Faults are for `HEAD`, for `GET` of a range and for everything else (lists), in the order they come; without one a
/// request passes.
pub(crate) struct Proxy {
    endpoint: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    upstream: String,
    heads: Mutex<VecDeque<Fault>>,
    gets: Mutex<VecDeque<Fault>>,
    lists: Mutex<VecDeque<Fault>>,
    ranges: Mutex<Vec<String>>,
    head_count: AtomicUsize,
    conditional_count: AtomicUsize,
    connection_count: AtomicUsize,
    sent_bytes: AtomicU64,
}

type Body = UnsyncBoxBody<Bytes, io::Error>;

impl Proxy {
    pub(crate) async fn before(endpoint: &str) -> Self {
        let shared = Arc::new(Shared {
            upstream: endpoint.strip_prefix("http://").unwrap().to_owned(),
            ..Shared::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                serving.connection_count.fetch_add(1, Ordering::Relaxed);
                let shared = Arc::clone(&serving);
                let service = service_fn(move |request| Arc::clone(&shared).serve(request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
            }
        });
        Self {
            endpoint,
            shared,
            task,
        }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn on_head(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.heads.lock().unwrap().extend(faults);
    }

    pub(crate) fn on_get(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.gets.lock().unwrap().extend(faults);
    }

    pub(crate) fn on_list(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.lists.lock().unwrap().extend(faults);
    }

    /// From now on all requests pass.
    pub(crate) fn heal(&self) {
        for faults in [&self.shared.heads, &self.shared.gets, &self.shared.lists] {
            faults.lock().unwrap().clear();
        }
    }

    /// The `Range` of every `GET` so far.
    pub(crate) fn take_ranges(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.ranges.lock().unwrap())
    }

    pub(crate) fn head_count(&self) -> usize {
        self.shared.head_count.load(Ordering::Relaxed)
    }

    /// How many `GET`s said `If-Match`.
    pub(crate) fn conditional_count(&self) -> usize {
        self.shared.conditional_count.load(Ordering::Relaxed)
    }

    pub(crate) fn connection_count(&self) -> usize {
        self.shared.connection_count.load(Ordering::Relaxed)
    }

    /// Bytes of bodies that were given to connections.
    pub(crate) fn sent_bytes(&self) -> u64 {
        self.shared.sent_bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        let fault = self.note(&request);
        Ok(match fault {
            None => self.pass(request).await,
            Some(Fault::Status(status)) => answer(status, None),
            Some(Fault::RetryAfter(time)) => answer(503, Some(time)),
            Some(Fault::Object(len)) => object(len).body(nothing()).unwrap(),
            Some(Fault::Zeros(len)) => self.zeros(len),
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Meanwhile(what)) => {
                what.await;
                self.pass(request).await
            }
            Some(Fault::HangAfter(bytes)) => {
                let rest = stream::pending::<io::Result<Bytes>>();
                self.pass(request).await.map(|body| first(body, bytes, rest))
            }
            Some(Fault::CutAfter(bytes)) => {
                let end = stream::once(async { Err(io::Error::other("cut")) });
                self.pass(request).await.map(|body| first(body, bytes, end))
            }
            Some(Fault::Slow(bytes, pause)) => self.pass(request).await.map(|body| slow(body, bytes, pause)),
        })
    }

    /// Counts a request and finds what is to happen to it.
    fn note(&self, request: &Request<Incoming>) -> Option<Fault> {
        if *request.method() == Method::HEAD {
            self.head_count.fetch_add(1, Ordering::Relaxed);
            return self.heads.lock().unwrap().pop_front();
        }
        let Some(range) = request.headers().get("range") else {
            return self.lists.lock().unwrap().pop_front();
        };
        let range = range.to_str().unwrap().to_owned();
        self.ranges.lock().unwrap().push(range);
        if request.headers().contains_key("if-match") {
            self.conditional_count.fetch_add(1, Ordering::Relaxed);
        }
        self.gets.lock().unwrap().pop_front()
    }

    fn zeros(self: &Arc<Self>, len: u64) -> Response<Body> {
        const CHUNK: Bytes = Bytes::from_static(&[0; 65_536]);
        let shared = Arc::clone(self);
        let chunks = stream::iter(0..len / CHUNK.len() as u64).map(move |_| {
            shared.sent_bytes.fetch_add(CHUNK.len() as u64, Ordering::Relaxed);
            Ok(Frame::data(CHUNK))
        });
        object(len)
            .status(206)
            .header("content-range", format!("bytes 0-{}/{len}", len - 1))
            .body(BodyExt::boxed_unsync(StreamBody::new(chunks)))
            .unwrap()
    }

    /// The store's answer, as it comes.
    async fn pass(self: &Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let socket = TcpStream::connect(&self.upstream).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket))
            .await
            .unwrap();
        tokio::spawn(connection);
        let shared = Arc::clone(self);
        let response = sender.send_request(request).await.unwrap();
        response.map(|body| {
            let counted = BodyStream::new(body).map(move |frame| {
                let frame = frame.map_err(io::Error::other)?;
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                shared.sent_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
                Ok(frame)
            });
            BodyExt::boxed_unsync(StreamBody::new(Box::pin(counted)))
        })
    }
}

/// The head of an object that the store does not have.
fn object(len: u64) -> hyper::http::response::Builder {
    Response::builder()
        .header("content-length", len)
        .header("last-modified", "Sat, 01 Jan 2028 00:00:00 GMT")
        .header("etag", "\"1\"")
}

fn nothing() -> Body {
    BodyExt::boxed_unsync(Empty::new().map_err(|never: Infallible| match never {}))
}

fn answer(status: u16, retry_after: Option<&str>) -> Response<Body> {
    let mut response = Response::builder().status(status);
    if let Some(time) = retry_after {
        response = response.header("retry-after", time);
    }
    response.body(nothing()).unwrap()
}

/// The data of a body, in pieces of at most `piece` bytes.
fn pieces(body: Body, piece: usize) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    BodyStream::new(body).flat_map(move |frame| {
        let mut data = frame.unwrap().into_data().unwrap_or_default();
        let mut pieces = Vec::new();
        while !data.is_empty() {
            pieces.push(Ok(data.split_to(piece.min(data.len()))));
        }
        stream::iter(pieces)
    })
}

/// The first bytes of a body, and then something else.
fn first(
    body: Body,
    bytes: usize,
    then: impl futures_util::Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> Body {
    let data = pieces(body, 1000).take(bytes / 1000).chain(then);
    BodyExt::boxed_unsync(StreamBody::new(Box::pin(data.map(|data| data.map(Frame::data)))))
}

fn slow(body: Body, bytes: usize, pause: Duration) -> Body {
    let data = pieces(body, bytes).then(move |data| async move {
        tokio::time::sleep(pause).await;
        data.map(Frame::data)
    });
    BodyExt::boxed_unsync(StreamBody::new(Box::pin(data)))
}

//! One connection from accept to close: hyper, its deadline, its part in the drain.

use std::{
    error::Error as StdError,
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::{
    body::Incoming,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep_until},
};
use tower_service::Service;

use super::{
    activity::{Activity, Overdue, Timeouts},
    counters,
    head::{HeadLimits, Refusal},
    panics,
    transport::Transport,
};
use crate::{peer::PeerAddress, trace};

/// What one connection may do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) timeouts: Timeouts,
    pub(super) heads: HeadLimits,
}

/// Serves one connection until it ends, is overdue, or has drained.
pub(super) async fn run<S, B>(
    protocol: auto::Builder<TokioExecutor>,
    Limits { timeouts, heads }: Limits,
    socket: TcpStream,
    peer: PeerAddress,
    service: S,
    mut draining: watch::Receiver<bool>,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let activity = Arc::new(Activity::new(Instant::now()));
    let io = TokioIo::new(Transport::new(socket, Arc::clone(&activity)));
    let service = TowerToHyperService::new(service);
    let observer = Arc::clone(&activity);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let guard = InFlight::begin(&observer, request.version());
        let call = heads.check(&request).map(|()| service.call(request));
        async move {
            let response = respond(call).await?;
            Ok::<_, S::Error>(response.map(|body| Observed { body, _guard: guard }))
        }
    });
    let mut connection = pin!(protocol.serve_connection_with_upgrades(io, service));
    let mut drain = pin!(async move { draining.wait_for(|draining| *draining).await.map(|_| ()) });
    let mut timer = pin!(sleep_until(activity.deadline(&timeouts).0));
    let mut leaving = false;
    poll_fn(|cx| {
        loop {
            if let Poll::Ready(end) = connection.as_mut().poll(cx) {
                if let Err(error) = end {
                    trace::connection_failed(&*error);
                }
                return Poll::Ready(());
            }
            if !leaving && drain.as_mut().poll(cx).is_ready() {
                leaving = true;
                connection.as_mut().graceful_shutdown();
                continue;
            }
            let (deadline, overdue) = activity.deadline(&timeouts);
            if deadline < timer.deadline() {
                timer.as_mut().reset(deadline);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            // The timer is armed once and moved only when it fires or must fire sooner: most requests never touch it.
            if Instant::now() < deadline {
                timer.as_mut().reset(deadline);
            } else if overdue == Overdue::Idle && !leaving {
                // HTTP/1.1 closes at once; HTTP/2 says good-bye, and has the idle time once more to hear it.
                leaving = true;
                connection.as_mut().graceful_shutdown();
                activity.read(Instant::now());
            } else {
                counters::connection_cut(overdue);
                trace::connection_overdue(overdue);
                return Poll::Ready(());
            }
        }
    })
    .await;
}

/// The response of the service, or ours in its place.
async fn respond<F, B, E>(call: Result<F, Refusal>) -> Result<Response<Option<B>>, E>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    let call = match call {
        Ok(call) => call,
        Err(refusal) => {
            counters::request_refused(refusal);
            return Ok(without_body(refusal.status()));
        }
    };
    match panics::catch(call).await {
        Ok(response) => Ok(response?.map(Some)),
        Err(text) => {
            counters::panicked();
            trace::service_panicked(&text);
            Ok(without_body(StatusCode::INTERNAL_SERVER_ERROR))
        }
    }
}

fn without_body<B>(status: StatusCode) -> Response<Option<B>> {
    let mut response = Response::new(None);
    *response.status_mut() = status;
    response
}

/// Counts as a request in flight for as long as it lives.
#[derive(Debug)]
struct InFlight(Arc<Activity>);

impl InFlight {
    fn begin(activity: &Arc<Activity>, version: Version) -> Self {
        activity.request_begins(version == Version::HTTP_2, Instant::now());
        Self(Arc::clone(activity))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.request_ends(Instant::now());
    }
}

/// A response body, or none, whose request is in flight until the body is dropped.
#[derive(Debug)]
struct Observed<B> {
    body: Option<B>,
    _guard: InFlight,
}

impl<B: Body + Unpin> Body for Observed<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
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

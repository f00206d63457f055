//! One connection from accept to close: its requests, its deadline, its part in the drain.

use std::{
    error::Error as StdError,
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use http::{HeaderValue, Request, Response, StatusCode, Version, header::RETRY_AFTER};
use http_body::Body as _;
use hyper::{
    body::Incoming,
    service::{Service as _, service_fn},
};
use hyper_util::service::TowerToHyperService;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep, sleep_until},
};
use tower_service::Service;

#[cfg(feature = "tls")]
use super::handshake;
use super::{
    activity::{Activity, Overdue, Timeouts},
    conversation::Conversation,
    counters,
    direct::DirectBody,
    flood::ControlFrames,
    head::{HeadLimits, Refusal},
    outbox::Outbox,
    outgoing::{InFlight, Outgoing},
    overload::{Requests, Share},
    panics,
    protocol::Protocol,
    security::{Caller, Security},
    sends::Sends,
    transport::Transport,
    watched::Watched,
};
#[cfg(unix)]
use crate::hot::SendsFiles;
use crate::{peer::PeerAddress, trace};

/// What one connection may do.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    pub(super) timeouts: Timeouts,
    pub(super) heads: HeadLimits,
    /// Shared by all connections.
    pub(super) requests: Arc<Requests>,
    pub(super) control_frames: ControlFrames,
    /// Whether files are sent without taking them through memory where that is possible.
    pub(super) zero_copy: bool,
    /// Whether TCP spreads what is sent over time.
    pub(super) paced: bool,
}

/// What all connections of a server have in common.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) protocol: Arc<Protocol>,
    pub(super) limits: Limits,
    pub(super) security: Security,
}

/// What answers requests, and how the connection gets its bodies.
#[derive(Debug)]
pub(super) struct Answering<S, B, D> {
    pub(super) service: S,
    pub(super) as_direct: fn(B) -> D,
}

impl<S: Clone, B, D> Clone for Answering<S, B, D> {
    fn clone(&self) -> Self {
        Self {
            service: self.service.clone(),
            as_direct: self.as_direct,
        }
    }
}

/// What every request of a connection passes.
struct Gate {
    heads: HeadLimits,
    requests: Arc<Requests>,
    share: Share,
    caller: Caller,
    /// Where parts of files go, when the connection can send them.
    outbox: Option<Arc<Outbox>>,
    activity: Arc<Activity>,
}

impl Gate {
    fn new(
        limits: &Limits,
        share: Share,
        caller: Caller,
        outbox: Option<Arc<Outbox>>,
        activity: &Arc<Activity>,
    ) -> Self {
        Self {
            heads: limits.heads,
            requests: Arc::clone(&limits.requests),
            share,
            caller,
            outbox,
            activity: Arc::clone(activity),
        }
    }

    /// Lets a request in, or says why not.
    fn pass(&self, request: &mut Request<Incoming>) -> (Result<(), Refusal>, InFlight) {
        self.caller.introduce(request.extensions_mut());
        let has_body = !request.body().is_end_stream();
        let (mut guard, others) = InFlight::begin(&self.activity, has_body);
        let is_sound = self.heads.check(request);
        let place = is_sound.and_then(|()| self.requests.place(self.share, others));
        let passed = place.map(|place| guard.place = Some(place));
        (passed, guard)
    }

    /// Where the parts of files of its response go, which the service is told. HTTP/2 puts the bytes of several bodies into frames:
    /// they have to be in memory.
    fn outbox_for(&self, request: &mut Request<Incoming>) -> Option<Arc<Outbox>> {
        let is_plain = matches!(request.version(), Version::HTTP_10 | Version::HTTP_11);
        let outbox = self.outbox.clone().filter(|_| is_plain);
        #[cfg(unix)]
        if outbox.is_some() {
            request.extensions_mut().insert(SendsFiles);
        }
        outbox
    }
}

/// Serves one connection until it ends, is overdue, or has drained.
///
/// No `async fn`: that would keep room for its arguments beside what it makes of them, in each of thousands of connections.
pub(super) fn run<S, B, D>(
    Setup {
        protocol,
        limits,
        security,
    }: Setup,
    socket: TcpStream,
    (peer, share): (PeerAddress, Share),
    answering: Answering<S, B, D>,
    draining: watch::Receiver<bool>,
) -> Pin<Box<dyn Future<Output = ()> + Send>>
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    B: Send + 'static,
    D: DirectBody + Send + Unpin + 'static,
    D::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let activity = Arc::new(Activity::new(Instant::now()));
    match security {
        Security::Clear => {
            let outbox = limits.zero_copy.then(Arc::<Outbox>::default);
            let sends = outbox.clone().map(|outbox| Sends::new(outbox, limits.paced));
            let stream = Transport::new(socket, Arc::clone(&activity), sends);
            let gate = Gate::new(&limits, share, Caller::in_the_clear(peer), outbox, &activity);
            Box::pin(drive(protocol, limits, stream, gate, answering, draining))
        }
        #[cfg(feature = "tls")]
        Security::Tls(tls) => Box::pin(async move {
            let mut draining = draining;
            let secured = handshake::secure(socket, &tls, &activity, &limits.timeouts, &mut draining);
            if let Some(stream) = Box::pin(secured).await {
                let gate = Gate::new(&limits, share, Caller::over_tls(peer), None, &activity);
                Box::pin(drive(protocol, limits, stream, gate, answering, draining)).await;
            }
        }),
    }
}

/// Serves what came through a socket, in the clear or over TLS.
fn drive<T, S, B, D>(
    protocol: Arc<Protocol>,
    limits: Limits,
    stream: T,
    gate: Gate,
    Answering { service, as_direct }: Answering<S, B, D>,
    draining: watch::Receiver<bool>,
) -> impl Future<Output = ()> + Send
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    B: Send + 'static,
    D: DirectBody + Send + Unpin + 'static,
    D::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let (timeouts, activity) = (limits.timeouts, Arc::clone(&gate.activity));
    let watched = Watched::new(stream, limits.control_frames, Arc::clone(&activity));
    let service = TowerToHyperService::new(service);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let outbox = gate.outbox_for(&mut request);
        let (passed, guard) = gate.pass(&mut request);
        let call = passed.map(|()| service.call(request));
        async move {
            let response = respond(call).await?.map(|body| body.map(as_direct));
            Ok::<_, S::Error>(Outgoing::response(response, outbox, guard))
        }
    });
    let mut conversation = Conversation::new(protocol, watched, service);
    async move {
        let mut drain = pin!(told_to_leave(draining, &activity));
        let mut timer = pin!(sleep_until(activity.deadline(&timeouts).0));
        let mut leaving = false;
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(end) = conversation.poll(cx) {
                    if let Err(error) = end {
                        trace::connection_failed(&*error);
                    }
                    return Poll::Ready(());
                }
                if !leaving && drain.as_mut().poll(cx).is_ready() {
                    leaving = true;
                    conversation.leave();
                    continue;
                }
                let (deadline, overdue) = activity.deadline(&timeouts);
                let rest = activity.rest_at().filter(|rest| *rest < deadline);
                let alarm = rest.unwrap_or(deadline);
                if alarm < timer.deadline() {
                    timer.as_mut().reset(alarm);
                }
                if timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                // The timer is armed once and moved only when it fires or must fire sooner: most requests never touch it.
                if Instant::now() < alarm {
                    timer.as_mut().reset(alarm);
                } else if rest.is_some() {
                    conversation.rest();
                    activity.rests();
                } else if overdue == Overdue::Idle && !leaving {
                    // HTTP/1.1 closes at once; HTTP/2 says good-bye, and has the idle time once more to hear it.
                    leaving = true;
                    conversation.leave();
                    activity.leaves(Instant::now());
                } else {
                    counters::connection_cut(overdue);
                    trace::connection_overdue(overdue);
                    return Poll::Ready(());
                }
            }
        })
        .await;
    }
}

/// Waits for the drain. A connection that was accepted a moment before it gets the answer that it came for: it may well be
/// that its request is on the way, and nobody likes to be let in and thrown out.
async fn told_to_leave(mut draining: watch::Receiver<bool>, activity: &Activity) {
    // An error is the end of the loop itself, which is a reason to leave as well.
    let _ = draining.wait_for(|draining| *draining).await;
    if activity.awaits_first_request() {
        // Boxed, so that every connection does not carry the room for it.
        let mut patience = Box::pin(sleep(FIRST_REQUEST_PATIENCE));
        poll_fn(|cx| {
            // Polled with the connection, whose progress is what it waits for.
            if activity.awaits_first_request() {
                patience.as_mut().poll(cx)
            } else {
                Poll::Ready(())
            }
        })
        .await;
    }
}

const FIRST_REQUEST_PATIENCE: Duration = Duration::from_secs(1);

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
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let headers = response.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

//! The settings of the accept loop, the loop itself, and the drain.

use std::{
    error::Error as StdError,
    future,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use tokio::{
    net::{TcpListener, TcpStream},
    select,
    sync::{Semaphore, watch},
    task::JoinSet,
    time::sleep,
};
use tower_service::Service;

#[cfg(feature = "tls")]
use super::tls::Tls;
use super::{
    accept::Backoff,
    activity::Timeouts,
    connection::{self, Answering, Limits, Setup},
    counters,
    direct::{DirectBody, InMemory},
    guests::{Guests, Uncounted},
    head::HeadLimits,
    http2::Http2,
    overload::{Doorman, MOST_FAREWELLS, Requests, Share, WhenFull},
    pacing,
    protocol::Protocol,
    security::Security,
};
use crate::{peer::PeerAddress, trace};

/// Accepts connections and serves them with any tower service over `http` types.
///
/// Every request carries the address it comes from as an extension, a [`PeerAddress`].
///
/// Both HTTP/1.1 and HTTP/2 with prior knowledge (h2c) are spoken on the same port; with `tls` (feature `tls`) both over
/// TLS, as the client chooses. Every connection is a task; all of them end when the future of [`serve`](Self::serve) is
/// dropped.
///
/// # Defaults
/// * [`header_timeout`](Self::header_timeout): 10 s
/// * [`idle_timeout`](Self::idle_timeout): 75 s
/// * [`stall_timeout`](Self::stall_timeout): 10 min
/// * [`max_connections`](Self::max_connections): 10,000, and [`when_full`](Self::when_full) further ones are refused
/// * [`max_requests`](Self::max_requests): 20,000 under way, shared among connections from half of them on
/// * [`max_connections_per_address`](Self::max_connections_per_address): 1,024, an IPv6 /64 being one address
/// * [`max_target_bytes`](Self::max_target_bytes): 8 KiB (414 above)
/// * [`max_field_bytes`](Self::max_field_bytes): 32 KiB (431 above), on HTTP/2 at most 16 KiB
/// * [`drain_deadline`](Self::drain_deadline): 30 s
/// * a request head that is larger than 64 KiB is not read to its end (431)
/// * a panic of the service is a 500, counted and logged; other requests of its connection go on
/// * [`http2`](Self::http2): 128 streams at once and some more limits, see [`Http2`]
/// * a connection buffers at most one chunk of a body (64 KiB or one larger chunk) that the peer has not taken
/// * `TCP_NODELAY` is set
/// * [`zero_copy`](Self::zero_copy): on, for [`serve_direct_until`](Self::serve_direct_until)
/// * [`pace_loopback`](Self::pace_loopback): off
///
/// # Examples
/// ```
/// use std::{convert::Infallible, time::Duration};
/// use flaskflix_http::{Body, serve::Server};
/// use tokio::net::TcpListener;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let app = axum::Router::new().route("/healthz", axum::routing::get(|| async { "ok" }));
/// let stop = async {}; // a signal, in a real program
/// let drained = Server::new()
///     .header_timeout(Duration::from_secs(5))
///     .serve_until(listener, app, stop)
///     .await;
/// assert_eq!(drained.cut, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Server {
    timeouts: Timeouts,
    heads: HeadLimits,
    zero_copy: bool,
    pace_loopback: bool,
    security: Security,
    http2: Http2,
    /// Most requests under way.
    pub(super) requests: usize,
    pub(super) max_connections: usize,
    pub(super) when_full: WhenFull,
    pub(super) max_farewells: usize,
    max_connections_per_address: usize,
    uncounted: Uncounted,
    drain_deadline: Duration,
}

/// How a drain ended: what became of the connections that were open when it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drained {
    /// Connections that ended by themselves, after their last response.
    pub finished: usize,
    /// Connections that were cut at the deadline.
    pub cut: usize,
}

impl Server {
    /// A server with the defaults above.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            timeouts: Timeouts {
                header: Duration::from_secs(10),
                idle: Duration::from_secs(75),
                stall: Duration::from_secs(600),
            },
            heads: HeadLimits {
                target: 8 << 10,
                fields: 32 << 10,
            },
            zero_copy: true,
            pace_loopback: false,
            security: Security::Clear,
            http2: Http2::new(),
            requests: 20_000,
            max_connections: 10_000,
            when_full: WhenFull::Refuse,
            max_farewells: MOST_FAREWELLS,
            max_connections_per_address: 1024,
            uncounted: Uncounted(None),
            drain_deadline: Duration::from_secs(30),
        }
    }

    /// How long a client has to send a whole request head: from accept for the first, from its first byte for later
    /// ones. Dripping bytes does not extend it. Default: 10 s. Longer is kinder to bad lines, shorter frees slots sooner.
    #[must_use]
    pub const fn header_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.header = timeout;
        self
    }

    /// How long a connection may stay open between two requests. Default: 75 s. Longer saves players a new connection
    /// (a segment is asked for every few seconds), shorter saves about 20 KiB for each idle one.
    #[must_use]
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.idle = timeout;
        self
    }

    /// How long a response may be under way without one byte moving in either direction; with HTTP/2, without one byte of a
    /// body. Default: 10 min, because a paused player stops reading; when it is cut, players come back with a range request.
    /// Shorter frees the file and the buffers of those who went away without a word sooner.
    #[must_use]
    pub const fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.stall = timeout;
        self
    }

    /// Speaks TLS on every connection; HTTP without it gets a 400. Default: none, everything is in the clear. The
    /// [header timeout](Self::header_timeout) covers the handshake too. Requests carry an [`OverTls`](super::OverTls).
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.security = Security::Tls(tls);
        self
    }

    /// How many connections may be open at once; 0 counts as 1. Default: 10,000. What becomes of further ones
    /// [`when_full`](Self::when_full) says. Keep it and [`max_requests`](Self::max_requests) together below the process's limit of open
    /// files, or let `within_open_files` do so (on Unix).
    #[must_use]
    pub const fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// How many connections one address may have open at once, an IPv6 /64 being one address; 0 counts as 1. Default: 1,024.
    /// At the cap a new connection of that address is closed as soon as it comes, which is counted, and logged for the
    /// first one.
    ///
    /// Larger is kinder to many people behind one address, smaller leaves more of
    /// [`max_connections`](Self::max_connections) to the others when one address wants them all. Say
    /// [`uncounted_addresses`](Self::uncounted_addresses) when proxies stand in front.
    #[must_use]
    pub const fn max_connections_per_address(mut self, connections: usize) -> Self {
        self.max_connections_per_address = connections;
        self
    }

    /// Which addresses may have any number of connections, and any share of the [requests](Self::max_requests): those of proxies, which
    /// bring everybody's requests. Asked once for each connection. Default: none.
    ///
    /// # Examples
    /// ```
    /// use std::net::IpAddr;
    /// use flaskflix_http::serve::Server;
    /// let server = Server::new().uncounted_addresses(|address: IpAddr| address.is_loopback());
    /// # let _ = server;
    /// ```
    #[must_use]
    pub fn uncounted_addresses(
        mut self,
        is_uncounted: impl Fn(IpAddr) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.uncounted = Uncounted(Some(Arc::new(is_uncounted)));
        self
    }

    /// The longest request target, in bytes; a longer one is answered with 414. Default: 8 KiB. Stream tokens travel in
    /// the target and take some 200 to 400 bytes.
    #[must_use]
    pub const fn max_target_bytes(mut self, bytes: usize) -> Self {
        self.heads.target = bytes;
        self
    }

    /// The most bytes of all field lines of a request together; more are answered with 431. Default: 32 KiB. On HTTP/2
    /// [`Http2::max_header_list_bytes`] are the most in any case, and 64 KiB of a whole head on HTTP/1.1.
    #[must_use]
    pub const fn max_field_bytes(mut self, bytes: usize) -> Self {
        self.heads.fields = bytes;
        self
    }

    /// What HTTP/2 connections may do. Default: as [`Http2`] lists.
    #[must_use]
    pub const fn http2(mut self, http2: Http2) -> Self {
        self.http2 = http2;
        self
    }

    /// Whether [`serve_direct_until`](Self::serve_direct_until) lets the kernel send files, where it can: on Linux, over HTTP/1.1, from sources that have files
    /// ([`SourceObject::as_file`](flaskflix_core::source::SourceObject::as_file)). Default: yes. Everything else passes through memory, and
    /// so does everything when this is off.
    #[must_use]
    pub const fn zero_copy(mut self, allowed: bool) -> Self {
        self.zero_copy = allowed;
        self
    }

    /// Whether TCP paces what it sends where the listener is bound to a loopback address, for a proxy on the same machine. Default: no.
    ///
    /// With BBR as the machine's congestion control (`net.ipv4.tcp_congestion_control`) the kernel arms a timer for nearly every packet
    /// of such a connection, which more than doubles what it costs to send a large file, and there is no network that could gain by
    /// it. So such a listener, and what it accepts, is given `reno` instead. A listener on any other address, and any other congestion control, stays as it
    /// is. Only on Linux.
    #[must_use]
    pub const fn pace_loopback(mut self, paced: bool) -> Self {
        self.pace_loopback = paced;
        self
    }

    /// How long responses under way may take to finish once the server is told to stop. Default: 30 s. After it
    /// their connections are cut.
    #[must_use]
    pub const fn drain_deadline(mut self, deadline: Duration) -> Self {
        self.drain_deadline = deadline;
        self
    }

    /// Serves for as long as the future is polled.
    ///
    /// # Cancellation
    /// Dropping the future closes the listener and cuts every connection.
    pub async fn serve<S, B>(&self, listener: TcpListener, service: S) -> Drained
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn StdError + Send + Sync>>,
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.serve_until(listener, service, future::pending()).await
    }

    /// Serves until `stop` is ready, then drains: the listener closes at once, idle connections close, responses under
    /// way finish until the [drain deadline](Self::drain_deadline), what is left is cut.
    ///
    /// Bodies of every kind pass through memory; [`serve_direct_until`](Self::serve_direct_until) sends files without that.
    ///
    /// # Cancellation
    /// As for [`serve`](Self::serve).
    pub async fn serve_until<S, B>(
        &self,
        listener: TcpListener,
        service: S,
        stop: impl Future<Output = ()>,
    ) -> Drained
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn StdError + Send + Sync>>,
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.run(listener, service, InMemory, stop).await
    }

    /// As [`serve_until`](Self::serve_until), for services whose bodies can give parts of files: a [`Streamer`](crate::Streamer), a
    /// [`Vod`](crate::Vod), or yours around them. Over HTTP/1.1 without TLS the kernel sends such parts from its page cache
    /// ([`zero_copy`](Self::zero_copy)), for about half of the processor time.
    ///
    /// An `axum::Router` makes one kind of body of all bodies, and what was a file's is bytes from there on. So the media go beside it,
    /// not into it.
    ///
    /// # Cancellation
    /// As for [`serve`](Self::serve).
    ///
    /// # Examples
    /// ```
    /// use axum::Router;
    /// use flaskflix_http::{Streamer, serve::{Drained, Server}};
    /// use http::Request;
    /// use http_body_util::Either;
    /// use tokio::net::TcpListener;
    /// use tower::{Service as _, service_fn};
    ///
    /// async fn run(listener: TcpListener, streamer: Streamer, pages: Router, stop: impl Future<Output = ()>) -> Drained {
    ///     let app = service_fn(move |request: Request<hyper::body::Incoming>| {
    ///         let (mut streamer, mut pages) = (streamer.clone(), pages.clone());
    ///         async move {
    ///             if request.uri().path().starts_with("/stream/") {
    ///                 streamer.call(request).await.map(|response| response.map(Either::Left))
    ///             } else {
    ///                 pages.call(request).await.map(|response| response.map(Either::Right))
    ///             }
    ///         }
    ///     });
    ///     Server::new().serve_direct_until(listener, app, stop).await
    /// }
    /// ```
    pub async fn serve_direct_until<S, B>(
        &self,
        listener: TcpListener,
        service: S,
        stop: impl Future<Output = ()>,
    ) -> Drained
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn StdError + Send + Sync>>,
        B: DirectBody + Send + Unpin + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.run(listener, service, |body| body, stop).await
    }

    async fn run<S, B, D>(
        &self,
        listener: TcpListener,
        service: S,
        as_direct: fn(B) -> D,
        stop: impl Future<Output = ()>,
    ) -> Drained
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn StdError + Send + Sync>>,
        B: Body<Data = Bytes> + Send + 'static,
        D: DirectBody + Send + Unpin + 'static,
        D::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let (drain, draining) = watch::channel(false);
        let setup = self.setup(&listener);
        let mut connections = JoinSet::new();
        let slots = Arc::new(Semaphore::new(self.max_connections.max(1)));
        let guests = Arc::new(Guests::new(
            self.max_connections_per_address,
            self.uncounted.clone(),
        ));
        let accept_all = async {
            let mut backoff = Backoff::default();
            let mut doorman = Doorman::new(self.max_connections, self.max_farewells);
            loop {
                // An error: never, the semaphore is not closed.
                let waited_for = match self.when_full {
                    WhenFull::Wait => Arc::clone(&slots).acquire_owned().await.ok(),
                    WhenFull::Refuse => None,
                };
                let (socket, peer) = accept(&listener, &mut backoff).await;
                reap(&mut connections);
                let free = || Arc::clone(&slots).try_acquire_owned().ok();
                let Some(slot) = waited_for.or_else(free) else {
                    doorman.turn_away(socket, &self.security);
                    continue;
                };
                let seat = match guests.seat(peer.ip()) {
                    Ok(seat) => seat,
                    Err(refused) => {
                        counters::connection_refused("address");
                        if refused.first {
                            trace::connections_refused(peer.ip(), self.max_connections_per_address);
                        }
                        continue;
                    }
                };
                let who = (PeerAddress(peer), Share::of(seat.is_some()));
                let held = (slot, seat, counters::Open::count());
                let service = service.clone();
                let answering = Answering { service, as_direct };
                let connection = connection::run(setup.clone(), socket, who, answering, draining.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(held);
                });
            }
        };
        select! {
            () = stop => {}
            () = accept_all => {}
        }
        drop(listener);
        // Every receiver lives in a connection; without one there is nobody to tell.
        let _ = drain.send(true);
        self.drain(connections).await
    }

    fn setup(&self, listener: &TcpListener) -> Setup {
        let limits = Limits {
            timeouts: self.timeouts,
            heads: self.heads,
            zero_copy: self.zero_copy,
            paced: pacing::settle(listener, self.pace_loopback),
            control_frames: self.http2.watched_frames(),
            requests: Arc::new(Requests::new(self.requests)),
        };
        Setup {
            protocol: Arc::new(Protocol::new(&self.http2)),
            limits,
            security: self.security.clone(),
        }
    }

    async fn drain(&self, mut connections: JoinSet<()>) -> Drained {
        reap(&mut connections);
        let mut drained = Drained::default();
        let mut deadline = pin!(sleep(self.drain_deadline));
        loop {
            select! {
                biased;
                ended = connections.join_next() => match ended {
                    Some(_) => drained.finished = drained.finished.saturating_add(1),
                    None => return drained,
                },
                () = &mut deadline => {
                    drained.cut = connections.len();
                    connections.shutdown().await;
                    return drained;
                }
            }
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

/// The next connection, waiting out what [`Backoff`] says to wait out.
async fn accept(listener: &TcpListener, backoff: &mut Backoff) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                backoff.reset();
                // Only a latency hint: a socket that refuses it serves as well.
                let _ = socket.set_nodelay(true);
                return (socket, peer);
            }
            Err(error) => {
                if let Some(pause) = backoff.after(&error) {
                    trace::accept_failed(&error, pause);
                    sleep(pause).await;
                }
            }
        }
    }
}

/// Forgets the connections that have ended.
fn reap(connections: &mut JoinSet<()>) {
    while let Some(ended) = connections.try_join_next() {
        if let Err(error) = ended {
            trace::connection_panicked(&error);
        }
    }
}

//! Requests over TLS: as in the clear.

use std::convert::Infallible;

use bytes::Bytes;
use flaskflix_http::{
    StreamerBuilder,
    serve::{OverTls, Server},
};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio_rustls::rustls::{HandshakeKind, ProtocolVersion, version};
use tower_service::Service;

use super::peer::{Files, Trust, body};
use crate::{
    client::Client,
    scene::{Scene, pattern},
};

const URL: &str = "/stream/f.bin/video";
const LEN: usize = 3 << 20;

#[tokio::test]
async fn ranges_are_byte_exact_over_both_protocols_and_both_versions() {
    let (files, certificate) = Files::new();
    let bytes = pattern(LEN);
    let server = Server::new().tls(files.tls());
    let scene = Scene::with(&[("f.bin", &bytes)], StreamerBuilder::open, server).await;
    #[rustfmt::skip]
    let table = [
        (&["h2", "http/1.1"][..], &version::TLS13, Some("h2"),       ProtocolVersion::TLSv1_3),
        (&["h2", "http/1.1"],     &version::TLS12, Some("h2"),       ProtocolVersion::TLSv1_2),
        (&["http/1.1", "h2"],     &version::TLS13, Some("h2"),       ProtocolVersion::TLSv1_3),
        (&["http/1.1"],           &version::TLS13, Some("http/1.1"), ProtocolVersion::TLSv1_3),
        (&["http/1.1"],           &version::TLS12, Some("http/1.1"), ProtocolVersion::TLSv1_2),
        (&[],                     &version::TLS13, None,             ProtocolVersion::TLSv1_3),
    ];
    for (offered, version, alpn, agreed) in table {
        let mut peer = Trust::with(&certificate, offered, &[version])
            .connect(scene.address)
            .await;
        assert_eq!(peer.agreed.alpn.as_deref(), alpn);
        assert_eq!(peer.agreed.version, agreed);
        for (from, to) in [
            (0, 0),
            (5, 99),
            (16_383, 16_385),
            (65_535, 1 << 20),
            (LEN - 1, LEN - 1),
        ] {
            let (status, body) = peer.read(URL, Some(&format!("bytes={from}-{to}"))).await;
            assert_eq!(status, 206);
            assert!(body == bytes[from..=to], "{offered:?} {from}-{to}");
        }
        let (status, body) = peer.read(URL, None).await;
        assert_eq!(status, 200);
        assert!(body == bytes, "{offered:?}");
    }
}

#[tokio::test]
async fn a_client_that_speaks_neither_protocol_is_refused() {
    let (files, certificate) = Files::new();
    let server = Server::new().tls(files.tls());
    let scene = Scene::with(&[], StreamerBuilder::open, server).await;
    let refused = Trust::new(&certificate, &["ftp"])
        .try_connect(scene.address)
        .await;
    let error = refused.expect_err("no protocol in common").to_string();
    assert!(error.contains("NoApplicationProtocol"), "{error}");
}

#[tokio::test]
async fn a_session_is_resumed() {
    let (files, certificate) = Files::new();
    let server = Server::new().tls(files.tls());
    let scene = Scene::with(&[("f.bin", b"film")], StreamerBuilder::open, server).await;
    for version in [&version::TLS13, &version::TLS12] {
        let trust = Trust::with(&certificate, &["h2"], &[version]);
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let mut peer = trust.connect(scene.address).await;
            // With TLS 1.3, tickets come behind the handshake: before the response, they are here.
            assert_eq!(peer.read(URL, None).await, (200, Bytes::from("film")));
            assert_eq!(peer.agreed.kind, kind, "{version:?}");
        }
    }
}

#[tokio::test]
async fn a_request_says_whether_it_came_over_tls() {
    let (files, certificate) = Files::new();
    let secure = start(Server::new().tls(files.tls())).await;
    for alpn in ["h2", "http/1.1"] {
        let mut peer = Trust::new(&certificate, &[alpn]).connect(secure).await;
        assert_eq!(peer.read("/", None).await.1, "over TLS", "{alpn}");
    }
    let clear = start(Server::new()).await;
    let reply = Client::connect(clear).await.ask("GET", "/", &[]).await;
    assert_eq!(reply.body, b"in the clear");
}

/// A server that answers what it knows of a request's way. It lives for as long as the test.
async fn start(server: Server) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { server.serve(listener, Way).await });
    address
}

#[derive(Clone)]
struct Way;

impl Service<Request<Incoming>> for Way {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let way = match request.extensions().get() {
            Some(OverTls) => "over TLS",
            None => "in the clear",
        };
        std::future::ready(Ok(Response::new(Full::from(way))))
    }
}

#[tokio::test]
async fn a_drain_finishes_what_is_under_way_over_tls_and_says_good_bye() {
    const BIG: usize = 24 << 20;
    for alpn in ["h2", "http/1.1"] {
        let (files, certificate) = Files::new();
        let server = Server::new().tls(files.tls());
        let bytes = pattern(BIG);
        let mut scene = Scene::with(&[("f.bin", &bytes)], StreamerBuilder::open, server).await;
        let trust = Trust::new(&certificate, &[alpn]);
        let mut idle = trust.connect(scene.address).await;
        assert_eq!(idle.read(URL, Some("bytes=0-0")).await.0, 206);
        let mut peer = trust.connect(scene.address).await;
        let response = peer.ask(URL, None).await;
        scene.stop();
        // With HTTP/2 these are GOAWAY frames, which hyper's client takes for a good end; a cut it does not.
        assert!(idle.closed().await, "{alpn}");
        assert!(body(response).await == bytes, "{alpn}");
        assert!(peer.closed().await, "{alpn}");
        let drained = scene.drained().await;
        assert_eq!(drained.cut, 0, "{alpn}");
    }
}

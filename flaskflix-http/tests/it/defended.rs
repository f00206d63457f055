//! What the accept loop refuses before anybody is asked, and what it survives.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use flaskflix_http::{
    StreamerBuilder,
    serve::{PeerAddress, Server},
};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tower_service::Service;

use crate::{
    client::{Client, PATIENCE, request},
    counts::counted,
    scene::{Scene, pattern},
};

const URL: &str = "/stream/f.bin/video";

async fn scene(server: Server) -> Scene {
    Scene::with(&[("f.bin", &pattern(1000))], StreamerBuilder::open, server).await
}

/// A client that comes from another loopback address.
async fn from(address: Ipv4Addr, server: SocketAddr) -> Client {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((address, 0).into()).unwrap();
    Client::over(socket.connect(server).await.unwrap())
}

const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

#[test]
fn an_address_at_its_cap_is_turned_away_and_others_are_served() {
    let counts = counted(async {
        let scene = scene(Server::new().max_connections_per_address(2)).await;
        let (mut first, mut second) = (scene.client().await, scene.client().await);
        for client in [&mut first, &mut second] {
            assert_eq!(client.ask("GET", URL, &[]).await.status, 200);
        }
        assert_eq!(scene.client().await.rest().await, b"", "closed at once");
        let mut neighbour = from(NEIGHBOUR, scene.address).await;
        assert_eq!(neighbour.ask("GET", URL, &[]).await.status, 200);
        assert_eq!(first.ask("GET", URL, &[]).await.status, 200, "it goes on");
        drop(second);
        // The server learns of it a moment later.
        timeout(PATIENCE, async {
            while scene.client().await.tries("GET", URL).await.is_none() {}
        })
        .await
        .expect("a seat that is left is free");
    });
    let refused = counts.of("connections_refused");
    let [(name, times)] = &refused[..] else {
        panic!("{refused:?}");
    };
    assert_eq!(name, "flaskflix_connections_refused_total reason=address");
    assert!(*times >= 1);
}

#[tokio::test]
async fn the_connections_of_a_proxy_are_not_counted() {
    let is_proxy = |address: IpAddr| address == NEIGHBOUR;
    let server = Server::new()
        .max_connections_per_address(1)
        .uncounted_addresses(is_proxy);
    let scene = scene(server).await;
    let mut proxied = Vec::new();
    for _ in 0..3 {
        let mut client = from(NEIGHBOUR, scene.address).await;
        assert_eq!(client.ask("GET", URL, &[]).await.status, 200);
        proxied.push(client);
    }
    let mut direct = scene.client().await;
    assert_eq!(direct.ask("GET", URL, &[]).await.status, 200);
    assert_eq!(scene.client().await.rest().await, b"");
}

#[test]
fn a_head_above_its_limits_is_refused_and_its_connection_goes_on() {
    let counts = counted(async {
        let scene = scene(Server::new().max_target_bytes(100).max_field_bytes(200)).await;
        let mut client = scene.client().await;
        let long = format!("{URL}?{}", "x".repeat(100));
        assert_eq!(client.ask("GET", &long, &[]).await.status, 414);
        let large = "x".repeat(200);
        assert_eq!(client.ask("GET", URL, &[("X-Large", &large)]).await.status, 431);
        assert_eq!(client.ask("GET", URL, &[]).await.status, 200);
    });
    let expected = [("fields", 1), ("target", 1)];
    let expected =
        expected.map(|(reason, count)| (format!("flaskflix_requests_refused_total reason={reason}"), count));
    assert_eq!(counts.of("requests_refused"), expected);
}

#[tokio::test]
async fn heads_of_ordinary_size_are_served_by_default() {
    let scene = scene(Server::new()).await;
    let query = "x".repeat(8000);
    let cookie = "x".repeat(16_000);
    let reply = scene
        .ask("GET", &format!("{URL}?{query}"), &[("Cookie", &cookie)])
        .await;
    assert_eq!(reply.status, 200);
    let query = "x".repeat(8 << 10);
    assert_eq!(scene.get(&format!("{URL}?{query}")).await.status, 414);
    let cookie = "x".repeat(32 << 10);
    assert_eq!(scene.ask("GET", URL, &[("Cookie", &cookie)]).await.status, 431);
}

/// Panics when it is asked for `/panic`.
#[derive(Clone)]
struct Fragile;

impl Service<Request<Incoming>> for Fragile {
    type Response = Response<Full<bytes::Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        assert_ne!(request.uri().path(), "/panic", "provoked by a test");
        assert!(request.extensions().get::<PeerAddress>().is_some());
        std::future::ready(Ok(Response::new(Full::from("fine"))))
    }
}

async fn fragile() -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        Server::new().serve(listener, Fragile).await;
    });
    (address, server)
}

#[test]
fn a_panic_is_a_500_and_its_connection_goes_on() {
    let counts = counted(async {
        let (address, server) = fragile().await;
        let mut client = Client::connect(address).await;
        client.send(request("GET", "/panic", &[])).await;
        let reply = client.reply("GET").await;
        assert_eq!((reply.status, reply.body.len()), (500, 0));
        assert_eq!(client.ask("GET", "/", &[]).await.body, b"fine");
        server.abort();
    });
    assert_eq!(counts.of("panics"), [("flaskflix_panics_total".to_owned(), 1)]);
}

#[tokio::test]
async fn a_panic_on_http2_leaves_the_other_streams_alone() {
    let (address, server) = fragile().await;
    let socket = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
            .await
            .unwrap();
    let connection = tokio::spawn(connection);
    for (path, status) in [("/panic", 500), ("/", 200), ("/panic", 500), ("/", 200)] {
        let request = Request::get(format!("http://test{path}"));
        let request = request.body(Empty::<bytes::Bytes>::new()).unwrap();
        let response = timeout(PATIENCE, sender.send_request(request)).await;
        let response = response.expect("in good time").unwrap();
        assert_eq!(response.status(), status, "{path}");
        response.into_body().collect().await.unwrap();
    }
    connection.abort();
    server.abort();
}

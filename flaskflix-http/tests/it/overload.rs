//! Past the caps new work is refused early, and what is under way goes on.

use bytes::Bytes;
use flaskflix_http::{StreamerBuilder, serve::Server};
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    body::Incoming,
    client::conn::http2::{self, SendRequest},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{net::TcpStream, task::JoinSet, time::timeout};

use crate::{
    client::{PATIENCE, request},
    counts::counted,
    scene::{Scene, pattern},
};

const URL: &str = "/stream/f.bin/video";
/// More than two sockets hold.
const BIG: usize = 48 * 1024 * 1024;

async fn scene(bytes: &[u8], server: Server) -> Scene {
    Scene::with(&[("f.bin", bytes)], StreamerBuilder::open, server).await
}

#[test]
fn at_the_cap_a_connection_is_told_so_and_the_others_go_on() {
    let counts = counted(async {
        let scene = scene(&pattern(1000), Server::new().max_connections(2)).await;
        let (mut first, mut second) = (scene.client().await, scene.client().await);
        for client in [&mut first, &mut second] {
            assert_eq!(client.ask("GET", URL, &[]).await.status, 200);
        }
        // Once with a request on its way, once without: the answer arrives either way.
        let mut third = scene.client().await;
        third.send(request("GET", URL, &[])).await;
        let reply = third.reply("GET").await;
        assert_eq!((reply.status, reply.body.len()), (503, 0));
        assert_eq!(reply.header("retry-after"), Some("1"));
        assert_eq!(reply.header("connection"), Some("close"));
        assert_eq!(third.rest().await, b"");
        assert!(scene.client().await.rest().await.starts_with(b"HTTP/1.1 503 "));
        assert_eq!(first.ask("GET", URL, &[]).await.status, 200, "it goes on");
        drop(second);
        // The server learns of it a moment later.
        let back = timeout(PATIENCE, async {
            while scene.ask("GET", URL, &[]).await.status != 200 {}
        });
        back.await.expect("a slot that is left is free");
    });
    let refused = counts.of("connections_refused");
    let [(name, times)] = &refused[..] else {
        panic!("{refused:?}");
    };
    assert_eq!(name, "flaskflix_connections_refused_total reason=full");
    assert!(*times >= 2, "{times}");
}

/// Nobody who is told may keep the others from being told: whoever neither speaks nor hangs up is closed.
#[tokio::test]
async fn a_flood_above_the_cap_is_answered_to_its_end() {
    let scene = scene(&pattern(1000), Server::new().max_connections(1)).await;
    let mut good = scene.client().await;
    assert_eq!(good.ask("GET", URL, &[]).await.status, 200);
    let mut flood = Vec::new();
    for _ in 0..600 {
        flood.push(scene.client().await);
        assert_eq!(good.ask("GET", URL, &[("Range", "bytes=0-9")]).await.status, 206);
    }
    for mut client in flood {
        // Told, or closed when too many are being told.
        let said = client.rest().await;
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 503 "));
    }
}

#[test]
fn past_the_cap_of_requests_new_ones_are_503_and_those_under_way_end_whole() {
    let counts = counted(async {
        let scene = scene(&vec![7; BIG], Server::new().max_requests(1)).await;
        let mut watching = scene.client().await;
        watching.send(request("GET", URL, &[])).await;
        assert_eq!(watching.head().await.status, 200);
        // Its body is under way for as long as it is not read.
        let mut other = scene.client().await;
        for _ in 0..3 {
            let reply = other.ask("GET", URL, &[]).await;
            assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
        }
        assert_eq!(watching.body(BIG).await, vec![7; BIG]);
        let reply = other.ask("GET", URL, &[("Range", "bytes=0-9")]).await;
        assert_eq!(
            (reply.status, reply.body),
            (206, vec![7; 10]),
            "on the same connection"
        );
    });
    let name = "flaskflix_requests_refused_total reason=requests".to_owned();
    assert_eq!(counts.of("requests_refused"), [(name, 3)]);
}

/// A connection of HTTP/2 whose requests wait for their bodies to be read.
struct Streams {
    sender: SendRequest<Empty<Bytes>>,
    under_way: Vec<Response<Incoming>>,
    /// Its task, which ends with it.
    _connection: JoinSet<hyper::Result<()>>,
}

impl Streams {
    async fn of(scene: &Scene) -> Self {
        let socket = TcpStream::connect(scene.address).await.unwrap();
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
            .await
            .unwrap();
        Self {
            sender,
            under_way: Vec::new(),
            _connection: JoinSet::from_iter([connection]),
        }
    }

    /// One more; it is under way if it is answered with 200.
    async fn ask(&mut self) -> StatusCode {
        let request = http::Request::get(format!("http://test{URL}"));
        let request = request.body(Empty::new()).unwrap();
        let response = self.sender.send_request(request).await.unwrap();
        let status = response.status();
        if status == StatusCode::OK {
            self.under_way.push(response);
        } else {
            assert_eq!(response.headers()["retry-after"], "1");
        }
        status
    }

    /// Asks until it is refused, and says how many it has.
    async fn ask_for_all(&mut self) -> usize {
        while self.ask().await == StatusCode::OK {}
        self.under_way.len()
    }
}

#[tokio::test]
async fn the_streams_of_one_http2_connection_count_one_by_one() {
    let scene = scene(&vec![7; BIG], Server::new().max_requests(2)).await;
    let mut streams = Streams::of(&scene).await;
    for status in [200, 200, 503] {
        assert_eq!(streams.ask().await, status);
    }
    let whole = streams.under_way.remove(0).into_body().collect();
    streams.under_way.clear();
    let whole = timeout(PATIENCE, whole).await.expect("in good time").unwrap();
    assert_eq!(whole.to_bytes().len(), BIG);
}

#[test]
fn a_few_connections_cannot_have_all_requests() {
    let counts = counted(async {
        let scene = scene(&vec![7; BIG], Server::new().max_requests(40)).await;
        let mut greedy = [
            Streams::of(&scene).await,
            Streams::of(&scene).await,
            Streams::of(&scene).await,
        ];
        let mut got = Vec::new();
        for streams in &mut greedy {
            got.push(streams.ask_for_all().await);
        }
        // The half; 8, which makes 28; 2 more until three quarters are under way.
        assert_eq!(got, [20, 8, 2]);
        let mut later = Vec::new();
        for _ in 30..40 {
            let mut client = scene.client().await;
            client.send(request("GET", URL, &[])).await;
            assert_eq!(
                client.head().await.status,
                200,
                "the first of a connection is welcome"
            );
            later.push(client);
        }
        let [first, ..] = &mut greedy;
        first.under_way.truncate(7);
        // What is left is counted back a moment later, and then it has room for one.
        let back = timeout(PATIENCE, async { while first.ask().await != 200 {} });
        back.await.expect("a share that is left is free");
    });
    let refused: Vec<String> = counts
        .of("requests_refused")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(refused, ["flaskflix_requests_refused_total reason=share"]);
}

#[tokio::test]
async fn a_proxy_brings_as_many_requests_as_there_may_be() {
    let server = Server::new().max_requests(20);
    let server = server.uncounted_addresses(|address| address.is_loopback());
    let scene = scene(&vec![7; BIG], server).await;
    assert_eq!(Streams::of(&scene).await.ask_for_all().await, 20);
}

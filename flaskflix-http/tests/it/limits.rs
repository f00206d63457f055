//! The accept loop: deadlines, the cap, the drain, h2c.

use std::{
    io::ErrorKind,
    net::SocketAddr,
    time::{Duration, Instant},
};

use flaskflix_http::{
    StreamerBuilder,
    serve::{Server, WhenFull},
};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::{
    client::{Client, PATIENCE, request},
    scene::{Scene, pattern},
};

const URL: &str = "/stream/f.bin/video";
const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(600);
const BIG: usize = 48 * 1024 * 1024;

async fn scene(server: Server) -> Scene {
    Scene::with(&[("f.bin", &pattern(1000))], StreamerBuilder::open, server).await
}

/// How long the server keeps the connection. It must not have sent anything.
async fn kept(mut client: Client) -> Duration {
    let start = Instant::now();
    assert_eq!(client.rest().await, b"");
    start.elapsed()
}

/// A socket that is closed while there is more to be read is reset, and what its peer has not read yet is lost to it.
#[tokio::test]
async fn an_answer_that_comes_before_the_end_of_its_request_is_heard() {
    let scene = scene(Server::new()).await;
    let much = "x".repeat(1 << 20);
    for (request, status) in [
        (
            format!(
                "POST {URL} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n{much}",
                much.len()
            ),
            405,
        ),
        (
            format!("GET {URL} HTTP/1.1\r\nHost: test\r\nX: {much}\r\n\r\n"),
            431,
        ),
        (format!("GET\r\n{much}\r\n\r\n"), 400),
    ] {
        for _ in 0..10 {
            // Otherwise the kernel takes all of it, and nobody learns what became of it.
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_send_buffer_size(4096).unwrap();
            let mut client = Client::over(socket.connect(scene.address).await.unwrap());
            client.send(&request).await;
            assert_eq!(client.reply("GET").await.status, status);
            assert_eq!(client.rest().await, b"");
        }
    }
}

#[tokio::test]
async fn a_silent_client_is_closed_after_the_header_timeout() {
    let scene = scene(Server::new().header_timeout(SHORT).idle_timeout(LONG)).await;
    let kept = kept(scene.client().await).await;
    assert!(kept < PATIENCE, "{kept:?}");
}

#[tokio::test]
async fn a_half_sent_head_is_closed_after_the_header_timeout() {
    let scene = scene(Server::new().header_timeout(SHORT).idle_timeout(LONG)).await;
    for bytes in [
        "G",
        "GET /stream/f.bin/video HTTP/1.1\r\nHost: te",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut client = scene.client().await;
        client.send(bytes).await;
        let start = Instant::now();
        client.rest().await;
        assert!(start.elapsed() < PATIENCE, "{bytes}");
    }
}

#[tokio::test]
async fn a_dripped_head_is_closed_after_the_header_timeout() {
    let scene = scene(Server::new().header_timeout(SHORT).idle_timeout(LONG)).await;
    let mut client = scene.client().await;
    client.send("GET /stream/f.bin/video HTTP/1.1\r\n").await;
    assert_eq!(client.drip(b'x').await, b"");
}

#[tokio::test]
async fn the_second_head_has_the_header_timeout_too() {
    let scene = scene(Server::new().header_timeout(SHORT).idle_timeout(LONG)).await;
    let mut client = scene.client().await;
    assert_eq!(client.ask("GET", URL, &[]).await.status, 200);
    client.send("GET /").await;
    assert!(kept(client).await < PATIENCE);
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_the_idle_timeout_and_not_before() {
    let scene = scene(Server::new().header_timeout(LONG).idle_timeout(SHORT)).await;
    let mut client = scene.client().await;
    assert_eq!(client.ask("GET", URL, &[]).await.status, 200);
    let kept = kept(client).await;
    assert!(kept >= SHORT / 2 && kept < PATIENCE, "{kept:?}");
    // A header timeout that is shorter does not shorten the time between requests.
    let scene = self::scene(Server::new().header_timeout(SHORT).idle_timeout(SHORT * 5)).await;
    let mut client = scene.client().await;
    assert_eq!(client.ask("GET", URL, &[]).await.status, 200);
    let kept = self::kept(client).await;
    assert!(kept >= SHORT * 4, "{kept:?}");
}

#[tokio::test]
async fn a_reader_that_stops_is_cut_after_the_stall_timeout() {
    // With one slot, the second client is served only when the first is given up.
    let server = Server::new()
        .stall_timeout(SHORT)
        .max_connections(1)
        .when_full(WhenFull::Wait);
    let scene = Scene::with(&[("f.bin", &vec![1; BIG])], StreamerBuilder::open, server).await;
    let mut client = scene.client().await;
    client.send(request("GET", URL, &[])).await;
    client.head().await;
    assert_eq!(scene.ask("HEAD", URL, &[]).await.status, 200);
    assert!(client.rest().await.len() < BIG);
}

#[tokio::test]
async fn at_the_cap_a_client_can_wait_until_another_leaves() {
    let server = Server::new().max_connections(1).when_full(WhenFull::Wait);
    let scene = scene(server).await;
    let mut first = scene.client().await;
    assert_eq!(first.ask("GET", URL, &[]).await.status, 200);
    let mut second = scene.client().await;
    second.send(request("GET", URL, &[])).await;
    for _ in 0..20 {
        assert_eq!(first.ask("GET", URL, &[]).await.status, 200);
        assert!(!second.has_bytes());
    }
    drop(first);
    assert_eq!(second.reply("GET").await.status, 200);
}

/// Waits until nobody listens there.
async fn assert_refused(address: SocketAddr) {
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < PATIENCE, "the listener stays open");
        match timeout(PATIENCE, TcpStream::connect(address)).await {
            Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => return,
            Ok(_) => tokio::task::yield_now().await,
            Err(_) => panic!("a full queue is not a closed listener"),
        }
    }
}

#[tokio::test]
async fn a_drain_refuses_new_connections_and_finishes_what_is_under_way() {
    let server = Server::new().drain_deadline(LONG);
    let mut scene = Scene::with(&[("f.bin", &vec![1; BIG])], StreamerBuilder::open, server).await;
    let mut idle = scene.client().await;
    assert_eq!(idle.ask("HEAD", URL, &[]).await.status, 200);
    let mut client = scene.client().await;
    client.send(request("GET", URL, &[])).await;
    assert_eq!(client.head().await.status, 200);
    scene.stop();
    assert_eq!(idle.rest().await, b"", "an idle connection is closed at once");
    assert_refused(scene.address).await;
    assert_eq!(client.body(BIG).await.len(), BIG);
    assert_eq!(client.rest().await, b"", "and then it is closed");
    let drained = scene.drained().await;
    assert_eq!(drained.cut, 0);
}

#[tokio::test]
async fn a_drain_finishes_every_stream_of_an_http2_connection_and_takes_no_new_one() {
    // Above what the client's windows hold: no stream has ended when the drain begins.
    let film = pattern(1 << 20);
    let server = Server::new().drain_deadline(LONG);
    let mut scene = Scene::with(&[("f.bin", &film)], StreamerBuilder::open, server).await;
    let socket = TcpStream::connect(scene.address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(64 * 1024)
        .handshake(TokioIo::new(socket))
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let uri = format!("http://test{URL}");
    let request = || {
        http::Request::get(&uri)
            .body(Empty::<bytes::Bytes>::new())
            .unwrap()
    };
    let mut streams = Vec::new();
    for _ in 0..50 {
        let response = sender.send_request(request()).await.unwrap();
        assert_eq!(response.status(), 200);
        streams.push(response);
    }
    scene.stop();
    assert_refused(scene.address).await;
    for stream in streams {
        let whole = timeout(PATIENCE, stream.into_body().collect()).await;
        assert!(whole.expect("in good time").unwrap().to_bytes() == film);
    }
    // It was told to go away, and the connection ends when its streams have.
    let end = timeout(PATIENCE, connection).await.expect("it ends");
    end.unwrap().expect("politely");
    assert!(sender.send_request(request()).await.is_err());
    assert_eq!(scene.drained().await.cut, 0);
}

/// Whoever was let in a moment before the signal is served, too; who says nothing does not hold it up.
#[tokio::test]
async fn a_drain_waits_a_moment_for_the_first_request_of_a_new_connection() {
    let mut scene = scene(Server::new().drain_deadline(LONG).header_timeout(LONG)).await;
    let (mut new, silent) = (scene.client().await, scene.client().await);
    // They are let in in their order: the first two are, when the third is served.
    assert_eq!(scene.get(URL).await.status, 200);
    scene.stop();
    assert_refused(scene.address).await;
    new.send(request("GET", URL, &[])).await;
    assert_eq!(new.reply("GET").await.body, pattern(1000));
    assert_eq!(new.rest().await, b"", "and no second one");
    assert!(kept(silent).await < PATIENCE);
    assert_eq!(scene.drained().await.cut, 0);
}

#[tokio::test]
async fn a_drain_cuts_what_is_left_at_its_deadline() {
    let server = Server::new().drain_deadline(SHORT);
    let mut scene = Scene::with(&[("f.bin", &vec![1; BIG])], StreamerBuilder::open, server).await;
    let mut client = scene.client().await;
    client.send(request("GET", URL, &[])).await;
    client.head().await;
    scene.stop();
    assert_eq!(scene.drained().await.cut, 1);
    assert!(client.rest().await.len() < BIG);
}

#[tokio::test]
async fn a_huge_head_is_431_and_a_broken_one_400() {
    let scene = scene(Server::new()).await;
    let huge = "x".repeat(70_000);
    assert_eq!(scene.ask("GET", URL, &[("X-Huge", &huge)]).await.status, 431);
    for broken in [
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /\0 HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x02\x00\r\n\r\n",
    ] {
        let mut client = scene.client().await;
        client.send(broken).await;
        assert!(client.rest().await.starts_with(b"HTTP/1.1 400 "), "{broken:?}");
    }
    assert_eq!(scene.get(URL).await.status, 200);
}

/// "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host header
/// field and to any request message that contains more than one Host header field line"
#[tokio::test]
async fn a_request_without_exactly_one_host_is_400() {
    let scene = scene(Server::new()).await;
    for (version, lines, status) in [
        ("1.1", "", 400),
        ("1.1", "Host: a\r\nHost: a\r\n", 400),
        ("1.1", "Host: a\r\nHost: evil\r\n", 400),
        ("1.0", "Host: a\r\nHost: evil\r\n", 400),
        ("1.1", "Host: a\r\n", 200),
        ("1.0", "", 200),
    ] {
        let mut client = scene.client().await;
        let close = "Connection: close\r\n";
        client
            .send(format!("GET {URL} HTTP/{version}\r\n{lines}{close}\r\n"))
            .await;
        let reply = client.rest().await;
        let reply = String::from_utf8_lossy(&reply);
        assert!(
            reply.starts_with(&format!("HTTP/{version} {status} ")),
            "{version} {lines:?}: {reply}"
        );
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let scene = scene(Server::new()).await;
    let mut client = scene.client().await;
    let one = request("GET", URL, &[("Range", "bytes=0-9")]);
    let two = request("HEAD", URL, &[]);
    let three = request("GET", URL, &[("Range", "bytes=10-19")]);
    client.send(format!("{one}{two}{three}")).await;
    assert_eq!(client.reply("GET").await.body, pattern(20)[..10]);
    assert_eq!(client.reply("HEAD").await.status, 200);
    assert_eq!(client.reply("GET").await.body, pattern(20)[10..]);
}

#[tokio::test]
async fn http2_is_spoken_with_prior_knowledge() {
    let scene = scene(Server::new().idle_timeout(SHORT)).await;
    let socket = TcpStream::connect(scene.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
            .await
            .unwrap();
    let connection = tokio::spawn(connection);
    let uri = format!("http://test{URL}");
    let request = || {
        let request = http::Request::get(&uri).header("Range", "bytes=10-19");
        request.body(Empty::<bytes::Bytes>::new()).unwrap()
    };
    for _ in 0..3 {
        let response = sender.send_request(request()).await.unwrap();
        assert_eq!(response.status(), 206);
        assert_eq!(response.headers()["content-length"], "10");
        assert_eq!(
            response.into_body().collect().await.unwrap().to_bytes(),
            pattern(20)[10..]
        );
    }
    // The idle timeout holds here too, with a good-bye instead of a cut.
    let end = timeout(PATIENCE, connection)
        .await
        .expect("an idle connection is closed");
    end.unwrap().expect("politely");
}

//! Past the caps new work is refused early, and what is under way goes on.

use flaskflix_http::{StreamerBuilder, serve::Server};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{net::TcpStream, time::timeout};

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

#[tokio::test]
async fn the_streams_of_one_http2_connection_count_one_by_one() {
    let scene = scene(&vec![7; BIG], Server::new().max_requests(2)).await;
    let socket = TcpStream::connect(scene.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
            .await
            .unwrap();
    let connection = tokio::spawn(connection);
    let mut under_way = Vec::new();
    for status in [200, 200, 503] {
        let request = http::Request::get(format!("http://test{URL}"));
        let request = request.body(Empty::<bytes::Bytes>::new()).unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(response.status(), status);
        under_way.push(response);
    }
    let whole = under_way.remove(0).into_body().collect();
    drop(under_way);
    let whole = timeout(PATIENCE, whole).await.expect("in good time").unwrap();
    assert_eq!(whole.to_bytes().len(), BIG);
    connection.abort();
}

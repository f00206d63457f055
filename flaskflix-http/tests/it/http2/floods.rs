//! Floods: each ends its own connection, and a good client beside it goes on.

use std::{convert::Infallible, pin::Pin, pin::pin, time::Duration};

use bytes::Bytes;
use flaskflix_http::{
    StreamerBuilder,
    serve::{Http2, Server},
};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tokio::{net::TcpListener, select};
use tower_service::Service;

use super::raw::{
    ACK, CONTINUATION, DATA, END_HEADERS, ENHANCE_YOUR_CALM, End, HEADERS, PING, PRIORITY, RST_STREAM, Raw,
    SETTINGS, frame, get, head, initial_window, window_update,
};
use crate::{
    client::Client,
    counts::counted,
    scene::{Scene, pattern},
};

const URL: &str = "/stream/f.bin/video";
const LONG: Duration = Duration::from_secs(600);

/// No deadline helps: what ends here ends for its frames.
async fn scene(http2: Http2) -> Scene {
    let server = Server::new()
        .header_timeout(LONG)
        .idle_timeout(LONG)
        .stall_timeout(LONG)
        .http2(http2);
    Scene::with(&[("f.bin", &pattern(1000))], StreamerBuilder::open, server).await
}

/// A connection that floods, and a good client beside it.
async fn flood(scene: &Scene, most: usize, make: impl Fn(u32) -> Vec<u8>) -> End {
    let raw = Raw::connect(scene.address, &frame(SETTINGS, 0, 0, &[])).await;
    let mut flood = pin!(raw.flood(most, make));
    let mut good = scene.client().await;
    let end = loop {
        select! {
            biased;
            end = &mut flood => break end,
            reply = good.ask("GET", URL, &[]) => assert_eq!(reply.status, 200),
        }
    };
    assert_eq!(scene.get(URL).await.status, 200);
    end
}

const CALM: Option<u32> = Some(ENHANCE_YOUR_CALM);

#[tokio::test]
async fn rapid_resets_end_the_connection() {
    let scene = scene(Http2::new()).await;
    let end = flood(&scene, 1_000_000, |n| {
        let stream = 2 * n + 1;
        [get(stream, URL), frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])].concat()
    })
    .await;
    assert!(end.sent < 900_000, "{end:?}");
}

#[tokio::test]
async fn resets_of_requests_that_were_looked_at_are_limited_too() {
    let scene = scene(Http2::new().control_frames(50, 0)).await;
    let mut raw = Raw::connect(scene.address, &initial_window(0)).await;
    let mut resets: u32 = 0;
    for n in 0..100 {
        let stream = 2 * n + 1;
        if raw.try_send(&get(stream, URL)).await.is_err() {
            break;
        }
        let answered = loop {
            match raw.next().await {
                Some(frame) if frame.kind == HEADERS => break true,
                Some(_) => {}
                None => break false,
            }
        };
        if !answered {
            break;
        }
        let _ = raw.try_send(&frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])).await;
        resets += 1;
    }
    // One frame of the 50 was SETTINGS.
    assert_eq!(resets, 50);
}

#[tokio::test]
async fn a_head_in_too_many_pieces_ends_the_connection() {
    let scene = scene(Http2::new()).await;
    let field = [&[0, 1, b'x', 100][..], &[b'y'; 100]].concat();
    for piece in [&[][..], &field] {
        let end = flood(&scene, 1_000_000, |n| match n {
            0 => frame(HEADERS, 0, 1, &head("GET", URL)),
            _ => frame(CONTINUATION, 0, 1, piece),
        })
        .await;
        assert_eq!(end.goaway, CALM, "{end:?}");
        // What fits into the buffers of two sockets may be on its way.
        assert!(end.sent < 900_000, "{end:?}");
    }
}

#[tokio::test]
async fn frames_of_a_body_that_carry_nothing_or_next_to_nothing_end_the_connection() {
    let address = listen_to_bodies().await;
    for payload in [&[][..], &[0]] {
        let raw = Raw::connect(address, &frame(SETTINGS, 0, 0, &[])).await;
        let end = raw
            .flood(1_000_000, |n| match n {
                0 => frame(HEADERS, END_HEADERS, 1, &head("POST", "/")),
                _ => frame(DATA, 0, 1, payload),
            })
            .await;
        assert_eq!(end.goaway, CALM, "{end:?}");
        let good = Client::connect(address).await.ask("GET", "/", &[]).await;
        assert_eq!(good.status, 200);
    }
}

#[test]
fn frames_that_are_no_part_of_a_request_are_limited_and_counted() {
    #[rustfmt::skip]
    let floods = [
        ("PING",            frame(PING, 0, 0, &[0; 8])),
        ("PING ack",        frame(PING, ACK, 0, &[0; 8])),
        ("SETTINGS",        frame(SETTINGS, 0, 0, &[])),
        ("window size",     initial_window(65_535)),
        ("WINDOW_UPDATE",   window_update(0, 1)),
        ("PRIORITY",        frame(PRIORITY, 0, 1, &[0, 0, 0, 0, 16])),
        ("PRIORITY_UPDATE", frame(0x10, 0, 0, &[0, 0, 0, 1, b'u', b'=', b'1'])),
        ("unknown",         frame(0x77, 0, 0, &[])),
    ];
    let kinds = u64::try_from(floods.len()).unwrap();
    let counts = counted(async {
        let scene = scene(Http2::new()).await;
        for (name, bytes) in floods {
            let end = flood(&scene, 1_000_000, |n| match n {
                0 => get(1, URL),
                _ => bytes.clone(),
            })
            .await;
            assert!(end.sent < 900_000, "{name} {end:?}");
        }
    });
    assert_eq!(
        counts.of("cut"),
        [("flaskflix_connections_cut_total reason=flood".to_owned(), kinds)]
    );
}

/// A server that reads bodies to their end.
async fn listen_to_bodies() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { Server::new().serve(listener, Swallow).await });
    address
}

#[derive(Clone)]
struct Swallow;

impl Service<Request<Incoming>> for Swallow {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        Box::pin(async {
            let body = request.into_body().collect().await;
            let bytes = body.map(|body| body.to_bytes()).unwrap_or_default();
            Ok(Response::new(Full::from(bytes)))
        })
    }
}

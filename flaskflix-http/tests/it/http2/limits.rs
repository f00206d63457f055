//! Windows, streams, heads and pings: what an HTTP/2 connection may do for how long.

use std::time::{Duration, Instant};

use flaskflix_http::{
    StreamerBuilder,
    serve::{Http2, Server},
};
use tokio::time::timeout_at;

use super::raw::{
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, REFUSED_STREAM, RST_STREAM, Raw,
    SETTINGS, frame, get, head, initial_window, window_update,
};
use crate::{
    client::PATIENCE,
    counts::counted,
    scene::{Scene, pattern},
};

const URL: &str = "/stream/f.bin/video";
const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(600);
const LEN: usize = 1 << 20;

async fn scene(server: Server) -> Scene {
    Scene::with(&[("f.bin", &pattern(LEN))], StreamerBuilder::open, server).await
}

/// Sends a PING every 10 ms until the connection ends.
async fn ping_until_the_end(mut raw: Raw) {
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < PATIENCE, "pings hold the connection");
        if raw.try_send(&frame(PING, 0, 0, &[0; 8])).await.is_err() {
            return;
        }
        let pause = tokio::time::Instant::now() + Duration::from_millis(10);
        while let Ok(frame) = timeout_at(pause, raw.next()).await {
            if frame.is_none() {
                return;
            }
        }
    }
}

#[test]
fn a_peer_that_never_opens_its_window_is_cut_however_much_it_pings() {
    let counts = counted(async {
        let scene = scene(Server::new().stall_timeout(SHORT).idle_timeout(LONG)).await;
        let mut raw = Raw::connect(scene.address, &initial_window(0)).await;
        for stream in [1, 3, 5] {
            raw.send(&get(stream, URL)).await;
            raw.until(HEADERS, stream).await;
        }
        ping_until_the_end(raw).await;
        assert_eq!(scene.ask("HEAD", URL, &[]).await.status, 200);
    });
    assert_eq!(
        counts.of("cut"),
        [("flaskflix_connections_cut_total reason=stall".to_owned(), 1)]
    );
}

#[test]
fn pings_do_not_keep_a_connection_without_requests() {
    let counts = counted(async {
        let scene = scene(Server::new().idle_timeout(SHORT).stall_timeout(LONG)).await;
        let mut raw = Raw::connect(scene.address, &frame(SETTINGS, 0, 0, &[])).await;
        raw.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &head("HEAD", URL)))
            .await;
        raw.until(HEADERS, 1).await;
        let start = Instant::now();
        raw.send(&frame(PING, 0, 0, &[0; 8])).await;
        raw.until(GOAWAY, 0).await;
        assert!(start.elapsed() >= SHORT / 2);
        ping_until_the_end(raw).await;
    });
    assert_eq!(counts.of("flood"), []);
}

#[tokio::test]
async fn a_window_that_opens_by_a_kib_at_a_time_is_served_to_the_end() {
    const STEP: u32 = 1024;
    let scene = scene(Server::new()).await;
    let mut raw = Raw::connect(scene.address, &initial_window(STEP)).await;
    raw.send(&get(1, URL)).await;
    let mut body = Vec::new();
    loop {
        let data = raw.until(DATA, 1).await;
        body.extend(data.payload.clone());
        if data.flags & END_STREAM != 0 {
            break;
        }
        let taken = u32::try_from(data.payload.len()).unwrap();
        if taken > 0 {
            // The connection's window first: otherwise the stream's cannot be used.
            raw.send(&window_update(0, taken)).await;
            raw.send(&window_update(1, taken)).await;
        }
    }
    assert!(body == pattern(LEN));
}

#[tokio::test]
async fn a_stream_above_the_limit_is_refused_and_the_others_go_on() {
    let scene = scene(Server::new().http2(Http2::new().max_streams(2))).await;
    let mut raw = Raw::connect(scene.address, &initial_window(0)).await;
    // The limit holds from our acknowledgement of the server's settings on.
    raw.send(&frame(SETTINGS, ACK, 0, &[])).await;
    for stream in [1, 3, 5] {
        raw.send(&get(stream, URL)).await;
    }
    assert_eq!(raw.until(RST_STREAM, 5).await.code(), REFUSED_STREAM);
    raw.send(&window_update(1, 10)).await;
    assert_eq!(raw.until(DATA, 1).await.payload, pattern(10));
}

#[tokio::test]
async fn a_head_that_is_too_large_is_431_and_its_connection_goes_on() {
    let scene = scene(Server::new()).await;
    let mut raw = Raw::connect(scene.address, &frame(SETTINGS, 0, 0, &[])).await;
    raw.send(&frame(SETTINGS, ACK, 0, &[])).await;
    // 17 fields of 1 KiB and more: above 16 KiB. A length of 1000 is 127 + 873 in HPACK.
    let field = [&[0, 1, b'x', 127, 0xe9, 6][..], &[b'y'; 1000]].concat();
    let head = [head("GET", URL), field.repeat(17)].concat();
    let (first, second) = head.split_at(10_000);
    raw.send(&frame(HEADERS, END_STREAM, 1, first)).await;
    raw.send(&frame(CONTINUATION, END_HEADERS, 1, second)).await;
    let refused = raw.until(HEADERS, 1).await;
    // A literal `:status`, whose name is number 8 of the table: there is no 431 in it.
    assert!(
        refused.payload.windows(3).any(|bytes| bytes == b"431") || refused.payload.starts_with(&[0x48]),
        "{refused:?}"
    );
    raw.send(&get(3, "/nothing")).await;
    raw.until(HEADERS, 3).await;
}

#[test]
fn a_peer_that_answers_no_ping_is_cut_when_pings_are_asked_for() {
    let counts = counted(async {
        let server = Server::new().idle_timeout(LONG).stall_timeout(LONG);
        let scene = scene(server.http2(Http2::new().ping(SHORT / 10, SHORT / 10))).await;
        let mut raw = Raw::connect(scene.address, &initial_window(0)).await;
        raw.send(&get(1, URL)).await;
        raw.until(HEADERS, 1).await;
        raw.until(PING, 0).await;
        raw.end().await;
    });
    assert_eq!(counts.of("cut"), [], "a failed connection, no deadline of ours");
}

/// A client that is a little behind opens windows for what it reads while the server leaves already. Were that answered with a reset, it would
/// take its last streams for broken.
#[tokio::test]
async fn who_leaves_listens_until_the_last_word_is_heard() {
    let mut scene = scene(Server::new()).await;
    let window = u32::try_from(LEN).unwrap();
    let mut raw = Raw::connect(scene.address, &initial_window(window)).await;
    raw.send(&frame(SETTINGS, ACK, 0, &[])).await;
    raw.send(&window_update(0, window)).await;
    raw.send(&get(1, URL)).await;
    raw.until(HEADERS, 1).await;
    scene.stop();
    let (mut body, mut opened) = (0, Vec::new());
    while let Some(frame) = raw.next().await {
        match frame.kind {
            // The server asks whether its GOAWAY has come.
            PING => raw.send(&self::frame(PING, ACK, 0, &frame.payload)).await,
            DATA => {
                body += frame.payload.len();
                opened.push(u32::try_from(frame.payload.len()).unwrap().max(1));
            }
            _ => {}
        }
    }
    assert_eq!(body, LEN);
    for len in opened {
        raw.try_send(&window_update(0, len))
            .await
            .expect("somebody listens");
        tokio::task::yield_now().await;
    }
    drop(raw);
    let drained = scene.drained().await;
    assert_eq!((drained.finished, drained.cut), (1, 0));
}

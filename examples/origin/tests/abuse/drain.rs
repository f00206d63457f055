//! SIGTERM while 250 viewers watch.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::AsyncReadExt as _,
    net::TcpStream,
    sync::Barrier,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};

use crate::{
    peers::{connect_narrow, get, say},
    process::Origin,
    siege::{FILM_BYTES, PATIENCE, alone, film_byte, folder, within},
};

const RANGES: usize = 200;
const STREAMS: usize = 50;
/// Of one HTTP/2 connection.
const STREAMS_EACH: usize = 10;
/// A quarter of the film each: more than the buffers of two sockets hold when one of them is narrow.
const PART: u64 = FILM_BYTES / 4;
/// They read so much at a time, and so often: half a second for each.
const GULP: usize = 128 << 10;
const PACE: Duration = Duration::from_millis(60);

#[test]
fn sigterm_ends_no_stream_that_fits_the_deadline() {
    alone(async || {
        let folder = folder();
        let mut origin = Origin::start(folder.path(), &["--drain", "60s"]);
        let film: Arc<[u8]> = (0..FILM_BYTES).map(film_byte).collect();
        // All of them have begun, and none has ended, when the signal comes.
        let begun = Arc::new(Barrier::new(RANGES + STREAMS + 1));
        let mut viewers = JoinSet::new();
        for number in 0..RANGES {
            viewers.spawn(range(
                origin.address,
                number,
                Arc::clone(&film),
                Arc::clone(&begun),
            ));
        }
        for _ in 0..STREAMS / STREAMS_EACH {
            let socket = TcpStream::connect(origin.address).await.unwrap();
            let (sender, connection) = hyper::client::conn::http2::handshake::<_, _, Empty<Bytes>>(
                TokioExecutor::new(),
                TokioIo::new(socket),
            )
            .await
            .unwrap();
            tokio::spawn(connection);
            for _ in 0..STREAMS_EACH {
                viewers.spawn(stream(sender.clone(), Arc::clone(&film), Arc::clone(&begun)));
            }
        }
        within(PATIENCE, begun.wait()).await;
        assert_eq!(
            viewers.try_join_next().map(Result::unwrap),
            None,
            "a viewer was done too early"
        );

        let terminated = Instant::now();
        origin.terminate();
        while TcpStream::connect(origin.address).await.is_ok() {
            assert!(terminated.elapsed() < PATIENCE, "the listener stays open");
        }
        let refused = terminated.elapsed();
        let still = viewers.len();
        let mut exact = 0;
        while let Some(viewer) = within(PATIENCE, viewers.join_next()).await {
            viewer.expect("a stream of the drain");
            exact += 1;
        }
        assert_eq!(exact, RANGES + STREAMS);
        assert!(still > 0, "the door closed after the last viewer");
        assert_eq!(origin.exit_code(), Some(0));
        let ended = terminated.elapsed();
        assert!(ended < PATIENCE, "{ended:?}: past the deadline");
        println!(
            "| drain | refuses after {refused:?} | {exact} streams byte-exact | exit 0 after {ended:?} |"
        );
    });
}

/// Reads a range as a player does, and fails unless all of it comes.
async fn range(address: SocketAddr, number: usize, film: Arc<[u8]>, begun: Arc<Barrier>) {
    let mut socket = connect_narrow(number, address).await;
    let first = PART * (number as u64 % 4);
    let line = format!("Range: bytes={first}-{}\r\n", first + PART - 1);
    assert!(say(&mut socket, get("film.bin", &line)).await);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(within(PATIENCE, socket.read_u8()).await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 206 "));
    begun.wait().await;
    let wanted = &film[usize::try_from(first).unwrap()..][..usize::try_from(PART).unwrap()];
    let mut pace = paced();
    for wanted in wanted.chunks(GULP) {
        pace.tick().await;
        let mut gulp = vec![0; wanted.len()];
        within(PATIENCE, socket.read_exact(&mut gulp)).await.unwrap();
        assert!(gulp == wanted, "range {number} has wrong bytes");
    }
    // And then the connection is closed: nobody is left to ask.
    assert_eq!(within(PATIENCE, socket.read(&mut [0])).await.unwrap(), 0);
}

/// The same on a stream of an HTTP/2 connection, whose window is what the client has room for.
async fn stream(
    mut sender: hyper::client::conn::http2::SendRequest<Empty<Bytes>>,
    film: Arc<[u8]>,
    begun: Arc<Barrier>,
) {
    let request = http::Request::get("http://good/stream/film.bin/video")
        .header("Range", format!("bytes=0-{}", PART - 1));
    let response = within(PATIENCE, sender.send_request(request.body(Empty::new()).unwrap()))
        .await
        .unwrap();
    // What is sent on this connection from now on is answered or refused; what runs goes on.
    drop(sender);
    assert_eq!(response.status(), 206);
    begun.wait().await;
    let mut body = response.into_body();
    let mut got = 0;
    let mut pace = paced();
    while let Some(frame) = within(PATIENCE, body.frame()).await {
        let data = frame.unwrap().into_data().unwrap();
        assert!(film[got..].starts_with(&data), "wrong bytes");
        if (got + data.len()) / GULP > got / GULP {
            pace.tick().await;
        }
        got += data.len();
    }
    assert_eq!(got as u64, PART);
}

fn paced() -> tokio::time::Interval {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}

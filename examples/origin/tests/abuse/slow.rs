//! Those who take their time: heads and bodies in drops, readers that hardly read.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant as Tick, interval, timeout},
};

use crate::{
    peers::{connect, get, say, slow_reader, statuses},
    siege::{PATIENCE, besiege, sized, within},
};

/// Drips a byte each 500 ms into the connections that are to get any, until the server has closed all of them, or for
/// that time. Returns how many are open.
async fn drip(mut sockets: Vec<(TcpStream, bool)>, most: Duration) -> usize {
    let begun = Instant::now();
    let mut tick = interval(Duration::from_millis(500));
    while !sockets.is_empty() && begun.elapsed() < most {
        tick.tick().await;
        let mut open = Vec::new();
        for (mut socket, talks) in sockets {
            let mut byte = [0; 512];
            let closed = match socket.try_read(&mut byte) {
                Ok(0) => true,
                Ok(_) => false,
                Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
            };
            if !closed && (!talks || socket.write_all(b"x").await.is_ok()) {
                open.push((socket, talks));
            }
        }
        sockets = open;
    }
    sockets.len()
}

/// The header timeout is 10 s, whatever drips; a body is not waited for at all.
#[test]
fn heads_bodies_and_silence_do_not_hold_the_door() {
    besiege("slow heads, slow bodies, silence", async |target| {
        let mut sockets = Vec::new();
        let starts = [
            "",
            "GET /stream/film.bin/video HTTP/1.1\r\nHost: bad\r\nX-Slow: ",
            "POST /stream/film.bin/video HTTP/1.1\r\nHost: bad\r\nContent-Length: 1000000\r\n\r\n",
            "GET /stream/film.bin/video HTTP/1.1\r\nHost: bad\r\nRange: bytes=0-0\r\nTransfer-Encoding: chunked\r\n\r\n",
        ];
        for number in 0..sized(8000, 1200) {
            let mut socket = connect(number, target.address()).await;
            assert!(say(&mut socket, starts[number % starts.len()]).await);
            // The silent ones say nothing at all.
            sockets.push((socket, number % starts.len() != 0));
        }
        assert_eq!(drip(sockets, PATIENCE).await, 0, "connections are still open");
    });
}

#[test]
fn readers_that_hardly_read_cost_a_buffer_each() {
    besiege("slow readers", async |target| {
        let (mut sockets, count) = (Vec::new(), sized(2000, 500));
        for number in 0..count {
            sockets.push(slow_reader(number, target.address()).await);
        }
        let until = Tick::now() + sized(Duration::from_secs(30), Duration::from_secs(3));
        let mut tick = interval(Duration::from_secs(1));
        while Tick::now() < until {
            tick.tick().await;
            for socket in &mut sockets {
                let mut some = [0; 256];
                // Too early for some of them.
                if let Ok(read) = timeout(Duration::from_millis(1), socket.read(&mut some)).await {
                    assert!(read.unwrap() > 0, "a slow reader was cut");
                }
            }
        }
        let peak = target.origin.memory().peak_kib;
        // The 256 MiB that the read buffers may take in all, and what a connection is without one.
        assert!(peak < (256 << 10) + count as u64 * 96, "{peak} KiB");
    });
}

#[test]
fn a_pipeline_that_nobody_reads_waits() {
    besiege("pipelining", async |target| {
        // Fifty that ask for a film again and again, and read nothing.
        let mut greedy = Vec::new();
        for number in 0..50 {
            let mut socket = connect(number, target.address()).await;
            let requests = get("long.bin", "").repeat(1000);
            let _ = timeout(Duration::from_millis(20), socket.write_all(requests.as_bytes())).await;
            greedy.push(socket);
        }
        // And one that reads: as many answers as questions, in order.
        let count = sized(20_000, 4000);
        let (mut reader, mut writer) = connect(0, target.address()).await.into_split();
        let asking = tokio::spawn(async move {
            for number in 0..count {
                let last = if number + 1 == count {
                    "Connection: close\r\n"
                } else {
                    ""
                };
                let range = format!("Range: bytes={number}-{number}\r\n{last}");
                writer
                    .write_all(get("film.bin", &range).as_bytes())
                    .await
                    .unwrap();
            }
            writer
        });
        let mut answers = Vec::new();
        within(PATIENCE, reader.read_to_end(&mut answers)).await.unwrap();
        drop(asking.await.unwrap());
        assert_eq!(statuses(&answers), vec![206; count]);
        let text = String::from_utf8_lossy(&answers);
        let ranges: Vec<_> = text.match_indices("content-range: bytes ").collect();
        for (number, (at, found)) in ranges.into_iter().enumerate() {
            assert!(
                text[at + found.len()..].starts_with(&format!("{number}-{number}/")),
                "answer {number}"
            );
        }
    });
}

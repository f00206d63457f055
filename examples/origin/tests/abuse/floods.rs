//! Too much of something: connections, headers, ranges.

use tokio::io::AsyncReadExt as _;

use crate::{
    peers::{connect, get, rest, say, statuses},
    siege::{FILM_BYTES, PATIENCE, besiege, sized, within},
};

#[test]
fn thousands_of_connects_are_a_door_that_opens_and_closes() {
    besiege("connects", async |target| {
        // 1,500 stand open at a time, from twenty addresses.
        for _ in 0..sized(10, 2) {
            let mut sockets = Vec::new();
            for number in 0..1500 {
                sockets.push(connect(number, target.address()).await);
            }
        }
    });
}

/// Handshakes that are never finished stay in the kernel: the process does not learn of them. What it does learn of is a
/// client that is gone when its connection is accepted, or when its answer is ready.
#[test]
fn connections_that_vanish_leave_nothing() {
    besiege("vanishing", async |target| {
        for number in 0..sized(20_000, 2000) {
            let mut socket = connect(number, target.address()).await;
            if number % 2 == 0 {
                assert!(say(&mut socket, get("long.bin", "")).await);
            }
            // A reset in the place of a good-bye.
            socket.set_zero_linger().unwrap();
        }
    });
}

#[test]
fn huge_heads_are_refused() {
    besiege("64 KiB headers", async |target| {
        for number in 0..sized(2000, 400) {
            let mut socket = connect(number, target.address()).await;
            let (line, expected) = match number % 4 {
                // Never read to its end.
                0 => (format!("X: {}\r\n", "x".repeat(70_000)), 431),
                1 => (format!("X: {}\r\n", "x".repeat(40_000)), 431),
                2 => ("X: y\r\n".repeat(150), 431),
                _ => ("X: y\r\n".repeat(90), 206),
            };
            let lines = format!("Range: bytes=0-0\r\nConnection: close\r\n{line}");
            say(&mut socket, get("film.bin", &lines)).await;
            let answer = rest(&mut socket).await;
            // Closing with bytes unread is a reset, which may overtake the answer.
            let statuses = statuses(&answer);
            assert!(
                statuses == [expected] || (number % 4 == 0 && statuses.is_empty()),
                "{}: {statuses:?}",
                number % 4
            );
        }
    });
}

#[test]
fn thirteen_hundred_ranges_are_one_film_at_most() {
    besiege("1,300 ranges", async |target| {
        let sets = [
            vec!["0-0"; 1300].join(","),
            (0..1300)
                .map(|n| format!("{}-{0}", n * 2))
                .collect::<Vec<_>>()
                .join(","),
            vec!["0-"; 1300].join(","),
            vec!["0-"; 16].join(","),
        ];
        for number in 0..sized(400, 40) {
            let mut socket = connect(number, target.address()).await;
            let lines = format!(
                "Range: bytes={}\r\nConnection: close\r\n",
                sets[number % sets.len()]
            );
            assert!(say(&mut socket, get("film.bin", &lines)).await);
            let mut bytes = 0;
            let mut some = vec![0; 256 * 1024];
            loop {
                match within(PATIENCE, socket.read(&mut some)).await.unwrap() {
                    0 => break,
                    len => bytes += len as u64,
                }
            }
            assert!(bytes < FILM_BYTES + 1024, "{bytes} bytes");
        }
    });
}

//! Start, signals, threads.

use std::{
    io::{Read as _, Write as _},
    time::Instant,
};

use rustix::process::Signal;

use crate::program::{Answer, Folder, PATIENCE};

#[test]
fn healthz_answers_with_and_without_tokens() {
    let folder = Folder::new();
    for origin in [folder.open(&[]), folder.with_tokens(&[])] {
        let answer = origin.get("/healthz");
        assert_eq!((answer.status, answer.text().as_str()), (200, "ok\n"));
    }
}

#[test]
fn sigterm_lets_a_response_under_way_finish() {
    // Large enough that it cannot hide in the buffers of two sockets.
    let film = vec![7; 32 << 20];
    let folder = Folder::new().with("film.bin", &film);
    let mut origin = folder.open(&["--drain", "30s"]);
    let mut socket = origin.connect();
    socket
        .write_all(b"GET /stream/film.bin/video HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    let mut bytes = vec![0; 1000];
    socket.read_exact(&mut bytes).unwrap();

    origin.signal(Signal::TERM);
    let begun = Instant::now();
    while !origin.refuses_connections() {
        assert!(begun.elapsed() < PATIENCE, "the listener stays open");
        std::thread::yield_now();
    }
    socket.read_to_end(&mut bytes).unwrap();
    assert!(Answer::parse(&bytes).body == film, "the whole film came");
    assert_eq!(origin.exit_code(), Some(0));
}

/// All of them fit the deadline: every byte of each comes, and then the program ends well, before the deadline.
#[test]
fn two_hundred_ranges_under_way_end_whole() {
    // Longer than what two sockets hold, so that none of them has ended when the signal comes.
    const RANGE: usize = 8 << 20;
    let film: Vec<u8> = (0..=250).cycle().take(RANGE + 200).collect();
    let folder = Folder::new().with("film.bin", &film);
    let mut origin = folder.open(&["--drain", "60s"]);
    let mut sockets: Vec<_> = (0..200)
        .map(|first| {
            let mut socket = origin.connect();
            let last = first + RANGE - 1;
            let request = format!(
                "GET /stream/film.bin/video HTTP/1.1\r\nhost: x\r\nrange: bytes={first}-{last}\r\n\r\n"
            );
            socket.write_all(request.as_bytes()).unwrap();
            let mut begun = [0; 12];
            socket.read_exact(&mut begun).unwrap();
            assert_eq!(&begun, b"HTTP/1.1 206");
            socket
        })
        .collect();
    let begun = Instant::now();
    origin.signal(Signal::TERM);
    while !origin.refuses_connections() {
        assert!(begun.elapsed() < PATIENCE, "the listener stays open");
        std::thread::yield_now();
    }
    for (first, socket) in sockets.iter_mut().enumerate() {
        let mut bytes = Vec::with_capacity(RANGE + 1000);
        socket.read_to_end(&mut bytes).unwrap();
        let body = bytes.len() - RANGE;
        assert!(bytes[..body].ends_with(b"\r\n\r\n"), "range {first} came whole");
        assert!(bytes[body..] == film[first..first + RANGE], "range {first}");
    }
    assert_eq!(origin.exit_code(), Some(0));
    assert!(begun.elapsed().as_secs() < 60, "not at the deadline");
}

#[test]
fn the_drain_ends_at_its_deadline() {
    let folder = Folder::new().with("film.bin", &vec![7; 32 << 20]);
    let mut origin = folder.open(&["--drain", "1s"]);
    let mut socket = origin.connect();
    socket
        .write_all(b"GET /stream/film.bin/video HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    socket.read_exact(&mut [0; 1000]).unwrap();
    origin.signal(Signal::TERM);
    // The socket is held open and not read: only the deadline can end this.
    assert_eq!(origin.exit_code(), Some(0));
}

#[test]
fn a_second_signal_ends_at_once() {
    let folder = Folder::new().with("film.bin", &vec![7; 32 << 20]);
    let mut origin = folder.open(&["--drain", "1h"]);
    let mut socket = origin.connect();
    socket
        .write_all(b"GET /stream/film.bin/video HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    socket.read_exact(&mut [0; 1000]).unwrap();
    origin.signal(Signal::INT);
    let begun = Instant::now();
    while !origin.refuses_connections() {
        assert!(begun.elapsed() < PATIENCE, "the listener stays open");
        std::thread::yield_now();
    }
    origin.signal(Signal::INT);
    assert_eq!(origin.exit_code(), Some(130));
}

#[test]
fn hangup_reads_the_keys_again() {
    let folder = Folder::new().with("a.bin", b"film a");
    let mut origin = folder.with_tokens(&["--access-log"]);
    let target = format!("/stream/a.bin/t/{}/video", folder.token("a.bin", &[]));
    assert_eq!(origin.get(&target).status, 200);

    std::fs::write(folder.key_file(), format!("other:{}\n", "ab".repeat(32))).unwrap();
    origin.signal(Signal::HUP);
    let begun = Instant::now();
    while origin.get(&target).status != 401 {
        assert!(begun.elapsed() < PATIENCE, "the old key still opens films");
        // Keeps the log short, and shows that it goes on.
        assert!(origin.line().contains("/stream/a.bin/t/-/video"));
    }
    let fresh = format!("/stream/a.bin/t/{}/video", folder.token("a.bin", &[]));
    assert_eq!(origin.get(&fresh).status, 200);
}

#[test]
fn workers_sets_the_threads_that_serve() {
    let folder = Folder::new();
    // One worker is the main thread itself; more are threads beside it.
    for (workers, threads) in [("1", 1), ("3", 4)] {
        let origin = folder.open(&["--workers", workers]);
        assert_eq!(origin.get("/healthz").status, 200);
        let tasks = std::fs::read_dir(format!("/proc/{}/task", origin.pid())).unwrap();
        let names = tasks.map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).unwrap());
        // The allocator's own give memory back.
        let serving = names.filter(|name| !name.starts_with("jemalloc"));
        assert_eq!(serving.count(), threads, "--workers {workers}");
    }
}

//! The machine says no more memory.

use std::time::Duration;

use rustix::process::Resource;
use tokio::io::AsyncReadExt as _;

use crate::{
    http2::{good_heads, without_a_window},
    peers::{connect, connect_narrow, get, say, slow_reader, status},
    siege::{LONG_BYTES, PATIENCE, Setting, Target, besiege_with, sized, within},
};

#[test]
fn a_cap_on_memory_holds_slow_readers() {
    besiege_with("memory cap", SCARCE, async |target| {
        let count = sized(1000, 500);
        if target.first_wave() {
            cap(target, count);
        }
        let mut sockets = Vec::new();
        for number in 0..count {
            sockets.push(slow_reader(number, target.address()).await);
        }
        let mut tick = tokio::time::interval(sized(Duration::from_secs(20), Duration::from_secs(1)));
        tick.tick().await;
        tick.tick().await;
        assert_memory(target, count);
    });
}

/// Ranges of 2 MiB, six ranges in one answer, segments: what each of them holds is a buffer, however much it asks for.
#[test]
fn a_cap_on_memory_holds_large_requests() {
    besiege_with("memory cap, large requests", SCARCE, async |target| {
        let (readers, connections) = sized((1800, 30), (500, 15));
        if target.first_wave() {
            let film = concat!(env!("CARGO_MANIFEST_DIR"), "/../demo/media/demo/1080p.mp4");
            std::fs::copy(film, target.folder.path().join("demo.mp4")).unwrap();
            let mut socket = connect(0, target.address()).await;
            for (path, _) in SEGMENTS {
                let request = format!("GET {path} HTTP/1.1\r\nHost: bad\r\n\r\n");
                assert!(say(&mut socket, request).await);
                assert_eq!(status(&mut socket).await, Some(200), "{path}");
            }
            cap(target, readers + connections * 100);
        }
        let mut sockets = Vec::new();
        for number in 0..readers {
            let mut socket = connect_narrow(number, target.address()).await;
            // More than the sockets hold, from all over the film.
            let first = number as u64 * 4093 % (LONG_BYTES - RANGE_BYTES);
            let range = format!("Range: bytes={first}-{}\r\n", first + RANGE_BYTES - 1);
            assert!(say(&mut socket, get("long.bin", &range).repeat(4)).await);
            let mut head = [0; 12];
            within(PATIENCE, socket.read_exact(&mut head)).await.unwrap();
            assert_eq!(&head, b"HTTP/1.1 206");
            sockets.push(socket);
        }
        for number in 0..connections {
            let wanted = [&SEGMENTS[..], &SEVERAL_RANGES].concat();
            let mut socket = without_a_window(number, target.address(), &wanted).await;
            good_heads(&mut socket, 100).await;
            sockets.push(socket);
        }
        let mut tick = tokio::time::interval(sized(Duration::from_secs(20), Duration::from_secs(2)));
        tick.tick().await;
        tick.tick().await;
        assert_memory(target, readers + connections * 100);
    });
}

const SCARCE: Setting = Setting {
    args: &["--buffer-memory", "64MiB"],
    open_files: None,
};
const BUFFERS_KIB: u64 = 64 << 10;

/// What is mapped, twice the memory of the buffers, and what each of so many answers may hold.
fn cap(target: &Target, answers: usize) {
    let most_kib = target.origin.memory().mapped_kib + 2 * BUFFERS_KIB + answers as u64 * ANSWER_KIB;
    target.origin.limit(Resource::As, most_kib << 10);
}

/// Addresses that are only mapped count above; this is what is really used.
fn assert_memory(target: &Target, answers: usize) {
    let peak = target.origin.memory().peak_kib;
    let most = BUFFERS_KIB + PROGRAM_KIB + answers as u64 * ANSWER_KIB;
    assert!(peak < most, "{peak} KiB of {most}");
}

const PROGRAM_KIB: u64 = 32 << 10;
/// A connection, the 64 KiB that hyper takes of a body at once, and 16 KiB of its own.
const ANSWER_KIB: u64 = 96;
const RANGE_BYTES: u64 = 2 << 20;
const SEGMENTS: [(&str, Option<&str>); 2] = [
    ("/stream/demo.mp4/t/-/v1/1.m4s", None),
    ("/stream/demo.mp4/t/-/v1/3.m4s", None),
];
const SEVERAL_RANGES: [(&str, Option<&str>); 1] = [(
    "/stream/long.bin/video",
    Some(
        "bytes=0-2097151,4000000-6097151,8000000-10097151,12000000-14097151,20000000-22097151,30000000-32097151",
    ),
)];

//! The limits of the command line, on the process: what is above them is refused, what is below goes on.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Stdio,
};

use crate::program::{Answer, Folder, Origin};

const GET: &[u8] = b"GET /stream/film.bin/video HTTP/1.1\r\nhost: x\r\n\r\n";
/// More than two sockets hold.
const BIG: usize = 32 << 20;

/// Sends a request and reads the beginning of its answer.
fn status(socket: &mut TcpStream) -> u16 {
    socket.write_all(GET).unwrap();
    let mut bytes = [0; 12];
    socket.read_exact(&mut bytes).unwrap();
    std::str::from_utf8(&bytes[9..]).unwrap().parse().unwrap()
}

#[test]
fn connections_above_the_cap_are_503_and_the_ones_below_go_on() {
    let folder = Folder::new().with("film.bin", &vec![7; BIG]);
    let origin = folder.open(&["--max-connections", "2"]);
    let mut watching = origin.connect();
    assert_eq!(status(&mut watching), 200);
    let _idle = origin.connect();
    let answer = origin.get("/healthz");
    assert_eq!(answer.status, 503);
    assert!(answer.head.contains("retry-after: 1"), "{}", answer.head);
    let mut rest = Vec::new();
    watching
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .unwrap();
    watching.read_to_end(&mut rest).unwrap();
    assert!(
        rest.len() > BIG && rest.ends_with(b"ok\n"),
        "the film, and then the next answer"
    );
}

#[test]
fn requests_above_the_cap_are_503() {
    let folder = Folder::new().with("film.bin", &vec![7; BIG]);
    let origin = folder.open(&["--max-requests", "1"]);
    let mut watching = origin.connect();
    assert_eq!(status(&mut watching), 200);
    assert_eq!(origin.get("/healthz").status, 503);
}

#[test]
fn a_connection_that_says_nothing_between_requests_is_closed() {
    let folder = Folder::new().with("film.bin", b"film");
    let origin = folder.open(&["--idle-timeout", "1s"]);
    let mut socket = origin.connect();
    socket.write_all(GET).unwrap();
    let mut bytes = Vec::new();
    // Without an end of the connection this would wait for the test's patience, and fail.
    socket.read_to_end(&mut bytes).unwrap();
    assert_eq!(Answer::parse(&bytes).body, b"film");
}

#[test]
fn a_reader_that_stops_is_cut() {
    let folder = Folder::new().with("film.bin", &vec![7; BIG]);
    let origin = folder.open(&[
        "--stall-timeout",
        "1s",
        "--max-connections",
        "1",
        "--when-full",
        "wait",
    ]);
    let mut stopped = origin.connect();
    assert_eq!(status(&mut stopped), 200);
    // It waits until the one before it has been given up.
    assert_eq!(origin.get("/healthz").status, 200);
    let mut rest = Vec::new();
    // However it ends, it ends early.
    let _ = stopped.read_to_end(&mut rest);
    assert!(rest.len() < BIG);
}

/// 384 are for everything else; two thirds of the rest are for connections.
#[test]
fn connections_are_no_more_than_open_files_allow() {
    let folder = Folder::new().with("film.bin", b"film");
    let root = folder.root().display().to_string();
    let args = ["--root", &root, "--open", "--listen", "127.0.0.1:0"];
    let few = r#"ulimit -n 390; exec "$0" "$@""#;
    let origin = Origin::start_by(few, Stdio::null(), &args);
    let mut sockets: Vec<_> = (0..4).map(|_| origin.connect()).collect();
    for socket in &mut sockets {
        assert_eq!(status(socket), 200);
    }
    assert_eq!(origin.get("/healthz").status, 503);
}

#[test]
fn the_soft_limit_of_open_files_is_raised_to_the_hard_one() {
    let folder = Folder::new();
    let root = folder.root().display().to_string();
    let args = ["--root", &root, "--open", "--listen", "127.0.0.1:0"];
    let soft = r#"ulimit -Sn 100; ulimit -Hn 1000; exec "$0" "$@""#;
    let origin = Origin::start_by(soft, Stdio::null(), &args);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", origin.pid())).unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .unwrap();
    assert_eq!(line.split_whitespace().nth(3), Some("1000"), "{line}");
}

#[test]
fn little_memory_for_buffers_slows_nobody_to_a_halt() {
    let film: Vec<u8> = (0..=250).cycle().take(BIG).collect();
    let folder = Folder::new().with("film.bin", &film);
    let origin = folder.open(&["--buffer-memory", "0"]);
    assert!(origin.get("/stream/film.bin/video").body == film);
}

#[test]
fn a_limit_that_is_none_is_refused() {
    for bad in [
        ["--when-full", "maybe"],
        ["--buffer-memory", "1MB"],
        ["--idle-timeout", "soon"],
    ] {
        let args = [&["--root", "films", "--open"][..], &bad].concat();
        assert_eq!(crate::program::run(&args).status.code(), Some(2), "{bad:?}");
    }
}

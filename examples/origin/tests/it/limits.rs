//! The limits of the command line, on the process: what is above them is refused, what is below goes on.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::Stdio,
};

use crate::program::{Answer, Folder, Origin};

const GET: &[u8] = b"GET /stream/film.bin/video HTTP/1.1\r\nhost: x\r\n\r\n";
const LAST: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
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
    watching.write_all(LAST).unwrap();
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

/// A quarter is kept back; of the rest every connection has a file for itself and one for its film.
#[test]
fn with_256_open_files_everybody_who_is_let_in_gets_a_film() {
    let film: Vec<u8> = (0..=250).cycle().take(BIG).collect();
    let folder = Folder::new().with("film.bin", &film);
    let said = folder.root().with_file_name("said");
    let origin = within_open_files(256, &folder, &said);
    // It says how many it takes.
    let taken = caps(&said, "max_connections is lowered");
    assert_eq!((taken, caps(&said, "max_requests is lowered")), (96, 96));
    let mut sockets: Vec<_> = (0..taken).map(|_| origin.connect()).collect();
    for socket in &mut sockets {
        // From now on each of them holds the film open.
        assert_eq!(status(socket), 200);
    }
    assert_eq!(origin.get("/healthz").status, 503);
    // More than can be told so at a time.
    let _more: Vec<_> = (0..2 * taken).map(|_| origin.connect()).collect();
    for mut socket in sockets {
        socket.write_all(LAST).unwrap();
        let mut rest = Vec::new();
        socket.read_to_end(&mut rest).unwrap();
        let head = rest.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        assert!(rest[head..].starts_with(&film), "not the film");
        assert!(rest.ends_with(b"ok\n"), "and then the next answer");
    }
    let said = fs::read_to_string(&said).unwrap();
    assert!(!said.contains("os error 24"), "EMFILE: {said}");
}

#[test]
fn too_few_open_files_are_told_at_the_start() {
    let folder = Folder::new().with("film.bin", b"film");
    let said = folder.root().with_file_name("said");
    for (open_files, told) in [(63, true), (64, false)] {
        let origin = within_open_files(open_files, &folder, &said);
        assert_eq!(origin.get("/stream/film.bin/video").body, b"film");
        let said = fs::read_to_string(&said).unwrap();
        let error = "ERROR flaskflix_http::trace: too few files may be open to serve films";
        let numbers = format!("open_files={open_files} least=64");
        assert_eq!(said.contains(error) && said.contains(&numbers), told, "{said}");
    }
}

/// An origin in a shell that lets it open so many files, and the file to which its log goes.
fn within_open_files(most: u32, folder: &Folder, said: &Path) -> Origin {
    let root = folder.root().display().to_string();
    let shell = format!(
        "ulimit -n {most}; NO_COLOR=1 RUST_LOG=info exec \"$0\" \"$@\" 2>'{}'",
        said.display()
    );
    let args = ["--root", &root, "--open", "--listen", "127.0.0.1:0"];
    Origin::start_by(&shell, Stdio::null(), &args)
}

/// The number at the end of the line that says this.
fn caps(said: &Path, what: &str) -> usize {
    let said = fs::read_to_string(said).unwrap();
    let line = said.lines().find(|line| line.contains(what)).unwrap();
    line.rsplit_once("limit=").unwrap().1.parse().unwrap()
}

#[test]
fn the_soft_limit_of_open_files_is_raised_to_the_hard_one() {
    let folder = Folder::new();
    let root = folder.root().display().to_string();
    let args = ["--root", &root, "--open", "--listen", "127.0.0.1:0"];
    let soft = r#"ulimit -Sn 100; ulimit -Hn 1000; exec "$0" "$@""#;
    let origin = Origin::start_by(soft, Stdio::null(), &args);
    let limits = fs::read_to_string(format!("/proc/{}/limits", origin.pid())).unwrap();
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

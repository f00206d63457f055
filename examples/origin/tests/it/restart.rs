//! A listener that outlives the server: socket activation as systemd does it, with the test in systemd's place.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::fd::OwnedFd,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use rustix::process::Signal;

use crate::program::{Answer, Folder, Origin, PATIENCE, by_shell, finish};

/// Standard input becomes the first descriptor that is handed over.
const HAND_OVER: &str = r#"exec 3<&0 0</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$0" "$@""#;

fn handed(socket: impl Into<OwnedFd>) -> Stdio {
    Stdio::from(socket.into())
}

fn args(folder: &Folder) -> Vec<String> {
    let root = folder.root().display().to_string();
    ["--root", &root, "--open", "--drain", "20s"]
        .map(str::to_owned)
        .to_vec()
}

fn start(folder: &Folder, listener: &TcpListener) -> Origin {
    let args = args(folder);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let origin = Origin::start_by(HAND_OVER, handed(listener.try_clone().unwrap()), &args);
    let address = listener.local_addr().unwrap();
    assert_eq!(
        origin.url("/"),
        format!("http://{address}/"),
        "it listens there and nowhere else"
    );
    origin
}

/// One whole request on a connection of its own. Panics when it is refused or cut.
fn ask(address: SocketAddr, expected: &[u8]) {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
        .write_all(b"GET /stream/film.bin/video HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).unwrap();
    let answer = Answer::parse(&bytes);
    assert_eq!(answer.status, 200);
    assert!(answer.body == expected, "the whole film");
}

#[test]
fn restarts_refuse_no_connection_and_cut_no_answer() {
    let film = vec![7; 100_000];
    let folder = Folder::new().with("film.bin", &film);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (answered, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (answered, enough, film) = (Arc::clone(&answered), Arc::clone(&enough), film.clone());
            thread::spawn(move || {
                while !enough.load(Ordering::Relaxed) {
                    ask(address, &film);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let mut origin = start(&folder, &listener);
    for _ in 0..5 {
        let before = answered.load(Ordering::Relaxed);
        let begun = Instant::now();
        while answered.load(Ordering::Relaxed) < before + 20 {
            assert!(begun.elapsed() < PATIENCE, "nobody is served");
            assert!(
                !clients.iter().any(thread::JoinHandle::is_finished),
                "a client has failed"
            );
            thread::yield_now();
        }
        origin.signal(Signal::TERM);
        assert_eq!(origin.exit_code(), Some(0));
        origin = start(&folder, &listener);
    }
    enough.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().expect("no request of a client failed");
    }
}

#[test]
fn descriptors_that_are_for_another_process_are_left_alone() {
    let folder = Folder::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let args = args(&folder);
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    args.extend(["--listen", "127.0.0.1:0"]);
    for lines in ["export LISTEN_FDS=1 LISTEN_PID=1", "export LISTEN_FDS=1"] {
        let script = format!(r#"exec 3<&0 0</dev/null; {lines}; exec "$0" "$@""#);
        let origin = Origin::start_by(&script, handed(listener.try_clone().unwrap()), &args);
        let address = listener.local_addr().unwrap();
        assert_ne!(origin.url("/"), format!("http://{address}/"), "{lines}");
        assert_eq!(origin.get("/healthz").status, 200);
    }
}

#[test]
fn what_is_no_listener_of_ours_is_refused_with_a_reason() {
    let folder = Folder::new();
    let args = args(&folder);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connected = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let two = HAND_OVER.replace("LISTEN_FDS=1", "LISTEN_FDS=2");
    for (script, socket, reason) in [
        (
            HAND_OVER,
            handed(UdpSocket::bind("127.0.0.1:0").unwrap()),
            "not a valid tcp socket",
        ),
        (
            HAND_OVER,
            handed(File::open("/dev/null").unwrap()),
            "not a socket",
        ),
        (HAND_OVER, handed(connected), "Accept=no"),
        (&two, handed(listener), "more than one socket"),
    ] {
        let output = finish(by_shell(script, socket, &args).stderr(Stdio::piped()));
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(reason), "{said}");
    }
}

/// What may not be bound may not be inherited.
#[test]
fn an_open_server_takes_no_listener_that_the_network_reaches() {
    let folder = Folder::new();
    let args = args(&folder);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let output = finish(by_shell(HAND_OVER, handed(listener), &args).stderr(Stdio::piped()));
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("not a loopback address")
    );
}

//! Signals, and what the log may say.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::Instant,
};

use rustix::process::Signal;

use crate::process::{PATIENCE, Server, command, finish, handed_over, run, text};

const PROGRESS: &str = r#"{"current_time": 20, "total_duration": 60}"#;

#[test]
fn sigterm_lets_a_request_finish_and_keeps_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::start(&data, &["--demo"]);
    let cookie = server.log_in("demo", "demo-demo").unwrap();
    let token = server.send("GET", "/stream/1/token", &cookie, "");
    let base = token
        .split("\"stream_url\":\"")
        .nth(1)
        .unwrap()
        .split("master.m3u8")
        .next()
        .unwrap()
        .to_owned();
    // A film that is longer than what two sockets can hold, under way.
    let mut socket = server.connect();
    let request = format!("GET {base}video HTTP/1.1\r\nhost: x\r\n\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    let mut film = vec![0; 1000];
    socket.read_exact(&mut film).unwrap();
    let saved = server.send("POST", "/stream/1/progress", &cookie, PROGRESS);
    assert!(saved.starts_with("HTTP/1.1 200"), "{saved}");

    server.signal(Signal::TERM);
    let begun = Instant::now();
    while !server.refuses_connections() {
        assert!(begun.elapsed() < PATIENCE, "the listener stays open");
        std::thread::yield_now();
    }
    socket.read_to_end(&mut film).unwrap();
    assert!(film.len() > 3_925_620, "the whole film came, after its head");
    assert_eq!(server.exit_code(), Some(0));
    assert!(
        !data.join("flaskflix.db-wal").exists(),
        "the log was moved into the database"
    );

    let again = Server::start(&data, &["--demo"]);
    let progress = again.send("GET", "/stream/1/progress", &cookie, "");
    assert!(
        progress.contains(r#""current_time":20"#),
        "the session and the progress are still there: {progress}"
    );
}

/// A request that is under way and never comes whole.
fn half_a_login(server: &Server) -> TcpStream {
    let mut socket = server.connect();
    socket
        .write_all(
            b"POST /login HTTP/1.1\r\nhost: x\r\norigin: http://x\r\nexpect: 100-continue\r\n\
              content-type: application/x-www-form-urlencoded\r\ncontent-length: 10\r\n\r\n",
        )
        .unwrap();
    // It is under way when the server asks for its body: a signal before that would find nothing to wait for.
    let mut answer = [0; 25];
    socket.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket
}

/// Every position that was acknowledged is there after the restart, also those that were on their way when the signal came.
#[test]
fn a_drain_answers_the_reports_under_way_and_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::start(&data, &["--demo", "--drain", "30s"]);
    let cookie = server.log_in("demo", "demo-demo").unwrap();
    let length = PROGRESS.len();
    let head = format!(
        "POST /stream/1/progress HTTP/1.1\r\nhost: {}\r\n{cookie}expect: 100-continue\r\ncontent-length: {length}\r\n\r\n",
        server.address
    );
    let mut reports: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for socket in &mut reports {
        socket.write_all(head.as_bytes()).unwrap();
        // It is under way when the server asks for its body.
        let mut answer = [0; 25];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    }
    let begun = Instant::now();
    server.signal(Signal::TERM);
    while !server.refuses_connections() {
        assert!(begun.elapsed() < PATIENCE, "the listener stays open");
        std::thread::yield_now();
    }
    for socket in &mut reports {
        socket.write_all(PROGRESS.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert_eq!(server.exit_code(), Some(0));
    assert!(
        begun.elapsed().as_secs() < 30,
        "it ends with its last request, not at the deadline"
    );
    let again = Server::start(&data, &["--demo"]);
    let progress = again.send("GET", "/stream/1/progress", &cookie, "");
    assert!(progress.contains(r#""current_time":20"#), "{progress}");
}

/// What does not end by itself is cut, and the exit is no failure.
#[test]
fn a_drain_ends_with_0_at_its_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(&folder.path().join("data"), &["--drain", "1s"]);
    let _never_whole = half_a_login(&server);
    server.signal(Signal::TERM);
    assert_eq!(server.exit_code(), Some(0));
    assert!(server.log().contains("cut at the end of the drain"));
}

#[test]
fn a_restart_on_a_socket_of_systemd_refuses_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut server = Server::start_on_socket(&data, &listener, &["--demo"]);
    let address = listener.local_addr().unwrap().to_string();
    assert_eq!(server.address, address);
    let cookie = server.log_in("demo", "demo-demo").unwrap();
    server.signal(Signal::TERM);
    assert_eq!(server.exit_code(), Some(0));
    // Nobody serves now, and yet it can be asked.
    let mut waiting = server.connect();
    let request = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    waiting.write_all(request).unwrap();
    let again = Server::start_on_socket(&data, &listener, &["--demo"]);
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        again
            .send("GET", "/stream/1/token", &cookie, "")
            .starts_with("HTTP/1.1 200")
    );
}

/// What `listen` may not say for a demo, a socket may not either.
#[test]
fn a_demo_takes_no_socket_that_the_network_reaches() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let demo = command(&["--data", data.to_str().unwrap(), "--demo"]);
    let output = finish(handed_over(&listener, &demo));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("loopback only"), "{output:?}");
}

#[test]
fn a_second_signal_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(&folder.path().join("data"), &["--drain", "1h"]);
    let _never_whole = half_a_login(&server);
    server.signal(Signal::INT);
    let begun = Instant::now();
    while !server.refuses_connections() {
        assert!(begun.elapsed() < PATIENCE, "the listener stays open");
        std::thread::yield_now();
    }
    server.signal(Signal::INT);
    assert_eq!(server.exit_code(), Some(130));
}

#[test]
fn hangup_reads_the_keys_again_and_keeps_them_when_they_are_no_good() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, &["--demo"]);
    let url = || {
        let args = [
            "token",
            "--movie",
            "1",
            "--viewer",
            "demo",
            "--data",
            data.to_str().unwrap(),
        ];
        let output = run(&args);
        assert!(output.status.success(), "{output:?}");
        let url = text(&output.stdout).trim().to_owned();
        url.split_once(":5000").unwrap().1.to_owned()
    };
    let old = url();
    assert!(server.get(&old).starts_with("HTTP/1.1 200"));

    fs::write(data.join("signing.key"), "no key at all\n").unwrap();
    server.signal(Signal::HUP);
    wait(|| server.log().contains("the keys stay as they were"));
    assert!(server.get(&old).starts_with("HTTP/1.1 200"));

    fs::write(
        data.join("signing.key"),
        format!("other:{}\n", "0123456789abcdef".repeat(4)),
    )
    .unwrap();
    server.signal(Signal::HUP);
    wait(|| server.get(&old).starts_with("HTTP/1.1 401"));
    assert!(server.get(&url()).starts_with("HTTP/1.1 200"));
}

fn wait(mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "it does not happen");
        std::thread::yield_now();
    }
}

/// "Tokens, session ids and viewer ids never reach logs, metrics, error text"
#[test]
fn nothing_secret_is_logged_at_any_level() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(
        &data,
        &[
            "--demo",
            "--log",
            "trace,hyper=info,mio=info",
            "--log-format",
            "json",
        ],
    );
    let admin = server.password().unwrap();
    assert!(server.log_in("admin", &admin).is_some());
    assert!(server.log_in("demo", "not-the-password").is_none());
    let cookie = server.log_in("demo", "demo-demo").unwrap();
    let token = server.send("GET", "/stream/1/token", &cookie, "");
    let url = token
        .split("\"stream_url\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    assert!(server.get(&url).starts_with("HTTP/1.1 200"));
    assert!(server.get(&url.replace("/1/", "/2/")).starts_with("HTTP/1.1 40"));
    server.send("POST", "/stream/1/progress", &cookie, PROGRESS);
    server.send("POST", "/logout", &cookie, "");
    server.signal(Signal::HUP);
    wait(|| server.log().contains("the keys were read again"));
    let log = server.log();
    let session = cookie.split('=').nth(1).unwrap().trim();
    let token = url.split('/').nth(4).unwrap();
    let key = fs::read_to_string(data.join("signing.key")).unwrap();
    let key = key.lines().last().unwrap().split(':').nth(1).unwrap();
    for secret in [
        admin.as_str(),
        "not-the-password",
        "demo-demo",
        session,
        token,
        key,
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    assert!(
        log.lines().all(|line| line.starts_with('{')),
        "every line is JSON"
    );
}

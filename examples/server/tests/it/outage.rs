//! The database goes away in the middle of a film, and comes back.

use std::time::{Duration, Instant};

use flaskflix_storage::testing::PrivatePostgres;
use sha2::{Digest as _, Sha256};

use crate::{
    engine,
    process::{PATIENCE, Server, command, finish, text},
};

const PROGRESS: &str = r#"{"current_time": 20, "total_duration": 60}"#;

#[test]
fn films_play_on_while_the_database_is_away() {
    let Some(mut postgres) = PrivatePostgres::start().unwrap() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_on(
        &folder.path().join("data"),
        &engine::fresh(&postgres),
        &["--demo"],
    );
    let viewer = Viewer::log_in(&server);
    let film = viewer.watch();
    assert!(film.len() > 5, "{film:?}");
    assert!(viewer.report().starts_with("HTTP/1.1 200"));

    for (name, down, up) in OUTAGES {
        down(&mut postgres);
        assert_eq!(viewer.watch(), film, "{name}: every segment, byte by byte");
        let begun = Instant::now();
        let refused = viewer.report();
        assert!(refused.starts_with("HTTP/1.1 503"), "{name}: {refused}");
        assert!(refused.contains("\r\nretry-after: "), "{name}: {refused}");
        assert!(begun.elapsed() < LONGEST_REFUSAL, "{name}: {:?}", begun.elapsed());
        let ready = server.get("/readyz");
        assert!(
            ready.starts_with("HTTP/1.1 503") && ready.contains(r#""database":"#),
            "{name}: {ready}"
        );
        assert!(server.get("/healthz").starts_with("HTTP/1.1 200"), "{name}");
        assert_eq!(viewer.watch(), film, "{name}: again");

        up(&mut postgres);
        let back = Instant::now();
        while !viewer.report().starts_with("HTTP/1.1 200") {
            assert!(back.elapsed() < PATIENCE, "{name}: it stays away");
        }
        let waited = back.elapsed();
        println!("{name}: acknowledged {waited:?} after it was back");
        assert!(waited < LONGEST_RETURN, "{name}: {waited:?}");
    }
    server.stop();
}

#[test]
fn what_is_wrong_with_the_database_is_said_without_its_password() {
    let Some(postgres) = PrivatePostgres::start().unwrap() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (host, port) = ("127.0.0.1", postgres.port());
    for (url, reason) in [
        (
            format!("postgres://nobody:s3cret-word@{host}:{port}/postgres"),
            "\"nobody\" does not exist",
        ),
        (
            format!("postgres://flaskflix:s3cret-word@{host}:{port}/nothing"),
            "\"nothing\" does not exist",
        ),
        (
            format!("postgres://flaskflix:s3cret-word@{host}:1/postgres"),
            "the database server is away",
        ),
        (
            format!("mysql://flaskflix:s3cret-word@{host}/postgres"),
            "is not a PostgreSQL URL",
        ),
    ] {
        let mut command = command(&["migrate", "--data", folder.path().to_str().unwrap()]);
        command.env("FLASKFLIX_DATABASE_URL", &url);
        let output = finish(command);
        assert_eq!(output.status.code(), Some(1), "{url}");
        let complaint = text(&output.stderr);
        assert!(complaint.contains(reason), "{url}: {complaint}");
        assert!(!complaint.contains("s3cret"), "{complaint}");
    }
}

/// How it goes away, and how it comes back.
type Outage = (&'static str, fn(&mut PrivatePostgres), fn(&mut PrivatePostgres));

const OUTAGES: [Outage; 3] = [
    (
        "killed",
        |postgres| postgres.kill().unwrap(),
        |postgres| postgres.restart().unwrap(),
    ),
    (
        "stopped at once",
        |postgres| postgres.stop_immediately().unwrap(),
        |postgres| postgres.restart().unwrap(),
    ),
    (
        "frozen",
        |postgres| postgres.suspend().unwrap(),
        |postgres| postgres.resume().unwrap(),
    ),
];

/// The longest that a report waits for its refusal: two statements, and the library's and the server's limit of 4 s each.
const LONGEST_REFUSAL: Duration = Duration::from_secs(9);
/// The first acknowledged write comes within this time after the database is back.
const LONGEST_RETURN: Duration = Duration::from_secs(5);

/// Somebody who watches the demo film.
struct Viewer<'a> {
    server: &'a Server,
    cookie: String,
    /// The path of the film, with its token.
    base: String,
}

impl<'a> Viewer<'a> {
    fn log_in(server: &'a Server) -> Self {
        let cookie = server.log_in("demo", "demo-demo").unwrap();
        let token = server.send("GET", "/stream/1/token", &cookie, "");
        let (_, rest) = token.split_once("\"stream_url\":\"").unwrap();
        let (base, _) = rest.split_once("master.m3u8").unwrap();
        let base = base.to_owned();
        Self { server, cookie, base }
    }

    /// Plays the film to its end; the digest of every answer.
    fn watch(&self) -> Vec<(String, String)> {
        let master = self.server.get(&format!("{}master.m3u8", self.base));
        let playlist = uris(&master)
            .find(|uri| uri.ends_with("index.m3u8"))
            .unwrap()
            .to_owned();
        let (folder, _) = playlist.rsplit_once('/').unwrap();
        let index = self.server.get(&format!("{}{playlist}", self.base));
        let segments: Vec<_> = uris(&index).map(|uri| format!("{folder}/{uri}")).collect();
        let digest = |path: &String| {
            let target = format!("{}{path}", self.base);
            let answer = self.server.send_for_bytes("GET", &target, "", "");
            assert!(answer.starts_with(b"HTTP/1.1 200"), "{path}");
            let head = answer.windows(4).position(|part| part == b"\r\n\r\n").unwrap();
            (
                path.clone(),
                format!("{:?}", Sha256::digest(answer.get(head + 4..).unwrap())),
            )
        };
        segments.iter().map(digest).collect()
    }

    fn report(&self) -> String {
        self.server
            .send("POST", "/stream/1/progress", &self.cookie, PROGRESS)
    }
}

fn uris(playlist: &str) -> impl Iterator<Item = &str> {
    let (_, body) = playlist.split_once("\r\n\r\n").unwrap_or_default();
    body.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

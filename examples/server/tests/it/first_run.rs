//! The first start and the second, the one that is killed, and the ones that are refused.

use std::{fs, io::Read as _, os::unix::fs::PermissionsExt as _, path::Path, process::Stdio, time::Instant};

use crate::process::{PATIENCE, Server, command, finish, password_in, run, text};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn movies(data: &Path) -> Vec<String> {
    let output = run(&["movie", "list", "--data", data.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn the_first_start_is_all_it_takes_and_the_second_prints_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = Server::start(&data, &[]);
    let password = first.password().expect("the administrator's password");
    assert!(
        first.greeting.contains("administrator  admin"),
        "{}",
        first.greeting
    );
    let cookie = first.log_in("admin", &password).expect("it logs in");
    assert!(
        !first.log().contains(&password),
        "standard output only, not the log"
    );

    assert_eq!(mode(&data), 0o700);
    for secret in ["signing.key", "flaskflix.db"] {
        assert_eq!(mode(&data.join(secret)), 0o600, "{secret}");
    }
    let token = first.send("GET", "/stream/1/token", &cookie, "");
    let url = token
        .split("\"stream_url\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let playlist = first.get(url);
    assert_eq!(
        playlist.matches("#EXT-X-STREAM-INF").count(),
        3,
        "three qualities of the demo film: {playlist}"
    );
    first.stop();

    let second = Server::start(&data, &[]);
    assert_eq!(second.greeting, "", "nothing is printed but the address");
    assert!(second.log_in("admin", &password).is_some());
    second.stop();
    assert_eq!(movies(&data).len(), 1);
}

#[test]
fn a_demo_film_that_was_removed_stays_away() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Server::start(&data, &[]).stop();
    assert!(
        run(&["movie", "remove", "1", "--data", data.to_str().unwrap()])
            .status
            .success()
    );
    Server::start(&data, &[]).stop();
    assert!(movies(&data).is_empty());
}

#[test]
fn the_demo_viewer_is_there_with_demo_and_locked_out_without() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let demo = Server::start(&data, &["--demo"]);
    let page = demo.get("/login");
    assert!(
        page.contains("demo-demo"),
        "the sign-in page shows the password: {page}"
    );
    assert!(demo.log_in("demo", "demo-demo").is_some());
    demo.stop();
    let without = Server::start(&data, &[]);
    assert!(!without.get("/login").contains("demo-demo"));
    assert!(without.log_in("demo", "demo-demo").is_none());
}

#[test]
fn demo_is_refused_off_loopback() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let output = run(&[
        "--demo",
        "--listen",
        "0.0.0.0:0",
        "--data",
        data.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("loopback only"), "{output:?}");
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn a_password_that_everybody_tries_is_refused_off_loopback() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut command = command(&["--listen", "0.0.0.0:0", "--data", data.to_str().unwrap()]);
    command.env("FLASKFLIX_ADMIN_PASSWORD", "changeme");
    let output = finish(command);
    assert_eq!(output.status.code(), Some(1));
    let complaint = text(&output.stderr);
    assert!(
        complaint.contains("everybody tries first") && !complaint.contains("changeme"),
        "{complaint}"
    );
}

#[test]
fn a_signing_key_that_everybody_knows_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("signing.key"), format!("server:{}\n", "00".repeat(32))).unwrap();
    let output = run(&["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("which everybody knows"),
        "{output:?}"
    );
}

#[test]
fn the_second_server_on_a_folder_is_refused_and_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = Server::start(&data, &[]);
    let output = run(&["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let complaint = text(&output.stderr);
    assert!(
        complaint.contains("in use by another flaskflix-server (process "),
        "{complaint}"
    );
    assert!(
        first.get("/login").starts_with("HTTP/1.1 200"),
        "the first goes on"
    );
}

#[test]
fn a_port_that_is_taken_costs_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let data = folder.path().join("data");
    let output = run(&["--listen", &listen, "--data", data.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains(&format!("cannot listen on {listen}")),
        "{output:?}"
    );
    assert_eq!(password_in(&text(&output.stdout)), None);
}

#[test]
fn a_media_folder_that_was_named_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let missing = folder.path().join("flims");
    let args = [
        "--listen",
        "127.0.0.1:0",
        "--data",
        data.to_str().unwrap(),
        "--media",
        missing.to_str().unwrap(),
    ];
    let output = run(&args);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("flims"), "{output:?}");
}

/// The one moment that the test below cannot hit by chance: the film is in the catalogue, and that it is has not been noted.
#[test]
fn a_demo_film_that_was_added_is_not_added_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Server::start(&data, &[]).stop();
    let forget = async {
        let path = data.join("flaskflix.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        let done = sqlx::query("DELETE FROM first_run").execute(&pool).await.unwrap();
        assert_eq!(done.rows_affected(), 1);
        pool.close().await;
    };
    tokio::runtime::Runtime::new().unwrap().block_on(forget);
    Server::start(&data, &[]).stop();
    assert_eq!(movies(&data).len(), 1);
}

/// Kills the first run at moments from before it has done anything to after it has done all: the next one finishes it.
#[test]
fn a_first_run_that_was_killed_is_finished_by_the_next() {
    // The process is killed as soon as it has made this.
    let moments = [
        "",
        "server.lock",
        "signing.key.partial",
        "signing.key",
        "flaskflix.db",
        "flaskflix.db-wal",
        "posters",
        "media/demo",
        "media/demo/360p.mp4.partial",
        "media/demo/360p.mp4",
        "media/demo/1080p.mp4.partial",
        "media/demo/1080p.mp4",
    ];
    for moment in moments {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mut process = command(&["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        // A file may come and go between two looks; the last one stays.
        while !data.join(moment).exists() && !data.join("media/demo/1080p.mp4").exists() {
            assert!(begun.elapsed() < PATIENCE, "{moment} never came");
            std::hint::spin_loop();
        }
        process.kill().unwrap();
        process.wait().unwrap();
        let mut printed = String::new();
        process
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut printed)
            .unwrap();

        let server = Server::start(&data, &[]);
        let password = server.password().or_else(|| password_in(&printed));
        let password = password.unwrap_or_else(|| panic!("{moment}: no password was ever shown"));
        assert!(
            server.log_in("admin", &password).is_some(),
            "{moment}: {password}"
        );
        server.stop();
        assert_eq!(movies(&data).len(), 1, "{moment}");
        for film in ["360p", "720p", "1080p"] {
            let copy = fs::read(data.join(format!("media/demo/{film}.mp4"))).unwrap();
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/media/demo");
            assert!(
                copy == fs::read(root.join(format!("{film}.mp4"))).unwrap(),
                "{moment}: {film}"
            );
        }
    }
}

//! Films that the server in front sends. With a real nginx: the tests of `flaskflix-origin`.

use crate::process::{Server, run, text};

#[test]
fn a_film_is_named_to_the_server_in_front_and_only_with_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, &["--demo", "--offload", "accel:/internal/media/"]);
    let args = [
        "token",
        "--movie",
        "1",
        "--viewer",
        "demo",
        "--data",
        data.to_str().unwrap(),
    ];
    let url = text(&run(&args).stdout);
    let base = url
        .trim()
        .split_once(":5000")
        .unwrap()
        .1
        .strip_suffix("master.m3u8")
        .unwrap();

    let film = server.get(&format!("{base}video"));
    assert!(film.starts_with("HTTP/1.1 200"), "{film}");
    let line = film
        .lines()
        .find(|line| line.starts_with("x-accel-redirect: "))
        .unwrap();
    assert!(
        line.starts_with("x-accel-redirect: /internal/media/demo/"),
        "{line}"
    );
    assert!(film.ends_with("\r\n\r\n"), "no byte of it is sent");
    for target in ["/stream/1/video", &format!("{base}master.m3u8"), "/"] {
        assert!(!server.get(target).contains("x-accel"), "{target}");
    }
}

#[test]
fn films_of_a_store_cannot_be_offloaded() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let output = run(&[
        "--data",
        data.to_str().unwrap(),
        "--media-url",
        "s3://films?region=eu-central-1",
        "--offload",
        "accel:/internal/media/",
    ]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("offload"), "{output:?}");
}

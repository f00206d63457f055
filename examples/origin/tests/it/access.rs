//! Who may watch what, and what the log says about it.

use crate::program::{Folder, run};

#[test]
fn open_refuses_to_listen_off_loopback() {
    let folder = Folder::new();
    let root = folder.root();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let output = run(&["--root", root.to_str().unwrap(), "--open", "--listen", address]);
        assert_eq!(output.status.code(), Some(2), "{address}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            text.contains("not a loopback address") && text.contains("--key-file"),
            "{text}"
        );
        assert!(output.stdout.is_empty(), "nothing is served");
    }
}

#[test]
fn a_token_opens_its_own_film_and_no_other() {
    let folder = Folder::new().with("a.bin", b"film a").with("b.bin", b"film b");
    let origin = folder.with_tokens(&[]);
    let token = folder.token("a.bin", &[]);

    assert_eq!(origin.get("/stream/a.bin/video").status, 401);
    assert_eq!(origin.get("/stream/nothing.bin/video").status, 401);
    for target in [
        format!("/stream/a.bin/t/{token}/video"),
        format!("/stream/a.bin/video?token={token}"),
    ] {
        let answer = origin.get(&target);
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (200, b"film a".as_slice())
        );
    }
    assert_eq!(origin.get(&format!("/stream/b.bin/t/{token}/video")).status, 403);
    assert_eq!(origin.get(&format!("/stream/a.bin/t/{token}x/video")).status, 401);
}

#[test]
fn a_token_of_another_key_is_refused() {
    let folder = Folder::new().with("a.bin", b"film a");
    let origin = folder.with_tokens(&[]);
    let stranger = Folder::new().token("a.bin", &[]);
    assert_eq!(
        origin.get(&format!("/stream/a.bin/t/{stranger}/video")).status,
        401
    );
}

#[test]
fn an_unreasonable_life_is_refused() {
    let folder = Folder::new();
    let key_file = folder.key_file();
    let args = [
        "token",
        "--key-file",
        key_file.to_str().unwrap(),
        "--movie",
        "a",
        "--viewer",
        "anna",
        "--ttl",
    ];
    for ttl in ["1000d", "0s", "soon"] {
        let output = run(&[&args[..], &[ttl]].concat());
        assert!(
            !output.status.success() && output.stdout.is_empty(),
            "{ttl}: {output:?}"
        );
    }
}

#[test]
fn a_key_file_is_private_and_never_overwritten() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let path = folder.key_file();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&path).unwrap();
    assert!(!run(&["keygen", path.to_str().unwrap()]).status.success());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_broken_key_file_is_named_without_its_keys() {
    let folder = Folder::new();
    let path = folder.root().join("broken.key");
    std::fs::write(&path, "main:c2hvcnQ\n").unwrap();
    let root = folder.root();
    let output = run(&[
        "--root",
        root.to_str().unwrap(),
        "--key-file",
        path.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("broken.key") && text.contains("line 1"), "{text}");
    assert!(!text.contains("c2hvcnQ"), "{text}");
}

#[test]
fn the_access_log_masks_tokens() {
    let folder = Folder::new().with("a.bin", b"film a");
    let mut origin = folder.with_tokens(&["--access-log"]);
    let token = folder.token("a.bin", &[]);
    for (target, logged) in [
        (
            format!("/stream/a.bin/t/{token}/video"),
            "GET /stream/a.bin/t/-/video 200 6 ",
        ),
        (
            format!("/stream/a.bin/video?token={token}"),
            "GET /stream/a.bin/video?token=- 200 6 ",
        ),
        (
            format!("/stream/a.bin/{token}/video"),
            "GET /stream/a.bin/-/video ",
        ),
        ("/healthz".to_owned(), "GET /healthz 200 3 "),
    ] {
        origin.get(&target);
        let line = origin.line();
        assert!(line.contains(logged), "{line}");
        assert!(!line.contains(&token), "{line}");
    }
}

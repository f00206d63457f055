//! Paths over the socket: nothing outside the folder is ever read, and every spelling has one answer.

use std::os::unix::fs::symlink;

use crate::scene::{Scene, write};

#[tokio::test]
async fn nothing_outside_the_root_is_read() {
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret.txt", b"secret");
    let scene = Scene::open(&[("f.bin", b"mine"), ("inner/a.bin", b"deep")]).await;
    symlink(
        outside.path().join("secret.txt"),
        scene.folder.path().join("link.txt"),
    )
    .unwrap();
    symlink(outside.path(), scene.folder.path().join("folder")).unwrap();
    symlink("/etc/passwd", scene.folder.path().join("passwd")).unwrap();
    symlink("../".repeat(20) + "etc/passwd", scene.folder.path().join("up")).unwrap();
    let long = "x".repeat(4096);
    let targets = [
        "link.txt",
        "folder",
        "folder/secret.txt",
        "folder%2fsecret.txt",
        "passwd",
        "up",
        "..",
        "%2e%2e",
        ".",
        "../secret.txt",
        "..%2fsecret.txt",
        "..%2Fsecret.txt",
        "..%5csecret.txt",
        "%2e%2e%2fsecret.txt",
        "..%252fsecret.txt",
        "%252e%252e%252fsecret.txt",
        "....//secret.txt",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "C:%5cx",
        "C:\\x",
        "f.bin%00.mp4",
        "f.bin%00",
        "f.bin%0d%0aX-Injected:1",
        "f.bin;x",
        "f.bin%20",
        "f.bin.",
        "inner%2fa.bin",
        "inner/a.bin",
        "%c0%ae%c0%ae%c0%afsecret.txt",
        "%",
        "%2",
        "%zz",
        &long,
    ];
    for target in targets {
        for method in ["GET", "HEAD"] {
            let reply = scene.ask(method, &format!("/stream/{target}/video"), &[]).await;
            // 400 comes from the HTTP parser itself.
            assert!(
                matches!(reply.status, 404 | 400),
                "{method} {target}: {}",
                reply.status
            );
            assert_eq!(reply.header("x-injected"), None);
        }
    }
    assert_eq!(scene.get("/stream/f.bin/video").await.body, b"mine");
}

#[tokio::test]
async fn one_resource_has_one_answer_however_harmlessly_it_is_spelt() {
    let scene = Scene::open(&[("Amélie 1.bin", b"film")]).await;
    for target in [
        "Am%C3%A9lie%201.bin",
        "Am%c3%a9lie%201.bin",
        "Am%C3%A9lie%201%2Ebin",
        "%41m%C3%A9lie%201.bin",
    ] {
        let reply = scene.get(&format!("/stream/{target}/video")).await;
        assert_eq!((reply.status, &reply.body[..]), (200, &b"film"[..]), "{target}");
    }
    // The absolute form names the same resource (RFC 9112 section 3.2.2).
    let absolute = format!("http://{}/stream/Am%C3%A9lie%201.bin/video", scene.address);
    assert_eq!(scene.get(&absolute).await.status, 200);
    for target in [
        "Am%C3%A9lie+1.bin",
        "am%C3%A9lie%201.bin",
        "Ame%CC%81lie%201.bin",
        "Am%E9lie%201.bin",
    ] {
        assert_eq!(
            scene.get(&format!("/stream/{target}/video")).await.status,
            404,
            "{target}"
        );
    }
}

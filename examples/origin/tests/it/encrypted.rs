//! Encrypted films as others read them: openssl and ffmpeg.

use std::{
    env,
    io::{self, Write as _},
    process::{Command, Stdio},
};

use crate::{
    demo_film::with_demo,
    program::{Folder, Origin, run},
};

/// The server with tokens and encryption, and the URL of the demo film below its token.
fn encrypted(folder: &Folder) -> (Origin, String) {
    let secret = folder.root().with_file_name("content.key");
    let secret = secret.to_str().unwrap();
    assert!(run(&["keygen", secret, "--name", "content"]).status.success());
    let origin = folder.with_tokens(&["--encrypt-with", secret]);
    let base = format!("/stream/demo/t/{}", folder.token("demo", &[]));
    (origin, base)
}

/// Whether a program is there. Without it a test is left out, but not in CI.
fn have(program: &str, version: &str) -> bool {
    let there = Command::new(program)
        .arg(version)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    assert!(there || env::var_os("CI").is_none(), "{program} is not installed");
    if !there {
        let _ = writeln!(
            io::stderr(),
            "\nLEFT OUT: a test of encryption: {program} is not installed"
        );
    }
    there
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn openssl_decrypts_a_segment_to_the_clear_one() {
    if !have("openssl", "version") {
        return;
    }
    let folder = with_demo();
    let (origin, base) = encrypted(&folder);
    let clear = folder.open(&[]);
    let key = origin.get(&format!("{base}/key"));
    let playlist = origin.get(&format!("{base}/v3/index.m3u8")).text();
    let (_, vector) = playlist.split_once("URI=\"../key\",IV=0x").unwrap();
    let mut openssl = Command::new("openssl")
        .args([
            "enc",
            "-d",
            "-aes-128-cbc",
            "-K",
            &hex(&key.body),
            "-iv",
            &vector[..32],
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let segment = origin.get(&format!("{base}/v3/1.m4s")).body;
    let mut stdin = openssl.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&segment));
    let output = openssl.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    assert!(output.stdout == clear.get("/stream/demo/v3/1.m4s").body);
}

#[test]
fn ffmpeg_sees_the_frames_of_the_clear_film() {
    if !have("ffmpeg", "-version") {
        return;
    }
    let folder = with_demo();
    let (origin, base) = encrypted(&folder);
    let clear = folder.open(&[]);
    for stream in ["v3", "a2"] {
        let sealed = frames(&origin.url(&format!("{base}/{stream}/index.m3u8")));
        assert!(sealed.lines().count() > 1_000, "{sealed}");
        assert!(
            sealed == frames(&clear.url(&format!("/stream/demo/{stream}/index.m3u8"))),
            "{stream}"
        );
    }
}

/// The hash of every decoded frame, with its times.
fn frames(url: &str) -> String {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "warning", "-i", url, "-f", "framemd5", "-"])
        .output()
        .unwrap();
    let remarks = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && remarks.is_empty(), "{remarks}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_clear_film_and_the_key_of_others_are_refused() {
    let folder = with_demo();
    let (origin, base) = encrypted(&folder);
    assert_eq!(origin.get(&format!("{base}/key")).body.len(), 16);
    assert_eq!(origin.get(&format!("{base}/video")).status, 404);
    assert_eq!(origin.get("/stream/demo/key").status, 401);
}

#[test]
fn a_secret_that_is_too_short_is_named_and_not_told() {
    let folder = Folder::new();
    let path = folder.root().with_file_name("content.key");
    std::fs::write(&path, "content:c2hvcnQ\n").unwrap();
    let root = folder.root();
    let (root, path) = (root.to_str().unwrap(), path.to_str().unwrap());
    let output = run(&["--root", root, "--open", "--encrypt-with", path]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("content.key") && text.contains("at least 32"),
        "{text}"
    );
    assert!(!text.contains("c2hvcnQ"), "{text}");
}

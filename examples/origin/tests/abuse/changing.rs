//! Films that change while they are served: what looks complete is one version, from its first byte to its last.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use tokio::io::AsyncReadExt as _;

use crate::{
    peers::{connect_narrow, get, rest, say},
    siege::{PATIENCE, besiege, sized, within},
};

/// More than the buffers of two sockets hold.
const LEN: usize = 16 << 20;

/// Its name, what happens to the film, and whether an open one is still there afterwards.
type Change = (&'static str, fn(&Path), bool);

const CHANGES: [Change; 5] = [
    ("truncated", |path| open(path).set_len(1000).unwrap(), false),
    ("emptied", |path| open(path).set_len(0).unwrap(), false),
    (
        "overwritten",
        |path| open(path).write_all(&vec![b'b'; LEN]).unwrap(),
        false,
    ),
    (
        "replaced",
        |path| {
            let new = path.with_extension("new");
            fs::write(&new, vec![b'b'; LEN]).unwrap();
            fs::rename(&new, path).unwrap();
        },
        true,
    ),
    ("deleted", |path| fs::remove_file(path).unwrap(), true),
];

fn open(path: &Path) -> File {
    File::options().write(true).open(path).unwrap()
}

#[test]
fn no_body_holds_bytes_of_two_versions() {
    besiege("changing files", async |target| {
        for _ in 0..sized(10, 1) {
            for (name, change, stays) in CHANGES {
                let path = target.folder.path().join("changing.bin");
                fs::write(&path, vec![b'a'; LEN]).unwrap();
                let mut readers = Vec::new();
                for number in 0..4 {
                    let mut socket = connect_narrow(number, target.address()).await;
                    assert!(say(&mut socket, get("changing.bin", "Connection: close\r\n")).await);
                    let mut begun = vec![0; 4096];
                    within(PATIENCE, socket.read_exact(&mut begun)).await.unwrap();
                    readers.push((socket, begun));
                }
                change(&path);
                for (mut socket, mut bytes) in readers {
                    bytes.extend(rest(&mut socket).await);
                    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
                    let body = &bytes[head..];
                    assert!(
                        body.iter().all(|&byte| byte == b'a'),
                        "{name}: another version in the body"
                    );
                    // Short of its length is what tells the client; the length itself was announced.
                    assert!(
                        if stays {
                            body.len() == LEN
                        } else {
                            body.len() < LEN
                        },
                        "{name}: {} bytes",
                        body.len()
                    );
                }
            }
        }
    });
}

//! Files that change while they are served: the connection may end early, but bytes of two versions never mix, and
//! the process lives.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use crate::{client::request, scene::Scene};

/// More than every socket buffer between server and client can hold.
const LEN: usize = 48 * 1024 * 1024;

/// Asks for a file of `a`s, changes it when the response has begun, and returns the whole of what came.
async fn served_while(change: impl FnOnce(&Path)) -> Vec<u8> {
    let scene = Scene::open(&[("f.bin", &vec![b'a'; LEN])]).await;
    let mut client = scene.client().await;
    client.send(request("GET", "/stream/f.bin/video", &[])).await;
    let head = client.head().await;
    assert_eq!(head.header("content-length"), Some(LEN.to_string().as_str()));
    let mut body = client.body(1).await;
    change(&scene.folder.path().join("f.bin"));
    body.extend(client.rest_of(LEN - 1).await);
    // The process lives, and serves what is there now.
    assert!(matches!(
        scene.ask("HEAD", "/stream/f.bin/video", &[]).await.status,
        200 | 404
    ));
    body
}

fn all_old(body: &[u8]) -> bool {
    body.iter().all(|&byte| byte == b'a')
}

#[tokio::test]
async fn a_truncated_file_ends_the_connection_early() {
    let body = served_while(|path| {
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_len(1000)
            .unwrap()
    })
    .await;
    assert!(body.len() < LEN && all_old(&body), "{} bytes", body.len());
}

#[tokio::test]
async fn a_file_overwritten_in_place_ends_the_connection_early() {
    let body = served_while(|path| {
        let mut file = File::options().write(true).open(path).unwrap();
        file.write_all(&vec![b'b'; LEN]).unwrap();
    })
    .await;
    assert!(body.len() < LEN && all_old(&body), "{} bytes", body.len());
}

#[tokio::test]
async fn a_file_replaced_by_rename_is_served_as_it_was() {
    let body = served_while(|path| {
        let new = path.with_extension("new");
        fs::write(&new, vec![b'b'; LEN]).unwrap();
        fs::rename(&new, path).unwrap();
    })
    .await;
    assert!(all_old(&body), "{} bytes", body.len());
}

#[tokio::test]
async fn a_deleted_file_is_served_as_it_was() {
    let body = served_while(|path| fs::remove_file(path).unwrap()).await;
    assert!(all_old(&body), "{} bytes", body.len());
}

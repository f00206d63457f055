//! `recheck_after`: for how long playlists are given out without a look at what they speak of, and what that leaves alone.

use std::{
    fs,
    time::{Duration, Instant},
};

use flaskflix_http::{StreamerBuilder, serve::Server};

use crate::{
    client::PATIENCE,
    scene::{Scene, film, token, write},
};

/// Longer than any test.
const LONG: Duration = Duration::from_secs(3600);

const PLAYLISTS: [&str; 4] = ["master.m3u8", "v1/index.m3u8", "v1/iframes.m3u8", "manifest.mpd"];

/// An open server of one film.
async fn scene(recheck_after: Duration) -> Scene {
    let configure = |builder: StreamerBuilder| builder.open().recheck_after(recheck_after);
    Scene::with(&[("f.mp4", &film(1))], configure, Server::new()).await
}

/// Renames another film over the first.
fn replace(scene: &Scene) {
    write(scene.folder.path(), "new", &film(7));
    fs::rename(scene.folder.path().join("new"), scene.folder.path().join("f.mp4")).unwrap();
}

async fn etag(scene: &Scene, target: &str) -> String {
    let reply = scene.get(&format!("/stream/f.mp4/{target}")).await;
    assert_eq!(reply.status, 200, "{target}");
    reply.header("etag").expect("an entity tag").to_owned()
}

#[tokio::test]
async fn playlists_are_not_looked_at_again_within_the_time() {
    let scene = scene(LONG).await;
    let mut before = Vec::new();
    for playlist in PLAYLISTS {
        before.push(etag(&scene, playlist).await);
    }
    fs::remove_file(scene.folder.path().join("f.mp4")).unwrap();
    for (playlist, before) in PLAYLISTS.into_iter().zip(before) {
        assert_eq!(etag(&scene, playlist).await, before, "{playlist}");
    }
}

#[tokio::test]
async fn what_has_bytes_of_the_film_is_looked_at_every_time() {
    let scene = scene(LONG).await;
    etag(&scene, "master.m3u8").await;
    for media in ["v1/1.m4s", "v1/init.mp4", "video"] {
        let before = etag(&scene, media).await;
        write(scene.folder.path(), "f.mp4", &film(1));
        replace(&scene);
        assert_ne!(etag(&scene, media).await, before, "{media}");
        write(scene.folder.path(), "f.mp4", &film(1));
    }
    fs::remove_file(scene.folder.path().join("f.mp4")).unwrap();
    assert_eq!(scene.get("/stream/f.mp4/v1/1.m4s").await.status, 404);
}

#[tokio::test]
async fn a_segment_that_shows_a_change_shows_it_to_the_playlists() {
    let scene = scene(LONG).await;
    let before = etag(&scene, "v1/index.m3u8").await;
    replace(&scene);
    assert_eq!(etag(&scene, "v1/index.m3u8").await, before);
    etag(&scene, "v1/1.m4s").await;
    assert_ne!(etag(&scene, "v1/index.m3u8").await, before);
}

#[tokio::test]
async fn a_change_shows_after_the_time() {
    let scene = scene(Duration::from_millis(20)).await;
    let before = etag(&scene, "master.m3u8").await;
    replace(&scene);
    let deadline = Instant::now() + PATIENCE;
    while etag(&scene, "master.m3u8").await == before {
        assert!(Instant::now() < deadline, "the old playlist stays");
    }
}

#[tokio::test]
async fn a_token_is_verified_every_time() {
    let configure = |builder: StreamerBuilder| builder.recheck_after(LONG);
    let scene = Scene::with(&[("f.mp4", &film(1))], configure, Server::new()).await;
    let url = |token: &str| format!("/stream/f.mp4/t/{token}/master.m3u8");
    let good = token("f.mp4");
    assert_eq!(scene.get(&url(&good)).await.status, 200);
    assert_eq!(scene.get(&url(&token("other"))).await.status, 403);
    assert_eq!(scene.get("/stream/f.mp4/master.m3u8").await.status, 401);
    scene.clock.advance(LONG);
    assert_eq!(scene.get(&url(&good)).await.status, 401, "it has expired");
}

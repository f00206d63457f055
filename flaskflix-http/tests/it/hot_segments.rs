//! Segments that many ask for: the same bytes from memory as from their pieces, and those of this very version.

use std::{sync::Arc, time::Instant};

use flaskflix_core::encrypt::DerivedKeys;
use flaskflix_http::{StreamerBuilder, serve::Server};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    client::{Client, PATIENCE, Reply},
    counts::{Counts, counted_with},
    scene::{Scene, film, token, write},
};

/// More than 128 KiB each.
const SEGMENTS: [&str; 3] = [
    "/stream/f.mp4/v1/1.m4s",
    "/stream/f.mp4/v1/2.m4s",
    "/stream/f.mp4/v1/3.m4s",
];
const SENT: &str = "flaskflix_hot_segments_sent_total";
const MADE: &str = "flaskflix_hot_segments_made_total";

async fn scene(configure: impl FnOnce(StreamerBuilder) -> StreamerBuilder, server: Server) -> Scene {
    let configure = |builder: StreamerBuilder| configure(builder.open());
    Scene::with(&[("f.mp4", &film(100))], configure, server).await
}

async fn get(client: &mut Client, url: &str) -> Reply {
    let reply = client.ask("GET", url, &[]).await;
    assert_eq!(reply.status, 200, "{url}");
    reply
}

fn count(counts: &Counts, name: &str) -> u64 {
    counts.of(name).iter().map(|(_, count)| count).sum()
}

/// Asks until it comes from memory.
async fn heat(client: &mut Client, url: &str, counts: &Counts) {
    let (before, begun) = (count(counts, SENT), Instant::now());
    while count(counts, SENT) == before {
        assert!(begun.elapsed() < PATIENCE, "{url} does not become hot");
        get(client, url).await;
    }
}

#[test]
fn a_segment_is_the_same_from_memory() {
    counted_with(async |counts| {
        let hot = scene(|builder| builder, Server::new()).await;
        let mut from_memory = hot.client().await;
        for url in SEGMENTS {
            let sent = count(&counts, SENT);
            let expected = get(&mut from_memory, url).await;
            assert_eq!(count(&counts, SENT), sent, "the first one comes from pieces");
            heat(&mut from_memory, url, &counts).await;
            let sent = count(&counts, SENT);
            let reply = get(&mut from_memory, url).await;
            assert_eq!(reply.stable_headers(), expected.stable_headers());
            assert!(reply.body == expected.body, "{url}");

            let len = expected.body.len();
            for (first, last) in [(0, 0), (7, 80_000), (len - 100, len - 1), (1, len - 2)] {
                let range = format!("bytes={first}-{last}");
                let reply = from_memory.ask("GET", url, &[("Range", &range)]).await;
                assert_eq!((reply.status, reply.body.len()), (206, last - first + 1));
                assert!(reply.body == expected.body[first..=last], "{url} {range}");
            }
            let ranges = from_memory.ask("GET", url, &[("Range", "bytes=0-9,50-59")]).await;
            assert!(
                ranges
                    .header("content-type")
                    .unwrap()
                    .starts_with("multipart/byteranges")
            );
            let etag = expected.header("etag").unwrap();
            let unchanged = from_memory.ask("GET", url, &[("If-None-Match", etag)]).await;
            assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
            let head = from_memory.ask("HEAD", url, &[]).await;
            assert_eq!(head.header("content-length"), Some(len.to_string().as_str()));
            assert_eq!(
                get(&mut from_memory, url).await.body.len(),
                len,
                "its connection goes on"
            );
            assert!(count(&counts, SENT) >= sent + 6, "all of these come from memory");
        }
        assert_eq!(count(&counts, MADE), 3);
        let through_memory = scene(|builder| builder, Server::new().zero_copy(false)).await;
        let mut client = through_memory.client().await;
        for _ in 0..10 {
            get(&mut client, SEGMENTS[0]).await;
        }
        assert_eq!(
            count(&counts, MADE),
            3,
            "nothing is made where nothing can be sent"
        );
    });
}

#[test]
fn a_film_that_changes_is_not_served_as_it_was() {
    counted_with(async |counts| {
        let hot = scene(|builder| builder, Server::new()).await;
        let mut client = hot.client().await;
        heat(&mut client, SEGMENTS[1], &counts).await;
        let before = get(&mut client, SEGMENTS[1]).await;
        write(hot.folder.path(), "new.mp4", &film(90));
        let file = |name: &str| hot.folder.path().join(name);
        std::fs::rename(file("new.mp4"), file("f.mp4")).unwrap();
        let after = get(&mut client, SEGMENTS[1]).await;
        assert_ne!(after.header("etag"), before.header("etag"));
        assert!(after.body.len() < before.body.len());
        heat(&mut client, SEGMENTS[1], &counts).await;
        assert!(get(&mut client, SEGMENTS[1]).await.body == after.body);
        std::fs::remove_file(file("f.mp4")).unwrap();
        assert_eq!(client.ask("GET", SEGMENTS[1], &[]).await.status, 404);
    });
}

#[test]
fn an_encrypted_segment_is_kept_as_it_goes_out() {
    counted_with(async |counts| {
        let keys = || Arc::new(DerivedKeys::new(&[7; 32]).unwrap());
        let encrypt = |builder: StreamerBuilder| builder.key_provider(keys());
        let hot = Scene::with(&[("f.mp4", &film(100))], encrypt, Server::new()).await;
        let url = format!("/stream/f.mp4/t/{}/v1/2.m4s", token("f.mp4"));
        let mut client = hot.client().await;
        let expected = get(&mut client, &url).await;
        heat(&mut client, &url, &counts).await;
        assert!(get(&mut client, &url).await.body == expected.body);
        let refused = client.ask("GET", SEGMENTS[1], &[]).await;
        assert_eq!(refused.status, 401, "memory asks for the token as well");
    });
}

#[test]
fn what_is_kept_is_bounded_and_may_be_nothing() {
    counted_with(async |counts| {
        let nothing = scene(|builder| builder.hot_segment_bytes(0), Server::new()).await;
        let mut client = nothing.client().await;
        for _ in 0..10 {
            get(&mut client, SEGMENTS[0]).await;
        }
        assert_eq!(count(&counts, MADE), 0);

        let len = get(&mut client, SEGMENTS[0]).await.body.len() as u64;
        // Room for four of them, and a fourth of the room is the most that one may have.
        let few = scene(|builder| builder.hot_segment_bytes(4 * len + 4000), Server::new()).await;
        let mut client = few.client().await;
        heat(&mut client, SEGMENTS[0], &counts).await;
        let smaller = scene(|builder| builder.hot_segment_bytes(4 * len - 4), Server::new()).await;
        let mut client = smaller.client().await;
        for _ in 0..10 {
            get(&mut client, SEGMENTS[0]).await;
        }
        assert_eq!(count(&counts, MADE), 1);
    });
}

#[test]
fn many_who_ask_at_once_have_it_made_once() {
    counted_with(async |counts| {
        let hot = scene(|builder| builder, Server::new()).await;
        let mut clients = JoinSet::new();
        for _ in 0..40 {
            let mut client = hot.client().await;
            clients.spawn(async move {
                for _ in 0..10 {
                    get(&mut client, SEGMENTS[1]).await;
                }
            });
        }
        timeout(PATIENCE, clients.join_all()).await.expect("in good time");
        assert_eq!(count(&counts, MADE), 1);
        assert!(count(&counts, SENT) > 200, "{}", count(&counts, SENT));
    });
}

//! Encrypted titles over the socket: what is decrypted is the clear film, ranges are those of the encrypted one.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use aes::Aes128;
use async_trait::async_trait;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _, block_padding::Pkcs7};
use flaskflix_core::{
    catalog::{Delivery, Title},
    encrypt::{ContentKey, DerivedKeys, KeyError, KeyProvider},
    id::{AssetKey, TitleId},
};
use flaskflix_http::{StreamerBuilder, serve::Server};
use flaskflix_storage::{fs::LocalFiles, memory::MemoryCatalog};

use crate::{
    client::{Client, Reply},
    ranges::parts,
    scene::{Scene, film, token, write},
};

/// One key for all titles, which a test can change or take away.
#[derive(Debug, Default)]
struct Keys {
    key: Mutex<Option<ContentKey>>,
    fails: AtomicBool,
}

impl Keys {
    fn new(key: [u8; 16]) -> Arc<Self> {
        let keys = Self::default();
        keys.set(Some(key));
        Arc::new(keys)
    }

    fn set(&self, key: Option<[u8; 16]>) {
        *self.key.lock().unwrap() = key.map(ContentKey::new);
    }
}

#[async_trait]
impl KeyProvider for Keys {
    async fn key(&self, _: &Title) -> Result<Option<ContentKey>, KeyError> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(KeyError::new("the key server is away"));
        }
        Ok(self.key.lock().unwrap().clone())
    }
}

async fn scene(keys: &Arc<Keys>, configure: impl FnOnce(StreamerBuilder) -> StreamerBuilder) -> Scene {
    let provider = Arc::clone(keys);
    let configure = |builder: StreamerBuilder| configure(builder.key_provider(provider));
    Scene::with(&[("f.mp4", &film(40))], configure, Server::new()).await
}

/// The vector of every segment of a media playlist with the segment's name; `None` for one without.
fn segments(playlist: &str) -> Vec<(Option<u128>, String)> {
    let mut vector = None;
    let mut segments = Vec::new();
    for line in playlist.lines() {
        if let Some(key) = line.strip_prefix("#EXT-X-KEY:METHOD=AES-128,URI=\"../key\",IV=0x") {
            vector = Some(u128::from_str_radix(key, 16).unwrap());
        } else if !line.starts_with('#') {
            segments.push((vector.take(), line.to_owned()));
        }
    }
    segments
}

fn decrypted(key: &[u8], vector: u128, body: &[u8]) -> Vec<u8> {
    let key: [u8; 16] = key.try_into().expect("16 bytes");
    cbc::Decryptor::<Aes128>::new(&key.into(), &vector.to_be_bytes().into())
        .decrypt_padded_vec::<Pkcs7>(body)
        .expect("PKCS7")
}

async fn get(client: &mut Client, url: &str) -> Reply {
    let reply = client.ask("GET", url, &[]).await;
    assert_eq!(reply.status, 200, "{url}");
    reply
}

#[tokio::test]
async fn decrypting_every_segment_gives_the_clear_film() {
    let keys = Keys::new(*b"the key of f.mp4");
    let encrypted = scene(&keys, |builder| builder).await;
    let clear = Scene::open(&[("f.mp4", &film(40))]).await;
    let base = format!("/stream/f.mp4/t/{}", token("f.mp4"));
    let (mut ours, mut theirs) = (encrypted.client().await, clear.client().await);
    let key = get(&mut ours, &format!("{base}/key")).await.body;
    let mut vectors = std::collections::BTreeSet::new();
    for (stream, list) in [("v1", "index.m3u8"), ("a1", "index.m3u8"), ("v1", "iframes.m3u8")] {
        let text = get(&mut ours, &format!("{base}/{stream}/{list}")).await.body;
        let text = String::from_utf8(text).unwrap();
        // RFC 8216bis section 4.4.4.5: a map is encrypted when a key stands before it.
        assert!(text.find("#EXT-X-MAP") < text.find("#EXT-X-KEY"), "{text}");
        let init = get(&mut ours, &format!("{base}/{stream}/init.mp4")).await.body;
        assert_eq!(
            init,
            get(&mut theirs, &format!("/stream/f.mp4/{stream}/init.mp4"))
                .await
                .body
        );
        let segments = segments(&text);
        assert!(segments.len() > 1, "{text}");
        for (vector, name) in segments {
            let vector = vector.expect("a key before every segment");
            assert!(vectors.insert(vector), "{vector:x} is used twice");
            let sealed = get(&mut ours, &format!("{base}/{stream}/{name}")).await;
            let open = get(&mut theirs, &format!("/stream/f.mp4/{stream}/{name}")).await;
            assert_eq!(sealed.body.len(), (open.body.len() / 16 + 1) * 16);
            assert!(
                decrypted(&key, vector, &sealed.body) == open.body,
                "{stream}/{name}"
            );
            assert_ne!(sealed.header("etag"), open.header("etag"));
        }
    }
}

#[tokio::test]
async fn an_encrypted_title_has_no_dash_description() {
    let keys = Keys::new([7; 16]);
    let scene = scene(&keys, |builder| builder).await;
    let reply = scene.get("/stream/f.mp4/t/x/manifest.mpd").await;
    assert_eq!(reply.status, 401, "the token comes first");
    let url = format!("/stream/f.mp4/t/{}/manifest.mpd", token("f.mp4"));
    let reply = scene.get(&url).await;
    let text = String::from_utf8(reply.body).unwrap();
    assert_eq!(reply.status, 404);
    assert!(text.contains("encrypted"), "{text}");
}

#[tokio::test]
async fn ranges_are_those_of_the_encrypted_segment() {
    let keys = Keys::new([3; 16]);
    let scene = scene(&keys, StreamerBuilder::open).await;
    let mut client = scene.client().await;
    let url = "/stream/f.mp4/v1/2.m4s";
    // Before anybody has encrypted it, and after.
    let mut early = Vec::new();
    let cuts = [(0, 1), (5, 40), (16, 32), (99_999, 100_001), (70_000, 120_000)];
    let range = |(start, end): (usize, usize)| format!("bytes={start}-{}", end - 1);
    for cut in cuts {
        let part = client.ask("GET", url, &[("Range", &range(cut))]).await;
        assert_eq!(part.status, 206);
        early.push(part.body);
    }
    let whole = get(&mut client, url).await;
    let len = whole.body.len();
    assert!(len > 120_000, "{len}");
    for ((start, end), early) in cuts.into_iter().zip(early) {
        assert!(early == whole.body[start..end], "{start}..{end}");
        let late = client.ask("GET", url, &[("Range", &range((start, end)))]).await;
        assert!(late.body == early, "{start}..{end}");
    }
    for suffix in [1, 15, 16, 17] {
        let part = client
            .ask("GET", url, &[("Range", &format!("bytes=-{suffix}"))])
            .await;
        assert!(part.body == whole.body[len - suffix..], "the last {suffix}");
    }
    let several = client
        .ask("GET", url, &[("Range", "bytes=3-9,50000-50100,-5")])
        .await;
    let parts = parts(several.header("content-type").unwrap(), &several.body);
    let bodies: Vec<&[u8]> = parts.iter().map(|(_, body)| &body[..]).collect();
    assert_eq!(
        bodies,
        [
            &whole.body[3..10],
            &whole.body[50_000..50_101],
            &whole.body[len - 5..]
        ]
    );
}

#[tokio::test]
async fn conditions_and_head_see_the_encrypted_segment() {
    let keys = Keys::new([3; 16]);
    let scene = scene(&keys, StreamerBuilder::open).await;
    let mut client = scene.client().await;
    let url = "/stream/f.mp4/a1/1.m4s";
    let whole = get(&mut client, url).await;
    let head = client.ask("HEAD", url, &[]).await;
    assert_eq!(
        (head.status, head.stable_headers()),
        (200, whole.stable_headers())
    );
    let etag = whole.header("etag").unwrap().to_owned();
    let fresh = client.ask("GET", url, &[("If-None-Match", &etag)]).await;
    assert_eq!(fresh.status, 304);
    let same = client
        .ask("GET", url, &[("Range", "bytes=1-2"), ("If-Range", &etag)])
        .await;
    assert_eq!(same.status, 206);
    keys.set(Some([4; 16]));
    // A part under one key never joins a part under another.
    let other = client
        .ask("GET", url, &[("Range", "bytes=1-2"), ("If-Range", &etag)])
        .await;
    assert_eq!((other.status, other.body.len()), (200, whole.body.len()));
    assert_ne!(other.body, whole.body);
}

#[tokio::test]
async fn the_key_needs_the_token_and_is_never_stored() {
    let keys = Keys::new(*b"the key of f.mp4");
    let scene = scene(&keys, |builder| builder).await;
    let mut client = scene.client().await;
    let url = format!("/stream/f.mp4/t/{}/key", token("f.mp4"));
    let key = get(&mut client, &url).await;
    assert_eq!(key.body, b"the key of f.mp4");
    assert_eq!(key.header("content-type"), Some("application/octet-stream"));
    assert_eq!(key.header("cache-control"), Some("no-store"));
    let head = client.ask("HEAD", &url, &[]).await;
    assert_eq!((head.status, head.stable_headers()), (200, key.stable_headers()));
    for refused in [
        "/stream/f.mp4/key".to_owned(),
        format!("/stream/f.mp4/t/{}/key", token("other")),
    ] {
        let reply = client.ask("GET", &refused, &[]).await;
        assert!(matches!(reply.status, 401 | 403), "{}", reply.status);
        assert!(!reply.body.windows(8).any(|bytes| bytes == b"the key "));
    }
    // A title in the clear has none, and an encrypted one has no clear film.
    let video = format!("/stream/f.mp4/t/{}/video", token("f.mp4"));
    assert_eq!(client.ask("GET", &video, &[]).await.status, 404);
    keys.set(None);
    assert_eq!(client.ask("GET", &url, &[]).await.status, 404);
    assert_eq!(client.ask("GET", &video, &[]).await.status, 200);
}

#[tokio::test]
async fn the_clear_film_is_served_when_the_embedder_says_so() {
    let keys = Keys::new([3; 16]);
    let scene = scene(&keys, |builder| builder.open().clear_video()).await;
    assert!(scene.get("/stream/f.mp4/video").await.body == film(40));
}

#[tokio::test]
async fn no_plan_outlives_its_key() {
    let keys = Keys::new([1; 16]);
    let scene = scene(&keys, StreamerBuilder::open).await;
    let mut client = scene.client().await;
    let mut bodies = Vec::new();
    for key in [Some([1; 16]), Some([2; 16]), None, Some([1; 16])] {
        keys.set(key);
        let playlist = get(&mut client, "/stream/f.mp4/v1/index.m3u8").await;
        let segment = get(&mut client, "/stream/f.mp4/v1/1.m4s").await;
        bodies.push([playlist, segment].map(|reply| (reply.header("etag").map(str::to_owned), reply.body)));
    }
    assert_eq!(bodies[0], bodies[3], "the same key makes the same bytes");
    for (one, other) in [(0, 1), (1, 2), (0, 2)] {
        for (one, other) in bodies[one].iter().zip(&bodies[other]) {
            assert_ne!(one.0, other.0);
            assert!(one.1 != other.1);
        }
    }
}

#[tokio::test]
async fn without_an_answer_nothing_is_served() {
    let keys = Keys::new([1; 16]);
    let scene = scene(&keys, StreamerBuilder::open).await;
    let mut client = scene.client().await;
    get(&mut client, "/stream/f.mp4/v1/1.m4s").await;
    keys.fails.store(true, Ordering::Relaxed);
    for target in [
        "video",
        "master.m3u8",
        "v1/index.m3u8",
        "v1/init.mp4",
        "v1/1.m4s",
        "key",
    ] {
        let reply = client.ask("GET", &format!("/stream/f.mp4/{target}"), &[]).await;
        assert_eq!(reply.status, 503, "{target}");
        assert!(
            !String::from_utf8_lossy(&reply.body).contains("away"),
            "the cause is for the log"
        );
    }
}

#[tokio::test]
async fn titles_of_other_kinds_are_served_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n1.ts\n#EXT-X-ENDLIST\n";
    write(folder.path(), "f.bin", b"bytes");
    write(folder.path(), "hls/master.m3u8", playlist);
    let asset = |key| AssetKey::parse(key).unwrap();
    let file = Delivery::File {
        asset: asset("f.bin"),
    };
    let hls = Delivery::Hls {
        playlist: asset("hls/master.m3u8"),
    };
    let catalog: MemoryCatalog = [("file", file), ("hls", hls)]
        .into_iter()
        .map(|(id, delivery)| Title::new(TitleId::parse(id).unwrap(), id, delivery))
        .collect();
    let source = Arc::new(LocalFiles::open(folder.path()).unwrap());
    let keys = Arc::new(DerivedKeys::new(&[5; 32]).unwrap());
    let configure = |builder: StreamerBuilder| builder.open().key_provider(keys);
    let scene = Scene::play(folder, Arc::new(catalog), source, configure, Server::new()).await;
    assert_eq!(scene.get("/stream/file/video").await.body, b"bytes");
    let master = scene.get("/stream/hls/master.m3u8").await;
    assert_eq!(master.status, 200);
    assert!(!String::from_utf8(master.body).unwrap().contains("EXT-X-KEY"));
    for title in ["file", "hls"] {
        let key = scene.get(&format!("/stream/{title}/key")).await;
        assert_eq!(key.status, 404, "{title}");
    }
}

#[tokio::test]
async fn a_replaced_film_has_other_vectors_under_the_same_key() {
    let keys = Keys::new([3; 16]);
    let scene = scene(&keys, StreamerBuilder::open).await;
    let vector_of_the_first = |reply: Reply| segments(&String::from_utf8(reply.body).unwrap())[0].0.unwrap();
    let before = vector_of_the_first(scene.get("/stream/f.mp4/v1/index.m3u8").await);
    let replacement = scene.folder.path().join("new");
    write(scene.folder.path(), "new", &film(8));
    std::fs::rename(replacement, scene.folder.path().join("f.mp4")).unwrap();
    let after = vector_of_the_first(scene.get("/stream/f.mp4/v1/index.m3u8").await);
    assert_ne!(before, after);
}

//! Files that the kernel sends: the same bytes as through memory in every case, and never a wrong end.

use std::{
    convert::Infallible,
    fs::{self, File},
    io::Write as _,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use flaskflix_http::{Streamer, StreamerBuilder, serve::Server};
use flaskflix_storage::fs::{FolderCatalog, LocalFiles, ReadOptions};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustix::fs::{Advice, fadvise};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};
use tower::service_fn;

use crate::{
    client::{Client, PATIENCE, request},
    scene::{Scene, film, pattern, write},
};

const URL: &str = "/stream/f.bin/video";
/// More than every socket buffer between server and client can hold.
const BIG: usize = 48 << 20;

/// A server over files that are sent however young they are.
struct Stage {
    scene: Scene,
    files: Arc<LocalFiles>,
}

impl Stage {
    async fn new(files: &[(&str, &[u8])], server: Server) -> Self {
        let options = ReadOptions::default().zero_copy_after(Duration::ZERO);
        let stage = Self::over(files, options, server).await;
        stage.settle().await;
        stage
    }

    async fn over(files: &[(&str, &[u8])], options: ReadOptions, server: Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            write(folder.path(), name, bytes);
        }
        let files = Arc::new(LocalFiles::open_with(folder.path(), options).unwrap());
        let catalog = Arc::new(FolderCatalog::new(&files));
        let scene = Scene::play(folder, catalog, files.clone(), StreamerBuilder::open, server).await;
        Self { scene, files }
    }

    /// Until the files are older than the tick of the kernel's clock: younger ones are never sent.
    async fn settle(&self) {
        let moment = self.scene.folder.path().join("moment");
        let begun = Instant::now();
        fs::write(&moment, b"").unwrap();
        let changed = fs::metadata(&moment).unwrap().modified().unwrap();
        while begun.elapsed() < PATIENCE {
            fs::write(&moment, b".").unwrap();
            if fs::metadata(&moment).unwrap().modified().unwrap() > changed {
                break;
            }
            tokio::task::yield_now().await;
        }
        fs::remove_file(&moment).unwrap();
    }

    fn sent(&self) -> u64 {
        self.files.stats().sent_chunks
    }
}

async fn stage(bytes: &[u8]) -> Stage {
    Stage::new(&[("f.bin", bytes)], Server::new()).await
}

#[tokio::test]
async fn ranges_of_every_length_are_byte_exact_over_one_connection() {
    let bytes = pattern(5 << 20);
    let stage = stage(&bytes).await;
    let mut client = stage.scene.client().await;
    let mut dice: u64 = 7;
    for _ in 0..200 {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let start = usize::try_from(dice >> 33).unwrap() % (bytes.len() - 1);
        let len = 1 + (usize::try_from((dice >> 20) & 0xfff).unwrap() << (dice % 11));
        let end = (start + len).min(bytes.len());
        let range = format!("bytes={start}-{}", end - 1);
        let reply = client.ask("GET", URL, &[("Range", &range)]).await;
        assert_eq!(reply.status, 206);
        assert!(reply.body == bytes[start..end], "{range}");
    }
    assert!(client.ask("GET", URL, &[]).await.body == bytes);
    assert!(stage.sent() > 50, "{}", stage.sent());
}

/// Its body is handed over as soon as its last part waits to be sent; its file is open until then.
#[tokio::test]
async fn a_request_is_under_way_until_the_last_part_of_its_file_is_sent() {
    const PART: usize = 2 << 20;
    let stage = Stage::new(&[("f.bin", &pattern(PART))], Server::new().max_requests(3)).await;
    let mut watching = Vec::new();
    for _ in 0..3 {
        let mut client = stage.scene.client().await;
        // The sockets hold some of these films; each is one part.
        client.send(request("GET", URL, &[]).repeat(12)).await;
        assert_eq!(client.head().await.status, 200);
        watching.push(client);
    }
    answers(&stage, 503).await;
    for client in &mut watching {
        assert!(client.body(PART).await == pattern(PART));
    }
    drop(watching);
    answers(&stage, 206).await;
}

/// Asks until the answer is this one.
async fn answers(stage: &Stage, status: u16) {
    let asking = async {
        loop {
            let reply = stage.scene.ask("GET", URL, &[("Range", "bytes=0-9")]).await;
            if reply.status == status {
                break;
            }
        }
    };
    timeout(PATIENCE, asking).await.expect("this answer in good time");
}

#[tokio::test]
async fn pipelined_and_multipart_answers_keep_their_order() {
    let bytes = pattern(1 << 20);
    let stage = stage(&bytes).await;
    let mut client = stage.scene.client().await;
    let long = request("GET", URL, &[("Range", "bytes=1-700000")]);
    let short = request("GET", URL, &[("Range", "bytes=5-9")]);
    let head = request("HEAD", URL, &[]);
    let parts = request("GET", URL, &[("Range", "bytes=0-199999,300000-499999")]);
    client
        .send(format!("{long}{short}{head}{long}{parts}{long}{short}"))
        .await;
    assert!(client.reply("GET").await.body == bytes[1..=700_000]);
    assert_eq!(client.reply("GET").await.body, bytes[5..10]);
    assert_eq!(client.reply("HEAD").await.status, 200);
    assert!(client.reply("GET").await.body == bytes[1..=700_000]);
    let multipart = client.reply("GET").await.body;
    for part in [&bytes[..200_000], &bytes[300_000..500_000]] {
        assert!(multipart.windows(part.len()).any(|window| window == part));
    }
    assert!(client.reply("GET").await.body == bytes[1..=700_000]);
    assert_eq!(client.reply("GET").await.body, bytes[5..10]);
    assert!(stage.sent() >= 5);
}

#[tokio::test]
async fn segments_are_the_same_bytes_as_through_memory() {
    let film = film(1000);
    let stage = Stage::new(&[("a.mp4", &film)], Server::new()).await;
    let copied = Stage::new(&[("a.mp4", &film)], Server::new().zero_copy(false)).await;
    let master = stage.scene.get("/stream/a.mp4/master.m3u8").await;
    assert_eq!(master.status, 200);
    for url in ["video", "a1/1.m4s", "v1/init.mp4", "v1/2.m4s"] {
        let url = format!("/stream/a.mp4/{url}");
        let (sent, read) = (stage.scene.get(&url).await, copied.scene.get(&url).await);
        assert_eq!((sent.status, read.status), (200, 200), "{url}");
        assert!(sent.body == read.body, "{url}");
    }
    assert!(stage.sent() > 0);
    assert_eq!(copied.sent(), 0, "the setting is off");
}

#[tokio::test]
async fn http2_and_bodies_that_others_look_at_pass_through_memory() {
    let bytes = pattern(1 << 20);
    let stage = stage(&bytes).await;
    let socket = TcpStream::connect(stage.scene.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
            .await
            .unwrap();
    tokio::spawn(connection);
    let request = http::Request::get(format!("http://test{URL}")).body(Empty::<bytes::Bytes>::new());
    let response = sender.send_request(request.unwrap()).await.unwrap();
    assert!(response.into_body().collect().await.unwrap().to_bytes() == bytes);
    assert_eq!(stage.sent(), 0);

    // A middleware turns every byte around: it gets bytes, and the client gets what it made of them.
    let source = Arc::clone(&stage.files);
    let streamer = Streamer::open_builder(Arc::new(FolderCatalog::new(&source)), source.clone());
    let streamer = streamer.build().unwrap();
    let turned = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let response = streamer.handle(request);
        async move {
            Ok::<_, Infallible>(response.await.map(|body| {
                body.map_frame(|frame| {
                    frame.map_data(|data| data.iter().map(|byte| !byte).collect::<bytes::Bytes>())
                })
            }))
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { Server::new().serve(listener, turned).await });
    let reply = Client::connect(address).await.ask("GET", URL, &[]).await;
    server.abort();
    assert!(reply.body.iter().map(|byte| !byte).eq(bytes.iter().copied()));
    assert_eq!(stage.sent(), 0);
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_leaves_the_others_alone() {
    let bytes = vec![b'a'; BIG];
    let stage = stage(&bytes).await;
    for _ in 0..20 {
        let mut client = stage.scene.client().await;
        client.send(request("GET", URL, &[])).await;
        client.head().await;
        client.body(100_000).await;
    }
    let whole = stage.scene.get(URL).await;
    assert!(whole.body == bytes);
    assert!(stage.sent() > 20);
}

/// Asks for a file of `a`s, changes it when the response has begun, and returns what came.
async fn sent_while(change: impl FnOnce(&Path)) -> Vec<u8> {
    let stage = stage(&vec![b'a'; BIG]).await;
    let mut client = stage.scene.client().await;
    client.send(request("GET", URL, &[])).await;
    client.head().await;
    let mut body = client.body(1).await;
    assert!(stage.sent() > 0);
    change(&stage.scene.folder.path().join("f.bin"));
    body.extend(client.rest_of(BIG - 1).await);
    assert!(matches!(
        stage.scene.ask("HEAD", URL, &[]).await.status,
        200 | 404
    ));
    body
}

#[tokio::test]
async fn a_file_that_is_truncated_or_overwritten_while_it_is_sent_never_looks_complete() {
    let open = |path: &Path| File::options().write(true).open(path).unwrap();
    let truncated = sent_while(|path| open(path).set_len(1000).unwrap()).await;
    assert!(truncated.len() < BIG, "{} bytes", truncated.len());
    let overwritten = sent_while(|path| open(path).write_all(&vec![b'b'; BIG]).unwrap()).await;
    assert!(overwritten.len() < BIG, "{} bytes", overwritten.len());
}

#[tokio::test]
async fn a_file_that_is_replaced_or_deleted_while_it_is_sent_is_sent_as_it_was() {
    let replaced = sent_while(|path| {
        let new = path.with_extension("new");
        fs::write(&new, vec![b'b'; BIG]).unwrap();
        fs::rename(&new, path).unwrap();
    })
    .await;
    assert!(replaced.len() == BIG && replaced.iter().all(|&byte| byte == b'a'));
    let deleted = sent_while(|path| fs::remove_file(path).unwrap()).await;
    assert!(deleted.len() == BIG && deleted.iter().all(|&byte| byte == b'a'));
}

#[tokio::test]
async fn what_is_not_in_memory_is_fetched_beside_and_sent_then() {
    let bytes = pattern(4 << 20);
    let stage = stage(&bytes).await;
    let file = File::open(stage.scene.folder.path().join("f.bin")).unwrap();
    let mut client = stage.scene.client().await;
    // A file system in memory forgets nothing, and then there is nothing to see.
    for _ in 0..50 {
        file.sync_all().unwrap();
        fadvise(&file, 0, None, Advice::DontNeed).unwrap();
        assert!(client.ask("GET", URL, &[]).await.body == bytes);
        if stage.files.stats().cold_chunks > 0 {
            break;
        }
    }
    assert!(stage.sent() > 0);
}

#[tokio::test]
async fn a_slow_reader_gets_every_byte() {
    let bytes = pattern(6 << 20);
    let stage = stage(&bytes).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut client = Client::over(socket.connect(stage.scene.address).await.unwrap());
    client.send(request("GET", URL, &[])).await;
    client.head().await;
    let mut got = Vec::new();
    while got.len() < bytes.len() {
        let len = 30_011.min(bytes.len() - got.len());
        got.extend(client.body(len).await);
        tokio::task::yield_now().await;
    }
    assert!(got == bytes);
    assert!(stage.sent() > 5, "in many calls: {}", stage.sent());
}

#[tokio::test]
async fn a_file_that_changed_a_moment_ago_passes_through_memory() {
    let bytes = pattern(1 << 20);
    let stage = Stage::over(&[("f.bin", &bytes)], ReadOptions::default(), Server::new()).await;
    assert!(stage.scene.get(URL).await.body == bytes);
    assert_eq!(stage.sent(), 0);
}

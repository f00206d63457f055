//! The head of a response does not wait for a body that the disk has still to give.

use std::{
    os::fd::BorrowedFd,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, channel},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use flaskflix_core::{
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, ByteStream, ObjectInfo, SendFile, Sent, SourceError, SourceObject},
};
use flaskflix_http::{StreamerBuilder, serve::Server};
use flaskflix_storage::fs::{FolderCatalog, LocalFiles, ReadOptions};

use crate::{
    client::{PATIENCE, request},
    scene::{Scene, pattern, write},
};

/// Files whose bytes come when the test says so.
#[derive(Debug)]
struct SlowDisk {
    files: LocalFiles,
    bytes_come: Arc<Mutex<Receiver<()>>>,
}

#[derive(Debug)]
struct SlowFile<F: ?Sized> {
    bytes_come: Arc<Mutex<Receiver<()>>>,
    file: Arc<F>,
}

#[async_trait]
impl ByteSource for SlowDisk {
    async fn open(&self, key: &AssetKey) -> Result<Arc<dyn SourceObject>, SourceError> {
        Ok(Arc::new(SlowFile {
            bytes_come: Arc::clone(&self.bytes_come),
            file: self.files.open(key).await?,
        }))
    }
}

impl SourceObject for SlowFile<dyn SourceObject> {
    fn info(&self) -> &ObjectInfo {
        self.file.info()
    }

    fn read(self: Arc<Self>, ranges: Vec<ByteRange>) -> ByteStream {
        Arc::clone(&self.file).read(ranges)
    }

    fn as_file(self: Arc<Self>) -> Option<Arc<dyn SendFile>> {
        let file = Arc::clone(&self.file).as_file()?;
        Some(Arc::new(SlowFile {
            bytes_come: Arc::clone(&self.bytes_come),
            file,
        }))
    }
}

impl SendFile for SlowFile<dyn SendFile> {
    fn send(&self, socket: BorrowedFd<'_>, range: ByteRange, fetched: bool) -> Result<Sent, SourceError> {
        if fetched {
            self.file.send(socket, range, true)
        } else {
            Ok(Sent::Cold)
        }
    }

    fn fetch(&self, _: ByteRange) {
        let bytes_come = self.bytes_come.lock().unwrap();
        bytes_come
            .recv_timeout(PATIENCE)
            .expect("the test says that they come");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_comes_before_a_body_that_is_not_in_memory() {
    const ROUNDS: u32 = 20;
    let bytes = pattern(100_000);
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "f.bin", &bytes);
    let options = ReadOptions::default().zero_copy_after(Duration::ZERO);
    let files = LocalFiles::open_with(folder.path(), options).unwrap();
    let catalog = Arc::new(FolderCatalog::new(&files));
    let (say, bytes_come) = channel();
    let bytes_come = Arc::new(Mutex::new(bytes_come));
    let disk = Arc::new(SlowDisk { files, bytes_come });
    let scene = Scene::play(folder, catalog, disk, StreamerBuilder::open, Server::new()).await;
    let mut client = scene.client().await;
    let mut waited = Duration::ZERO;
    for _ in 0..ROUNDS {
        client.send(request("GET", "/stream/f.bin/video", &[])).await;
        let asked = Instant::now();
        assert_eq!(client.head().await.status, 200);
        waited += asked.elapsed();
        say.send(()).unwrap();
        assert!(client.body(bytes.len()).await == bytes);
    }
    // The kernel sends a head that waits for more after 200 ms.
    assert!(
        waited < KERNEL_HOLDS * ROUNDS / 2,
        "{waited:?} for {ROUNDS} heads"
    );
}

const KERNEL_HOLDS: Duration = Duration::from_millis(200);

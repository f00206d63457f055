//! A folder, a streamer over it and a server on a free port.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use flaskflix_core::{
    catalog::Catalog,
    id::{TitleId, ViewerId},
    source::ByteSource,
    testing::{
        clock::ManualClock,
        mp4::{TestCodec, TestMovie, TestTrack},
    },
    time::UnixTime,
    token::{self, Claims, KeyRing},
};
use flaskflix_http::{
    Streamer, StreamerBuilder,
    serve::{Drained, Server},
};
use flaskflix_storage::fs::{FolderCatalog, LocalFiles};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};

use crate::client::{Client, PATIENCE, Reply};

/// When the scene plays: all tokens are minted then.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

/// A running server. Dropping it cuts everything.
pub(crate) struct Scene {
    pub(crate) address: SocketAddr,
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<ManualClock>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<Drained>,
}

impl Scene {
    /// An open server over these files.
    pub(crate) async fn open(files: &[(&str, &[u8])]) -> Self {
        Self::with(files, StreamerBuilder::open, Server::new()).await
    }

    /// A server over these files that asks for tokens of [`keys`].
    pub(crate) async fn guarded(files: &[(&str, &[u8])]) -> Self {
        Self::with(files, |builder| builder, Server::new()).await
    }

    /// A server with settings of the test's own.
    pub(crate) async fn with(
        files: &[(&str, &[u8])],
        configure: impl FnOnce(StreamerBuilder) -> StreamerBuilder,
        server: Server,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in files {
            write(folder.path(), name, bytes);
        }
        let source = Arc::new(LocalFiles::open(folder.path()).expect("the folder opens"));
        let catalog = Arc::new(FolderCatalog::new(&source));
        Self::play(folder, catalog, source, configure, server).await
    }

    /// A server of these titles, whose files lie in the folder.
    pub(crate) async fn play(
        folder: TempDir,
        catalog: Arc<dyn Catalog>,
        source: Arc<dyn ByteSource>,
        configure: impl FnOnce(StreamerBuilder) -> StreamerBuilder,
        server: Server,
    ) -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        let builder = Streamer::builder(catalog, source, Arc::new(keys()));
        let streamer = configure(builder.clock(clock.clone()))
            .build()
            .expect("a valid setting");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            server.serve_direct_until(listener, streamer, stopped).await
        });
        Self {
            address,
            folder,
            clock,
            stop: Some(stop),
            server,
        }
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.address).await
    }

    /// One request on a connection of its own.
    pub(crate) async fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Reply {
        self.client().await.ask(method, target, headers).await
    }

    pub(crate) async fn get(&self, target: &str) -> Reply {
        self.ask("GET", target, &[]).await
    }

    /// Tells the server to stop.
    pub(crate) fn stop(&mut self) {
        let _ = self.stop.take().expect("stopped once").send(());
    }

    /// Waits for the end of the drain.
    pub(crate) async fn drained(&mut self) -> Drained {
        let drained = timeout(PATIENCE, &mut self.server);
        drained.await.expect("the drain ends").expect("the server lives")
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Writes a file below the folder, with a modification time well in the past: a later write is a visible one.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("its folder");
    std::fs::write(&path, bytes).expect("a file");
    let past = NOW.to_system_time() - Duration::from_secs(200_000_000);
    let file = std::fs::File::options()
        .write(true)
        .open(&path)
        .expect("the file");
    file.set_modified(past).expect("a time");
}

/// The keys of every guarded scene.
pub(crate) fn keys() -> KeyRing {
    KeyRing::new("test", &[7; 32]).expect("a key")
}

/// A token of [`keys`] for a title, valid for an hour from [`NOW`].
pub(crate) fn token(title: &str) -> String {
    let claims = Claims::new(
        TitleId::parse(title).expect("a title"),
        ViewerId::parse("viewer-4711").expect("a viewer"),
        NOW,
        Duration::from_secs(3600),
    );
    token::mint(&keys(), &claims, [9; 16]).expect("a token")
}

/// Bytes that differ from their neighbours.
pub(crate) fn pattern(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

/// A film of 12 seconds with a key frame every 2: H.264 and AAC. `scale` makes renditions of it differ.
pub(crate) fn film(scale: u32) -> Vec<u8> {
    let video = (0..300)
        .map(|n| (scale * (100 + n % 7), 512, 0, n % 50 == 0))
        .collect();
    let audio = (0..563).map(|n| (20 + n % 3, 1024, 0, true)).collect();
    TestMovie::new(vec![
        TestTrack::new(TestCodec::H264, 12_800, video),
        TestTrack::new(TestCodec::Aac, 48_000, audio),
    ])
    .build()
    .to_vec()
}

//! A folder of finished HLS and a catalogue that names it.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use flaskflix_core::{
    catalog::{Delivery, MovieColumns, Title},
    id::{AssetKey, TitleId},
    range::ByteRange,
    source::{ByteSource, ByteStream, ObjectInfo, SourceError, SourceObject},
};
use flaskflix_http::{StreamerBuilder, serve::Server};
use flaskflix_storage::{fs::LocalFiles, memory::MemoryCatalog};
use tempfile::TempDir;

use crate::scene::{Scene, write};

/// A scene with one title, `m`, and a count of the reads of its files.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    reads: Arc<AtomicUsize>,
}

impl Stage {
    /// An open server of a title with these columns over these files.
    pub(crate) async fn open(columns: MovieColumns<'_>, files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in files {
            write(folder.path(), name, bytes);
        }
        Self::over(folder, columns, StreamerBuilder::open).await
    }

    pub(crate) async fn over(
        folder: TempDir,
        columns: MovieColumns<'_>,
        configure: impl FnOnce(StreamerBuilder) -> StreamerBuilder,
    ) -> Self {
        let delivery = columns.delivery().expect("columns of a delivery");
        let reads = Arc::new(AtomicUsize::new(0));
        let source = CountedSource {
            files: LocalFiles::open(folder.path()).expect("the folder opens"),
            reads: Arc::clone(&reads),
        };
        let scene = Scene::play(
            folder,
            Arc::new(catalog(delivery)),
            Arc::new(source),
            configure,
            Server::new(),
        );
        Self {
            scene: scene.await,
            reads,
        }
    }

    /// How often a file was read since the last call.
    pub(crate) fn reads(&self) -> usize {
        self.reads.swap(0, Ordering::SeqCst)
    }

    /// The body of a 200 as text.
    pub(crate) async fn text(&self, target: &str) -> String {
        let reply = self.scene.get(&format!("/stream/m/{target}")).await;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        assert_eq!(reply.status, 200, "{target}: {text}");
        text
    }

    pub(crate) async fn status(&self, target: &str) -> u16 {
        self.scene.get(&format!("/stream/m/{target}")).await.status
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        // By rename, as a packager publishes: an open file stays what it was.
        let folder = self.scene.folder.path();
        write(folder, "new", bytes);
        std::fs::rename(folder.join("new"), folder.join(name)).expect("a rename");
    }

    pub(crate) fn path(&self) -> &Path {
        self.scene.folder.path()
    }
}

pub(crate) fn catalog(delivery: Delivery) -> MemoryCatalog {
    let id = TitleId::parse("m").expect("an id");
    [Title::new(id, "M", delivery)].into_iter().collect()
}

/// A title of the column `hls_url`.
pub(crate) fn hls(playlist: &str) -> MovieColumns<'_> {
    MovieColumns {
        hls_url: Some(playlist),
        ..MovieColumns::default()
    }
}

/// A title of the column `quality_variants`.
pub(crate) fn variants(list: &str) -> MovieColumns<'_> {
    MovieColumns {
        quality_variants: Some(list),
        ..MovieColumns::default()
    }
}

/// Local files, counting reads.
#[derive(Debug)]
struct CountedSource {
    files: LocalFiles,
    reads: Arc<AtomicUsize>,
}

#[async_trait]
impl ByteSource for CountedSource {
    async fn open(&self, key: &AssetKey) -> Result<Arc<dyn SourceObject>, SourceError> {
        let object = self.files.open(key).await?;
        Ok(Arc::new(CountedObject {
            object,
            reads: Arc::clone(&self.reads),
        }))
    }
}

#[derive(Debug)]
struct CountedObject {
    object: Arc<dyn SourceObject>,
    reads: Arc<AtomicUsize>,
}

impl SourceObject for CountedObject {
    fn info(&self) -> &ObjectInfo {
        self.object.info()
    }

    fn read(self: Arc<Self>, ranges: Vec<ByteRange>) -> ByteStream {
        self.reads.fetch_add(1, Ordering::SeqCst);
        Arc::clone(&self.object).read(ranges)
    }
}

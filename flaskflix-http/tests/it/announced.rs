//! Who asks for the multivariant playlist is about to play: the source is told what comes next.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use flaskflix_core::{
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, SourceError, SourceObject},
};
use flaskflix_http::{StreamerBuilder, serve::Server};
use flaskflix_storage::{
    fs::{FolderCatalog, LocalFiles},
    tiers::{TierOptions, TieredSource},
};

use crate::scene::{Scene, film, write};

/// Local files that remember what they were told.
#[derive(Debug)]
struct Told {
    files: LocalFiles,
    expected: Arc<Mutex<Vec<(AssetKey, ByteRange)>>>,
}

#[async_trait]
impl ByteSource for Told {
    async fn open(&self, key: &AssetKey) -> Result<Arc<dyn SourceObject>, SourceError> {
        self.files.open(key).await
    }

    fn expect(&self, key: &AssetKey, ranges: &[ByteRange]) {
        let ranges = ranges.iter().map(|range| (key.clone(), *range));
        self.expected.lock().unwrap().extend(ranges);
    }
}

#[tokio::test]
async fn the_master_playlist_announces_the_first_segments_through_the_tiers() {
    let folder = tempfile::tempdir().unwrap();
    let film = film(1);
    write(folder.path(), "f.mp4", &film);
    let files = LocalFiles::open(folder.path()).unwrap();
    let catalog = Arc::new(FolderCatalog::new(&files));
    let expected = Arc::default();
    let told = Arc::new(Told {
        files,
        expected: Arc::clone(&expected),
    });
    let options = TierOptions::default().memory_bytes(16 << 20);
    let source = Arc::new(TieredSource::new(told, &options).unwrap());
    let scene = Scene::play(folder, catalog, source, StreamerBuilder::open, Server::new()).await;
    let mut client = scene.client().await;
    let base = "/stream/f.mp4";
    let segment = client.ask("GET", &format!("{base}/v1/1.m4s"), &[]).await;
    assert_eq!(segment.status, 200);
    assert!(expected.lock().unwrap().is_empty(), "a segment announces nothing");
    let master = client.ask("GET", &format!("{base}/master.m3u8"), &[]).await;
    assert_eq!(master.status, 200);
    let expected = expected.lock().unwrap().clone();
    let (key, range) = expected.first().expect("something is announced");
    assert_eq!(key.as_str(), "f.mp4");
    let range = usize::try_from(range.start()).unwrap()..usize::try_from(range.end()).unwrap();
    let announced = film.get(range).expect("it lies in the film");
    // Samples of sound may lie between those of the picture.
    let (first, last) = (
        announced.get(..50).unwrap(),
        announced.get(announced.len() - 50..).unwrap(),
    );
    assert!(
        segment.body.windows(50).any(|bytes| bytes == first),
        "from its first sample"
    );
    assert!(segment.body.ends_with(last), "to its last");
}

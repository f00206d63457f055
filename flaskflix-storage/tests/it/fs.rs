//! Local files and the folder catalogue, over real folders.

mod catalog;
mod change;
mod cold;
mod conformance;
mod held;
mod listing;
mod load;
mod paths;
mod subtitles;

use std::{fs, path::PathBuf, sync::Arc};

use flaskflix_core::{
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, SourceError, SourceObject},
};
use flaskflix_storage::fs::{LocalFiles, ReadOptions};
use futures_util::StreamExt;
use tempfile::TempDir;

/// A folder of its own, served.
struct Folder {
    dir: TempDir,
    files: LocalFiles,
}

impl Folder {
    fn new() -> Self {
        Self::with(ReadOptions::default())
    }

    fn with(options: ReadOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let files = LocalFiles::open_with(dir.path(), options).unwrap();
        Self { dir, files }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file, with the folders above it.
    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    async fn open(&self, name: &str) -> Result<Arc<dyn SourceObject>, SourceError> {
        self.files.open(&AssetKey::parse(name).unwrap()).await
    }

    /// Opens the file and reads it to its end.
    async fn read(&self, name: &str) -> Result<Vec<u8>, SourceError> {
        let object = self.open(name).await?;
        let whole = ByteRange::new(0, object.info().len);
        let (bytes, error) = drain(object, whole.into_iter().collect()).await;
        error.map_or(Ok(bytes), Err)
    }
}

/// The bytes up to the end or the error.
async fn drain(object: Arc<dyn SourceObject>, ranges: Vec<ByteRange>) -> (Vec<u8>, Option<SourceError>) {
    let mut stream = object.read(ranges);
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(error) => return (bytes, Some(error)),
        }
    }
    (bytes, None)
}

fn range(start: u64, end: u64) -> ByteRange {
    ByteRange::new(start, end).unwrap()
}

/// Bytes that tell where they lie: the low byte of the index of the 8-byte word, mixed with `seed`.
fn pattern(seed: u64, len: usize) -> Vec<u8> {
    let words = (0_u64..).flat_map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed).to_be_bytes());
    words.take(len).collect()
}

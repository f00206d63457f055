//! What was read of films: kept in memory, and in the data folder for the next start.

use std::sync::Arc;

use flaskflix_core::{
    mp4::Limits,
    package::{DirectIndex, IndexStore},
};
use flaskflix_storage::{
    cache::{IndexCache, StoredIndex},
    fs::IndexFolder,
};

use crate::data_folder::DataFolder;

/// The index store of this server. Without a folder to write to it reads films again after a restart, and says so once.
///
/// A folder and not the database: a record has megabytes, and the progress of viewers would wait while one is written.
pub(crate) fn open(data: &DataFolder) -> Arc<dyn IndexStore> {
    let limits = Limits::default();
    let reader: Arc<dyn IndexStore> = Arc::new(DirectIndex::new(limits.clone()));
    let reader = match IndexFolder::open(data.indexes()) {
        Ok(records) => Arc::new(StoredIndex::new(Arc::new(records), reader, limits)),
        Err(error) => {
            let folder = data.indexes();
            tracing::warn!(folder = %folder.display(), %error, "what is read of films cannot be kept");
            reader
        }
    };
    Arc::new(IndexCache::new(INDEX_CACHE_BYTES, reader))
}

/// Room for the indexes of some dozen long films.
const INDEX_CACHE_BYTES: u64 = 256 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use std::fs;

    use flaskflix_core::{
        id::AssetKey,
        source::ByteSource as _,
        testing::mp4::{TestCodec, TestMovie, TestTrack},
    };
    use flaskflix_storage::memory::MemorySource;

    use super::*;

    #[tokio::test]
    async fn films_play_with_and_without_a_folder_to_write_to() {
        let temporary = tempfile::tempdir().unwrap();
        let data = DataFolder::open(temporary.path()).unwrap();
        let source = MemorySource::new();
        let key = AssetKey::parse("film.mp4").unwrap();
        let track = TestTrack::new(TestCodec::Aac, 48_000, vec![(10, 1024, 0, true); 9]);
        source.put(key.clone(), TestMovie::new(vec![track]).build());
        let film = source.open(&key).await.unwrap();

        open(&data).index(&film).await.unwrap();
        assert_eq!(fs::read_dir(data.indexes()).unwrap().count(), 1, "it is kept");

        fs::remove_dir_all(data.indexes()).unwrap();
        fs::write(data.indexes(), b"in the way").unwrap();
        open(&data).index(&film).await.unwrap();
    }
}

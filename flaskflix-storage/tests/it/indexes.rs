//! Records of indexes: kept, restored, replaced, bounded.

#[cfg(target_os = "linux")]
mod folder;
#[cfg(target_os = "linux")]
mod restart;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stored;

use std::sync::Arc;

use flaskflix_core::{
    Bytes,
    mp4::{Index, Limits, RecordKey},
    package::{DirectIndex, IndexRecords},
    source::ObjectInfo,
    testing::{
        index_records::conformance,
        mp4::{TestCodec, TestMovie, TestTrack},
    },
    validator::EntityTag,
};
use flaskflix_storage::{cache::StoredIndex, memory::MemoryIndexes};

/// A film of so many frames.
fn film_bytes(frames: u32) -> Bytes {
    let picture = (0..frames).map(|n| (200 + n % 7, 512, 0, n % 25 == 0)).collect();
    TestMovie::new(vec![TestTrack::new(TestCodec::H264, 12_800, picture)]).build()
}

/// A key, and a record of so many bytes.
pub(crate) fn record(name: &str, bytes: usize) -> (RecordKey, Bytes) {
    let info = ObjectInfo {
        len: 1,
        etag: EntityTag::of_bytes(name.as_bytes()),
        last_modified: None,
    };
    (RecordKey::of(&info), Bytes::from(vec![7; bytes]))
}

/// Reads films, through these records.
fn stored(records: Arc<dyn IndexRecords>) -> StoredIndex {
    let limits = Limits::default();
    StoredIndex::new(records, Arc::new(DirectIndex::new(limits.clone())), limits)
}

/// Number of frames of a film, by its record.
fn frames_of(record: Bytes, info: &ObjectInfo) -> u32 {
    let index = Index::from_record(record, info, &Limits::default()).unwrap();
    index.tracks().iter().map(|track| track.samples.len()).sum()
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    conformance(&MemoryIndexes::default()).await;
}

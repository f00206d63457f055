//! Hot segments: those that many ask for, kept whole in memory as files that the kernel sends.
//!
//! A segment is made of a header and of hundreds of pieces from all over a film: it has to be read into memory and written from there, and
//! an encrypted one is encrypted on the way. Its bytes are the same every time. So one that is asked for again and again is put together
//! once more, into a file that exists in memory only, and from then on it costs what a plain file costs, and less: nobody can
//! change it, so that nobody has to look.
//!
//! | what | rule |
//! |---|---|
//! | who is kept | a segment of at least [`LEAST_BYTES`] that was asked for [`ASKED`] times in a minute, over connections that send files |
//! | how long | until the others need the room, least recently asked for first; at most [`IDLE`] after it was asked for last |
//! | how many | [`StreamerBuilder::hot_segment_bytes`](crate::StreamerBuilder::hot_segment_bytes), in at most [`MOST_FILES`] files; with those that are no longer kept and that a slow reader still holds, a fourth more |
//! | changed films | a kept segment goes by the name of its file and its entity tag, which is another one after a change |
//! | making it | [`MAKERS`] at a time, beside the requests; when there is no room, one in [`PAUSE`]: what is replaced all the time is no use |

mod demand;
mod ledger;
mod memory_file;

use std::{future::poll_fn, sync::Arc, time::Duration};

use flaskflix_core::{id::AssetKey, source::SendFile, validator::EntityTag};
use metrics::counter;
use moka::{policy::EvictionPolicy, sync::Cache};
use tokio::{sync::Semaphore, time::Instant};

use self::{
    demand::{Demand, Pace},
    ledger::{Entry, Ledger},
    memory_file::MemoryFile,
};
use crate::{
    body::{BodyError, Pieces},
    metrics::{HOT_SEGMENTS_MADE, HOT_SEGMENTS_SENT},
    response::Content,
    trace,
};

/// The connection of a request sends files itself: an extension of those that do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SendsFiles;

/// The hot segments of a streamer.
#[derive(Debug)]
pub(crate) struct HotSegments(Option<Arc<Store>>);

/// A segment: of which file it is made, and its entity tag, which tells it from the others of that file and from other versions.
type Name = (AssetKey, EntityTag);

#[derive(Debug)]
struct Store {
    kept: Cache<Name, Arc<MemoryFile>>,
    asked: Cache<Name, Arc<Demand>>,
    most_bytes: u64,
    ledger: Arc<Ledger>,
    makers: Arc<Semaphore>,
    replacing: Pace,
}

impl HotSegments {
    /// Keeps at most so many bytes; 0 keeps nothing.
    pub(crate) fn new(most_bytes: u64) -> Self {
        Self((most_bytes >= LEAST_BYTES).then(|| Arc::new(Store::new(most_bytes))))
    }

    /// The file of what is asked for, if it is a segment that is kept. If it is none yet, this counts, and may have it made.
    pub(crate) fn file(&self, content: &Content) -> Option<Arc<dyn SendFile>> {
        let (store, asset) = (self.0.as_ref()?, content.segment_of.as_ref()?);
        let info = content.object.info();
        if !(LEAST_BYTES..=store.most_bytes / 4).contains(&info.len) {
            return None;
        }
        let name = (asset.clone(), info.etag.clone());
        if let Some(file) = store.kept.get(&name) {
            counter!(HOT_SEGMENTS_SENT).increment(1);
            return Some(file);
        }
        store.want(name, content);
        None
    }
}

impl Store {
    fn new(most_bytes: u64) -> Self {
        let slot = most_bytes / MOST_FILES;
        Self {
            kept: Cache::builder()
                .max_capacity(most_bytes)
                .weigher(move |_, file: &Arc<MemoryFile>| {
                    u32::try_from(file.len().max(slot)).unwrap_or(u32::MAX)
                })
                .eviction_policy(EvictionPolicy::lru())
                .time_to_idle(IDLE)
                .build(),
            asked: Cache::builder()
                .max_capacity(MOST_ASKED)
                .time_to_live(A_MINUTE)
                .build(),
            most_bytes,
            ledger: Arc::new(Ledger::new(
                most_bytes.saturating_add(most_bytes / 4),
                MOST_FILES + MOST_FILES / 4,
            )),
            makers: Arc::new(Semaphore::new(MAKERS)),
            replacing: Pace::new(PAUSE),
        }
    }

    /// Somebody wants this and it is not kept.
    fn want(self: &Arc<Self>, name: Name, content: &Content) {
        let demand = self.asked.get_with_by_ref(&name, Arc::default);
        if !demand.asks(ASKED) {
            return;
        }
        let Ok(maker) = Arc::clone(&self.makers).try_acquire_owned() else {
            return; // Tried again when as many have asked once more.
        };
        let Some(making) = Demand::begin(demand) else {
            return;
        };
        self.kept.run_pending_tasks(); // what it says of itself is late otherwise
        let len = content.object.info().len;
        let is_full = self.kept.weighted_size().saturating_add(len) > self.most_bytes;
        if is_full && !self.replacing.allows(Instant::now()) {
            return;
        }
        let Some(entry) = self.ledger.enter(len) else {
            return; // Readers hold on to what is no longer kept.
        };
        let (pieces, _) = Pieces::new(content.source.clone(), content.object.pieces().iter().cloned());
        let store = Arc::clone(self);
        tokio::spawn(async move {
            let _held = (maker, making);
            match make(pieces, entry).await {
                Ok(file) => {
                    counter!(HOT_SEGMENTS_MADE).increment(1);
                    store.kept.insert(name, Arc::new(file));
                }
                Err(error) => trace::hot_segment_failed(&name.0, &error),
            }
        });
    }
}

/// Why a segment is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotMade {
    #[error("its pieces could not be read")]
    Read(#[from] BodyError),
    #[error("memory for it could not be had")]
    Memory(#[from] std::io::Error),
}

/// Puts a segment together.
async fn make(mut pieces: Pieces, entry: Entry) -> Result<MemoryFile, NotMade> {
    let mut draft = MemoryFile::draft(entry)?;
    while let Some(chunk) = poll_fn(|cx| pieces.poll_chunk(cx)).await {
        draft.append(&chunk?)?;
    }
    Ok(draft.finish()?)
}

/// From this length on a segment is kept: below, there is little to be saved, and files are few.
const LEAST_BYTES: u64 = 128 << 10;
/// Most segments that are kept: each is an open file.
const MOST_FILES: u64 = 64;
/// How often a segment is asked for in a minute before it is kept: to make it costs about as much as to send it once.
const ASKED: u32 = 3;
/// Segments whose demand is counted at once.
const MOST_ASKED: u64 = 10_000;
const A_MINUTE: Duration = Duration::from_secs(60);
const IDLE: Duration = Duration::from_secs(300);
const MAKERS: usize = 2;
const PAUSE: Duration = Duration::from_millis(100);

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use flaskflix_core::object::{Piece, VirtualObject};

    use super::*;
    use crate::media_type::MediaType;

    const LEN: u64 = 200 << 10;

    fn segment(number: usize) -> Content {
        let bytes = Bytes::from(vec![7; usize::try_from(LEN).unwrap()]);
        let etag = EntityTag::strong(format!("s{number}")).unwrap();
        let object = VirtualObject::new(vec![Piece::Bytes(bytes)], etag, None);
        Content {
            segment_of: Some(AssetKey::parse("f.mp4").unwrap()),
            ..Content::new(object, MediaType::SEGMENT)
        }
    }

    /// Asks until it is kept, or for so long that it will not be. The clock stands still but for this.
    async fn heat(hot: &HotSegments, number: usize) -> Option<Arc<dyn SendFile>> {
        for _ in 0..1000 {
            if let Some(file) = hot.file(&segment(number)) {
                return Some(file);
            }
            tokio::time::advance(PAUSE / 100).await;
        }
        None
    }

    #[tokio::test(start_paused = true)]
    async fn what_readers_hold_counts_until_they_leave() {
        let hot = HotSegments::new(8 * LEN);
        let mut held = Vec::new();
        for number in 0.. {
            match heat(&hot, number).await {
                Some(file) => held.push(file),
                None => break,
            }
        }
        assert_eq!(held.len(), 10, "a fourth more than is kept");
        drop(held.drain(..2)); // the only ones that were held and no longer kept
        assert!(heat(&hot, 99).await.is_some(), "there is room again");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_asked_for_least_recently_makes_room() {
        let hot = HotSegments::new(4 * LEN);
        for number in 0..5 {
            assert!(heat(&hot, number).await.is_some(), "{number}");
        }
        let store = hot.0.as_ref().unwrap();
        store.kept.run_pending_tasks();
        assert_eq!(store.kept.entry_count(), 4);
        assert!(hot.file(&segment(0)).is_none());
        assert!(hot.file(&segment(4)).is_some());
    }
}

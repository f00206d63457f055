//! The byte source over the tiers.

use std::{collections::VecDeque, io, sync::Arc};

use async_trait::async_trait;
use flaskflix_core::{
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, SourceError, SourceObject},
};

use super::{
    ahead::Ahead,
    block::{AssetHash, Blocks},
    flight::Flight,
    object::TieredObject,
    options::TierOptions,
    stack::Stack,
    stats::TierStats,
};

/// A [`ByteSource`] that keeps blocks of another one in memory and on a local disk.
///
/// What is asked for often is served from memory, what was asked for once from the local disk, and only what is in neither
/// comes from the source below, block by block, each fetched once however many wait for it. See [the module](super) for how.
///
/// Every `open` asks the source below, so a new version is seen at once. Bytes are served only under the entity tag that
/// they were read under; an object that is open goes on with its version from the tiers when it is replaced below, and fails with
/// [`SourceError::Changed`] where the tiers have it not.
///
/// # Cancellation
/// A reader that leaves does not stop the block that it waited for: others may wait for it, and it stays in the tiers.
///
/// # Cost
/// `open` costs what it costs below, and a hash. A block in memory is handed out without a copy; one on the disk is read and
/// checked on the blocking pool. Needs a Tokio runtime; without one every read goes straight to the source below.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use flaskflix_core::{id::AssetKey, source::{ByteSource, read_to_bytes}, range::ByteRange, Bytes};
/// use flaskflix_storage::{memory::MemorySource, tiers::{TierOptions, TieredSource}};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let far_away = MemorySource::new();
/// let key = AssetKey::parse("film.mp4")?;
/// far_away.put(key.clone(), Bytes::from_static(b"not yet a film"));
///
/// let source = TieredSource::new(Arc::new(far_away), &TierOptions::default().memory_bytes(64 << 20))?;
/// let film = source.open(&key).await?;
/// for _ in 0..3 {
///     let bytes = read_to_bytes(&film, ByteRange::new(8, 14).ok_or("empty")?).await?;
///     assert_eq!(&bytes[..], b"a film");
/// }
/// assert_eq!(source.stats().fetched_blocks, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TieredSource {
    cold: Arc<dyn ByteSource>,
    stack: Arc<Stack>,
    ahead: Arc<Ahead>,
    block_bytes: u64,
}

impl TieredSource {
    /// Puts tiers over a source. What an earlier process has left on the disk is taken over.
    ///
    /// Reads the names of the blocks on the disk, some microseconds each.
    ///
    /// # Errors
    /// When the folder of the warm tier cannot be made, read or written to; with [`io::ErrorKind::ResourceBusy`] when another process
    /// uses it.
    pub fn new(cold: Arc<dyn ByteSource>, options: &TierOptions) -> io::Result<Self> {
        Ok(Self {
            cold,
            stack: Arc::new(Stack::open(options)?),
            ahead: Arc::new(Ahead::new(options.prefetch_bytes)),
            block_bytes: options.block_bytes,
        })
    }

    /// Brings the blocks that hold these ranges into the tiers, where they are not. Returns the bytes that came up.
    ///
    /// They are there when it returns: on the disk where there is one. For what will be asked for soon: the first segments of a
    /// title whose page is open. Ranges may reach beyond the end.
    ///
    /// # Errors
    /// What the source below says.
    ///
    /// # Cancellation
    /// Dropping the future leaves what was fetched so far.
    pub async fn warm(&self, key: &AssetKey, ranges: &[ByteRange]) -> Result<u64, SourceError> {
        let object = self.open_tiered(key).await?;
        let mut fetched = 0_u64;
        let mut coming: VecDeque<(Arc<Flight>, u64)> = VecDeque::new();
        for number in ranges.iter().flat_map(|&range| object.blocks.touched(range)) {
            let Some(wanted) = object.wanted(number) else {
                continue;
            };
            if self.stack.holds(&wanted.key) {
                continue;
            }
            if coming.len() >= WARM_AT_ONCE {
                fetched = fetched.saturating_add(next_settled(&mut coming).await?);
            }
            let permit = self.stack.room_for_fill().await;
            let flight = self.stack.fetch_ahead(wanted, permit);
            coming.extend(flight.map(|flight| (flight, wanted.range.len())));
        }
        while !coming.is_empty() {
            fetched = fetched.saturating_add(next_settled(&mut coming).await?);
        }
        Ok(fetched)
    }

    /// Brings a whole object into the tiers: onto the disk where there is one, else into memory. Returns the bytes that came up.
    ///
    /// An object larger than the tier does not fit, of course: the first part goes as the last comes. Viewers who stream it meanwhile
    /// notice nothing.
    ///
    /// # Errors
    /// As [`warm`](Self::warm).
    pub async fn promote(&self, key: &AssetKey) -> Result<u64, SourceError> {
        let whole = ByteRange::new(0, u64::MAX);
        self.warm(key, whole.as_slice()).await
    }

    /// Removes every block of an object, of all its versions, from the tiers. Viewers who stream it meanwhile notice nothing: what they
    /// read on is fetched again.
    ///
    /// # Errors
    /// When a file of the warm tier cannot be removed.
    pub async fn evict(&self, key: &AssetKey) -> io::Result<()> {
        self.stack.evict(AssetHash::of(key)).await
    }

    /// What the tiers have done so far, and what they hold.
    #[must_use]
    pub fn stats(&self) -> TierStats {
        self.stack.stats()
    }

    async fn open_tiered(&self, key: &AssetKey) -> Result<TieredObject, SourceError> {
        let cold = self.cold.open(key).await?;
        Ok(TieredObject {
            stack: Arc::clone(&self.stack),
            ahead: Arc::clone(&self.ahead),
            blocks: Blocks::new(key, cold.info(), self.block_bytes),
            cold,
        })
    }
}

#[async_trait]
impl ByteSource for TieredSource {
    async fn open(&self, key: &AssetKey) -> Result<Arc<dyn SourceObject>, SourceError> {
        Ok(Arc::new(self.open_tiered(key).await?))
    }

    fn expect(&self, key: &AssetKey, ranges: &[ByteRange]) {
        self.cold.expect(key, ranges);
        if !self.stack.keeps() {
            return;
        }
        let (source, key, ranges) = (self.clone(), key.clone(), ranges.to_vec());
        self.ahead.in_background(async move {
            // Whoever reads them will learn why they are not there.
            let _ = source.warm(&key, &ranges).await;
        });
    }
}

async fn next_settled(coming: &mut VecDeque<(Arc<Flight>, u64)>) -> Result<u64, SourceError> {
    let Some((flight, bytes)) = coming.pop_front() else {
        return Ok(0);
    };
    flight.settled().await?;
    Ok(bytes)
}

/// Blocks that are fetched side by side. Object stores are slow to begin and fast to go on.
const WARM_AT_ONCE: usize = 4;

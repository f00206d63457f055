//! Byte strings as a source.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
    task::{Context, Poll},
    vec,
};

use async_trait::async_trait;
use bytes::Bytes;
use flaskflix_core::{
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, ByteStream, ObjectInfo, SourceError, SourceObject},
    time::UnixTime,
    validator::EntityTag,
};
use futures_core::Stream;
use sha2::{Digest, Sha256};

/// A [`ByteSource`] over byte strings.
///
/// Objects may be replaced and removed at any time; an object that is open keeps serving the version it was
/// opened with, because the bytes are shared. The entity tag is a hash of the content, so it
/// survives a restart.
///
/// # Cost
/// `put` hashes the bytes once (SHA-256). Opening and reading copy nothing.
///
/// # Examples
/// ```
/// use flaskflix_core::{id::AssetKey, source::ByteSource, Bytes};
/// use flaskflix_storage::memory::MemorySource;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let source = MemorySource::new();
/// let key = AssetKey::parse("hello.txt")?;
/// source.put(key.clone(), Bytes::from_static(b"hello"));
/// assert_eq!(source.open(&key).await?.info().len, 5);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct MemorySource {
    objects: RwLock<HashMap<AssetKey, Arc<MemoryObject>>>,
}

impl MemorySource {
    /// A source without objects.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores an object, in the place of the one of this key if there is one. It has no modification time.
    pub fn put(&self, key: AssetKey, bytes: Bytes) {
        self.store(key, bytes, None);
    }

    /// Stores an object that says when it was last modified.
    pub fn put_modified(&self, key: AssetKey, bytes: Bytes, last_modified: UnixTime) {
        self.store(key, bytes, Some(last_modified));
    }

    /// Removes an object. Returns whether there was one.
    pub fn remove(&self, key: &AssetKey) -> bool {
        let mut objects = self.objects.write().unwrap_or_else(PoisonError::into_inner);
        objects.remove(key).is_some()
    }

    fn store(&self, key: AssetKey, bytes: Bytes, last_modified: Option<UnixTime>) {
        let info = ObjectInfo {
            len: bytes.len() as u64,
            etag: EntityTag::from_identity(&Sha256::digest(&bytes)),
            last_modified,
        };
        let object = Arc::new(MemoryObject { info, bytes });
        let mut objects = self.objects.write().unwrap_or_else(PoisonError::into_inner);
        objects.insert(key, object);
    }
}

#[async_trait]
impl ByteSource for MemorySource {
    async fn open(&self, key: &AssetKey) -> Result<Arc<dyn SourceObject>, SourceError> {
        let objects = self.objects.read().unwrap_or_else(PoisonError::into_inner);
        let object = objects.get(key).ok_or(SourceError::NotFound)?;
        Ok(Arc::<MemoryObject>::clone(object))
    }
}

/// One version of an object in memory.
#[derive(Debug)]
struct MemoryObject {
    info: ObjectInfo,
    bytes: Bytes,
}

impl SourceObject for MemoryObject {
    fn info(&self) -> &ObjectInfo {
        &self.info
    }

    fn read(self: Arc<Self>, ranges: Vec<ByteRange>) -> ByteStream {
        Box::pin(Slices {
            bytes: self.bytes.clone(),
            ranges: ranges.into_iter(),
        })
    }
}

/// The ranges as slices of the shared bytes, one chunk each.
struct Slices {
    bytes: Bytes,
    ranges: vec::IntoIter<ByteRange>,
}

impl Stream for Slices {
    type Item = Result<Bytes, SourceError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(range) = self.ranges.next() else {
            return Poll::Ready(None);
        };
        let len = self.bytes.len() as u64;
        let slice = match (usize::try_from(range.start()), usize::try_from(range.end())) {
            (Ok(start), Ok(end)) if range.end() <= len => Ok(self.bytes.slice(start..end)),
            _ => {
                self.ranges = Vec::new().into_iter();
                Err(SourceError::OutOfBounds { range, len })
            }
        };
        Poll::Ready(Some(slice))
    }
}

//! One version of an object, read through the tiers.

use std::sync::Arc;

use bytes::Bytes;
use flaskflix_core::{
    range::ByteRange,
    source::{ByteStream, ObjectInfo, SourceError, SourceObject},
};
use futures_util::stream;

use super::{
    ahead::Ahead,
    block::{Blocks, Span},
    reader::Reader,
    stack::{Stack, Wanted},
};

#[derive(Debug)]
pub(super) struct TieredObject {
    pub(super) stack: Arc<Stack>,
    pub(super) ahead: Arc<Ahead>,
    pub(super) blocks: Blocks,
    pub(super) cold: Arc<dyn SourceObject>,
}

impl TieredObject {
    pub(super) fn wanted(&self, number: u64) -> Option<Wanted<'_>> {
        Some(Wanted {
            key: self.blocks.key(number),
            range: self.blocks.range(number)?,
            cold: &self.cold,
        })
    }

    /// Some bytes of a span from the disk: from its start, and all of it unless it is long.
    pub(super) async fn read_disk(&self, span: Span) -> Option<Bytes> {
        let wanted = self.wanted(span.number)?;
        let len = usize::try_from(wanted.range.len()).ok()?;
        let end = span.end.min(span.start.saturating_add(DISK_CHUNK_BYTES));
        self.stack.read_disk(wanted.key, len, span.start..end).await
    }
}

/// The most that is read from the disk at once.
const DISK_CHUNK_BYTES: usize = 512 << 10;

impl SourceObject for TieredObject {
    fn info(&self) -> &ObjectInfo {
        self.cold.info()
    }

    fn read(self: Arc<Self>, ranges: Vec<ByteRange>) -> ByteStream {
        let len = self.blocks.object_len();
        if let Some(&range) = ranges.iter().find(|range| range.end() > len) {
            let error: Result<Bytes, _> = Err(SourceError::OutOfBounds { range, len });
            return Box::pin(stream::iter([error]));
        }
        let reader = Reader::new(self, ranges);
        Box::pin(stream::unfold(Some(reader), |reader| async move {
            let mut reader = reader?;
            let chunk = reader.next().await?;
            // An error is the last thing that a stream says.
            let rest = chunk.is_ok().then_some(reader);
            Some((chunk, rest))
        }))
    }
}

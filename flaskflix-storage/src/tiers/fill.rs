//! Fetches one block, for all who wait for it.

use std::{future::poll_fn, io, sync::Arc};

use bytes::Bytes;
use flaskflix_core::{
    range::ByteRange,
    source::{SourceError, SourceObject},
};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    block::BlockKey,
    flight::{Fault, Flight},
    stack::Stack,
    stats::Tier,
};
use crate::fs::blocking::blocking;

/// The task that brings a block up. Dropped before its end (the runtime shuts down), it tells those who wait.
#[derive(Debug)]
pub(super) struct Fill {
    pub(super) stack: Arc<Stack>,
    pub(super) flight: Arc<Flight>,
    pub(super) key: BlockKey,
    pub(super) range: ByteRange,
    pub(super) cold: Arc<dyn SourceObject>,
    /// Held until the block has reached every tier: it is in memory until then. `None` when it was expected on the disk.
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

impl Fill {
    pub(super) async fn run(mut self) {
        match self.bring().await {
            // In memory first, then off the list: whoever looks finds it in one of the two.
            Ok((tier, block)) => {
                self.stack.keep_in_memory(self.key, &block);
                if tier == Tier::Cold {
                    self.stack.keep_on_disk(self.key, block).await;
                }
            }
            Err(fault) => self.flight.fail(fault),
        }
    }

    async fn bring(&mut self) -> Result<(Tier, Bytes), Fault> {
        let len = self.block_len()?;
        if self.permit.is_none() {
            if let Some(block) = self.stack.read_disk(self.key, len, 0..len).await {
                self.flight.land_with(Tier::Warm, block.clone());
                return Ok((Tier::Warm, block));
            }
            self.permit = self.stack.room_for_fill().await;
        }
        self.fetch(len).await?;
        self.stack.counters.fetched(len);
        Ok((Tier::Cold, self.flight.land(Tier::Cold)))
    }

    async fn fetch(&self, len: usize) -> Result<(), Fault> {
        let mut stream = Arc::clone(&self.cold).read(vec![self.range]);
        self.flight.begin(len);
        let mut left = len;
        while let Some(chunk) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
            let chunk = chunk?;
            // A source that yields another number of bytes than asked for breaks its word; nobody shall see them.
            left = left.checked_sub(chunk.len()).ok_or(SourceError::Changed)?;
            self.flight.push(&chunk);
        }
        if left == 0 { Ok(()) } else { Err(Fault::Changed) }
    }

    fn block_len(&self) -> Result<usize, Fault> {
        let len = usize::try_from(self.range.len());
        len.map_err(|error| Fault::Io(Arc::new(io::Error::other(error))))
    }
}

impl Drop for Fill {
    fn drop(&mut self) {
        // Does nothing when the flight has ended.
        self.flight.fail(Fault::Busy);
        self.stack.leave(&self.key, &self.flight);
        self.flight.settle();
    }
}

/// Runs what may wait for the disk where that is done. `None` when the runtime shuts down.
pub(super) async fn on_disk<T, F>(work: F) -> Option<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    blocking(work).await.ok()
}

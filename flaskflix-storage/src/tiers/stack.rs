//! Where a block is found, and who fetches it: everybody asks here, and a block that is nowhere is fetched once.

use std::{
    collections::HashMap,
    io,
    ops::Range,
    sync::{Arc, PoisonError},
};

use bytes::Bytes;
use flaskflix_core::{range::ByteRange, source::SourceObject};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    block::{AssetHash, BlockKey},
    disk::Disk,
    fill::{Fill, on_disk},
    flight::Flight,
    memory::Memory,
    options::TierOptions,
    stats::{Counters, TierStats},
};
use crate::sync::{Handle, Mutex, MutexGuard};

#[cfg(test)]
#[cfg(shuttle)]
mod models;

/// The tiers above the cold source.
#[derive(Debug)]
pub(super) struct Stack {
    memory: Option<Memory>,
    disk: Option<Arc<Disk>>,
    /// Blocks on their way. The lock is never held while anything is waited for.
    flights: Mutex<HashMap<BlockKey, Arc<Flight>>>,
    fills: Arc<Semaphore>,
    disk_reads: Semaphore,
    pub(super) counters: Counters,
}

/// A block that somebody wants, and how to get it from the cold source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) key: BlockKey,
    /// Where it lies in the object.
    pub(super) range: ByteRange,
    pub(super) cold: &'a Arc<dyn SourceObject>,
}

/// The list of blocks on their way, locked.
type Flights<'a> = MutexGuard<'a, HashMap<BlockKey, Arc<Flight>>>;

/// Where a block is.
#[derive(Debug)]
pub(super) enum Found {
    /// In memory.
    Held(Bytes),
    /// On the disk, and not to be brought to memory.
    OnDisk,
    /// On its way.
    Coming {
        flight: Arc<Flight>,
        /// Whether it was sent for by this very call.
        own: bool,
    },
    /// Nowhere, and there is no room to bring it up.
    NoRoom,
}

impl Stack {
    pub(super) fn open(options: &TierOptions) -> io::Result<Self> {
        let memory =
            (options.memory_bytes > 0).then(|| Memory::new(options.memory_bytes, options.block_bytes));
        let disk = options
            .disk
            .as_ref()
            .map(|disk| Disk::open(&disk.folder, disk.max_bytes).map(Arc::new))
            .transpose()?;
        Ok(Self {
            memory,
            disk,
            flights: Mutex::default(),
            fills: Arc::new(Semaphore::new(options.max_fills())),
            disk_reads: Semaphore::new(DISK_READS),
            counters: Counters::default(),
        })
    }

    /// Looks for a block, for somebody who reads it now; sends for it when it is nowhere.
    pub(super) fn find(self: &Arc<Self>, wanted: Wanted<'_>) -> Found {
        if let Some(block) = self.memory.as_ref().and_then(|memory| memory.get(&wanted.key)) {
            return Found::Held(block);
        }
        let flights = self.flights();
        if let Some(flight) = flights.get(&wanted.key) {
            let flight = Arc::clone(flight);
            return Found::Coming { flight, own: false };
        }
        // Once more: it may have landed since, and nobody fetches a block twice.
        if let Some(memory) = &self.memory
            && memory.contains(&wanted.key)
            && let Some(block) = memory.get(&wanted.key)
        {
            return Found::Held(block);
        }
        let on_disk = self.disk.as_ref().is_some_and(|disk| disk.contains(&wanted.key));
        if on_disk && self.memory.is_none() {
            return Found::OnDisk;
        }
        let permit = Arc::clone(&self.fills).try_acquire_owned().ok();
        if permit.is_none() && !on_disk {
            return Found::NoRoom;
        }
        let permit = permit.filter(|_| !on_disk);
        match self.send_for(flights, wanted, permit) {
            Some(flight) => Found::Coming { flight, own: true },
            None => Found::NoRoom,
        }
    }

    /// Sends for a block that nobody waits for yet. `None` when it is in a tier already, or there is no room.
    pub(super) fn fetch_ahead(
        self: &Arc<Self>,
        wanted: Wanted<'_>,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Option<Arc<Flight>> {
        if !self.keeps() || self.holds(&wanted.key) {
            return None;
        }
        let permit = permit.or_else(|| Arc::clone(&self.fills).try_acquire_owned().ok())?;
        let flights = self.flights();
        if let Some(flight) = flights.get(&wanted.key) {
            return Some(Arc::clone(flight));
        }
        if self.holds(&wanted.key) {
            return None;
        }
        let flight = self.send_for(flights, wanted, Some(permit))?;
        self.counters.prefetched();
        Some(flight)
    }

    /// Waits until a block may be brought up.
    pub(super) async fn room_for_fill(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        Arc::clone(&self.fills).acquire_owned().await.ok()
    }

    /// Whether a block is in a tier.
    pub(super) fn holds(&self, key: &BlockKey) -> bool {
        self.memory.as_ref().is_some_and(|memory| memory.contains(key))
            || self.disk.as_ref().is_some_and(|disk| disk.contains(key))
    }

    /// A part of a block from the disk, if it is there and sound.
    pub(super) async fn read_disk(&self, key: BlockKey, len: usize, part: Range<usize>) -> Option<Bytes> {
        let disk = Arc::clone(self.disk.as_ref()?);
        // Each holds a part of a block, and a thread.
        let _permit = self.disk_reads.acquire().await.ok()?;
        on_disk(move || disk.read(&key, len, part)).await?
    }

    pub(super) fn keep_in_memory(&self, key: BlockKey, block: &Bytes) {
        if let Some(memory) = &self.memory {
            memory.insert(key, block.clone());
        }
    }

    pub(super) async fn keep_on_disk(&self, key: BlockKey, block: Bytes) {
        if let Some(disk) = &self.disk {
            let disk = Arc::clone(disk);
            on_disk(move || disk.write(&key, &block)).await;
        }
    }

    /// Takes a flight that has ended off the list.
    pub(super) fn leave(&self, key: &BlockKey, flight: &Arc<Flight>) {
        let mut flights = self.flights();
        if flights.get(key).is_some_and(|listed| Arc::ptr_eq(listed, flight)) {
            flights.remove(key);
        }
    }

    /// Forgets an object, in memory and on the disk.
    pub(super) async fn evict(&self, asset: AssetHash) -> io::Result<()> {
        if let Some(memory) = &self.memory {
            memory.evict(asset);
        }
        let Some(disk) = self.disk.clone() else {
            return Ok(());
        };
        on_disk(move || disk.evict(asset)).await.unwrap_or(Ok(()))
    }

    pub(super) fn stats(&self) -> TierStats {
        let disk = self.disk.as_ref();
        TierStats {
            memory_bytes: self.memory.as_ref().map_or(0, Memory::bytes),
            disk_bytes: disk.map_or(0, |disk| disk.bytes()),
            damaged_blocks: disk.map_or(0, |disk| disk.damaged()),
            unwritten_blocks: disk.map_or(0, |disk| disk.unwritten()),
            ..self.counters.snapshot()
        }
    }

    /// Whether what is fetched stays anywhere.
    pub(super) const fn keeps(&self) -> bool {
        self.memory.is_some() || self.disk.is_some()
    }

    fn send_for(
        self: &Arc<Self>,
        mut flights: Flights<'_>,
        wanted: Wanted<'_>,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Option<Arc<Flight>> {
        let runtime = Handle::try_current().ok()?;
        let flight = Arc::new(Flight::new());
        flights.insert(wanted.key, Arc::clone(&flight));
        // A runtime that shuts down drops the task at once, and that takes it off the list.
        drop(flights);
        // A task of its own: who asked first may leave first.
        let fill = Fill {
            stack: Arc::clone(self),
            flight: Arc::clone(&flight),
            key: wanted.key,
            range: wanted.range,
            cold: Arc::clone(wanted.cold),
            permit,
        };
        runtime.spawn(fill.run());
        Some(flight)
    }

    fn flights(&self) -> Flights<'_> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads of the disk at once; more wait for a turn. Disks are not faster with more.
const DISK_READS: usize = 32;

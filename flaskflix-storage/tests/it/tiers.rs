//! Tiers over sources of every kind.

#![expect(clippy::cast_possible_truncation, reason = "the tests' numbers are small")]

mod conformance;
mod disk;
mod flights;
mod full;
mod kill;
mod moving;
mod prefetch;
mod sparse;
mod stage;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use flaskflix_core::{
    Bytes,
    id::AssetKey,
    range::ByteRange,
    source::{ByteSource, SourceError, read_to_bytes},
};
use flaskflix_storage::tiers::{TierOptions, TieredSource};

/// Small blocks: many of them in little data.
const BLOCK: u64 = 64 << 10;

/// One way to stack the tiers.
#[derive(Debug, Clone, Copy)]
enum Tiers {
    None,
    Memory,
    Disk,
    Both,
}

impl Tiers {
    const ALL: [Self; 4] = [Self::None, Self::Memory, Self::Disk, Self::Both];

    fn options(self, folder: &Path) -> TierOptions {
        let options = TierOptions::default().block_bytes(BLOCK);
        let memory = 64 * BLOCK;
        match self {
            Self::None => options,
            Self::Memory => options.memory_bytes(memory),
            Self::Disk => options.disk(folder, 64 << 20),
            Self::Both => options.memory_bytes(memory).disk(folder, 64 << 20),
        }
    }
}

fn key(name: &str) -> AssetKey {
    AssetKey::parse(name).unwrap()
}

fn range(start: u64, end: u64) -> ByteRange {
    ByteRange::new(start, end).unwrap()
}

/// Bytes that tell where they lie and which object they are of.
fn pattern(seed: u64, len: usize) -> Bytes {
    let mut bytes = Vec::with_capacity(len + 8);
    for i in 0..len.div_ceil(8) as u64 {
        bytes.extend_from_slice(&(i.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed).to_be_bytes());
    }
    bytes.truncate(len);
    bytes.into()
}

/// Opens an object and reads all of it.
async fn read(source: &TieredSource, name: &str) -> Result<Bytes, SourceError> {
    let object = source.open(&key(name)).await?;
    let whole = range(0, object.info().len);
    read_to_bytes(&object, whole).await
}

async fn read_part(source: &TieredSource, name: &str, part: ByteRange) -> Bytes {
    let object = source.open(&key(name)).await.unwrap();
    read_to_bytes(&object, part).await.unwrap()
}

fn over(cold: impl ByteSource, options: &TierOptions) -> TieredSource {
    TieredSource::new(Arc::new(cold), options).unwrap()
}

/// Waits until something is so.
async fn until(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !so() {
        assert!(Instant::now() < deadline, "{what}: not within the deadline");
        tokio::task::yield_now().await;
    }
}

/// Waits until so many blocks lie in the folder.
async fn settled(folder: &Path, blocks: usize) {
    let there = || {
        let (there, being_written) = disk::files(folder);
        there.len() == blocks && being_written.is_empty()
    };
    until("blocks reach the disk", there).await;
}

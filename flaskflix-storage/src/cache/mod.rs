//! Caches in memory, bounded by bytes.

mod index;

pub use index::{IndexCache, IndexCacheStats};

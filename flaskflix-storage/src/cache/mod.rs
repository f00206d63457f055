//! Indexes that are not read twice: in memory, bounded by bytes, and as records that outlive the process.

mod index;
mod stored;

pub use index::{IndexCache, IndexCacheStats};
pub use stored::StoredIndex;

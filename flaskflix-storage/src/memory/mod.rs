//! Sources, catalogues, progress and records of indexes in memory: for tests, demos, and the few small things an application has at hand.

mod catalog;
mod indexes;
mod progress;
mod source;

pub use catalog::MemoryCatalog;
pub use indexes::MemoryIndexes;
pub use progress::MemoryProgress;
pub use source::MemorySource;

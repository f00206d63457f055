//! Sources, catalogues and progress in memory: for tests, demos, and the few small things an application has at hand.

mod catalog;
mod progress;
mod source;

pub use catalog::MemoryCatalog;
pub use progress::MemoryProgress;
pub use source::MemorySource;

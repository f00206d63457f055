//! Sources and catalogues in memory: for tests, demos, and the few small things an application has at hand.

mod catalog;
mod source;

pub use catalog::MemoryCatalog;
pub use source::MemorySource;

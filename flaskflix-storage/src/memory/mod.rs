//! The ports over values in memory: for tests, demos, one machine, and the few small things an application has at hand.

mod catalog;
mod indexes;
mod progress;
mod revocations;
mod screens;
mod source;
mod tokens;

pub use catalog::MemoryCatalog;
pub use indexes::MemoryIndexes;
pub use progress::MemoryProgress;
pub use revocations::MemoryRevocations;
pub use screens::MemoryScreens;
pub use source::MemorySource;
pub use tokens::MemoryTokens;

//! Storage tiers: `hot` memory over `warm` local disk over a `cold` source of any kind.
//!
//! ```text
//! read ──▶ hot: blocks in memory, bounded by bytes, admission by frequency
//!            └▶ warm: blocks on a local disk, bounded by bytes, checksummed, kept over a restart
//!                 └▶ cold: the ByteSource below: an object store, a network file system, a slow disk
//! ```
//!
//! A [`TieredSource`] is a [`ByteSource`](flaskflix_core::source::ByteSource) itself, so nothing above it knows. Each tier may be left
//! out. What lies where:
//!
//! | file | what it holds |
//! |---|---|
//! | `source`, `object` | the port: opening, reading |
//! | `reader`, `cursor` | one read, as a walk over blocks |
//! | `block` | how objects are cut into blocks, and their names |
//! | `stack` | where a block is found; single-flight |
//! | `flight`, `fill` | a block on its way up, shared by all who wait for it |
//! | `memory` | the hot tier |
//! | `disk/` | the warm tier |
//! | `ahead` | who reads on where somebody stopped: prefetch |
//! | `stats` | what is counted |
//!
//! # Blocks
//! Objects are cut into aligned blocks ([`TierOptions::block_bytes`]). A block is named by key, length, strong entity tag and number:
//! blocks of two versions of an object never meet, and nothing ever has to be invalidated. Blocks of versions that nobody reads any
//! more go when room is needed.
//!
//! # Memory
//! The hot tier's bound, [`TierOptions::max_fill_bytes`] for blocks on their way, and at most one block for every read under way.
//! When too many blocks are on their way, reads of further ones go straight to the cold source and leave nothing behind.

mod ahead;
mod block;
mod cursor;
mod disk;
mod fill;
mod flight;
mod memory;
mod object;
mod options;
mod reader;
mod source;
mod stack;
mod stats;

pub use options::TierOptions;
pub use source::TieredSource;
pub use stats::TierStats;

//! The warm tier: blocks as files in a folder of a local disk.
//!
//! | file | what it holds |
//! |---|---|
//! | `store` | the tier: reads, writes, makes room |
//! | `shelf` | which blocks there are, and which goes next |
//! | `folder` | names and files; the lock; what is found at the start |
//! | `block_file` | the format of a file, with its checksums |
//!
//! A block is written under another name and renamed when it is whole, without waiting for the disk: what a crash of the machine
//! leaves half written fails its checksums and is fetched again. What a killed process leaves is removed at the next start, which is
//! safe because the folder is locked.

mod block_file;
mod folder;
mod shelf;
mod store;

pub(super) use store::Disk;

//! Local files: a folder as byte source and as catalogue. Linux only.
//!
//! Nothing outside the folder can be reached, whatever a key or a symbolic link says: every name is resolved
//! by the kernel beneath the open folder (`openat2` with `RESOLVE_BENEATH`), so there is no moment between a
//! check and its use.
//!
//! [`LocalFiles`] reads and lists, [`FolderCatalog`] says which titles there are, [`IndexFolder`] keeps what was
//! read of them.

pub(crate) mod blocking;
mod buffers;
mod catalog;
mod folder;
mod gather;
mod held_files;
mod identity;
mod index_folder;
mod index_shelf;
mod known_films;
mod listing;
mod local_files;
mod open_file;
mod options;
mod reader;
mod root;
mod send;
mod settle;
mod sidecars;
mod stream;

pub use catalog::{FolderCatalog, TooManyTitles};
pub use folder::{FolderEntry, FolderListing};
pub use index_folder::{IndexFolder, IndexFolderOptions};
pub use local_files::LocalFiles;
pub use options::{ReadOptions, ReadStats};

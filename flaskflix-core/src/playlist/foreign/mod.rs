//! Playlists that somebody else wrote: read within limits, checked, and written anew with URIs that stay in their folder.
//!
//! | file | what it holds |
//! |---|---|
//! | `playlist` | a checked playlist and its rewritten text |
//! | `child_path` | from a URI to the name of a file below the folder |
//! | `scan`, `tag`, `attributes`, `media_reader` | our strict reader |
//! | `second_reader` | `m3u8-rs`, which must find the same URIs |
//! | `limits`, `error` | what reading may cost, and why a playlist is refused |

mod attributes;
mod child_path;
mod error;
mod limits;
mod media_reader;
mod playlist;
mod scan;
mod second_reader;
mod tag;
#[cfg(test)]
mod tests;

pub use child_path::{ChildPath, FileKind, UriFault};
pub use error::{PlaylistError, PlaylistFault};
pub use limits::PlaylistLimits;
pub use playlist::{ForeignMedia, ForeignPlaylist, ForeignSegment};

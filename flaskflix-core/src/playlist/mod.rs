//! HLS playlists ([RFC 8216bis](https://datatracker.ietf.org/doc/html/draft-ietf-hls-rfc8216bis)) through one
//! deterministic writer: the same plan gives the same bytes, and no text can break out of its attribute.
//!
//! This module knows the syntax; what stands in a playlist is decided by [`package`](crate::package).

mod foreign;
mod language;
mod media;
mod multivariant;
mod urls;
mod write;

pub use foreign::{
    ChildPath, FileKind, ForeignMedia, ForeignPlaylist, ForeignSegment, PlaylistError, PlaylistFault,
    PlaylistLimits, UriFault,
};
pub use language::Language;
pub(crate) use media::{MediaPlaylist, MediaSegment};
pub(crate) use multivariant::{AudioRendition, MultivariantPlaylist, Variant};
pub use urls::PlaylistUrls;

//! HLS playlists ([RFC 8216bis](https://datatracker.ietf.org/doc/html/draft-ietf-hls-rfc8216bis)) through one
//! deterministic writer: the same plan gives the same bytes, and no text can break out of its attribute.
//!
//! This module knows the syntax; what stands in the playlists of packaged titles is decided by [`package`](crate::package). For
//! finished HLS it reads what others wrote ([`ForeignPlaylist`]) and writes what stands above it ([`quality_playlist`]).

mod foreign;
mod key_frames;
mod language;
mod media;
mod multivariant;
mod quality;
mod urls;
mod write;

pub use foreign::{
    ChildPath, FileKind, ForeignMedia, ForeignPlaylist, ForeignSegment, PlaylistError, PlaylistFault,
    PlaylistLimits, UriFault,
};
pub(crate) use key_frames::KeyFramePlaylist;
pub use language::Language;
pub(crate) use media::{MediaPlaylist, MediaSegment, SegmentContent, target_secs};
pub(crate) use multivariant::{
    AudioRendition, KeyFrameVariant, MultivariantPlaylist, SessionData, Start, SubtitleRendition, Variant,
};
pub use quality::{DeclaredRate, Quality, StreamFacts, nominal_bandwidth, quality_playlist};
pub use urls::PlaylistUrls;

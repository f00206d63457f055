//! Titles that are not packaged: finished HLS in our storage, several qualities of it, streams on other hosts.
//!
//! | file | what it holds |
//! |---|---|
//! | `folder` | playlists of finished HLS, checked and rewritten, and the files below their folder |
//! | `qualities` | our own playlist above several qualities |
//! | `survey` | what one quality is, measured at its files |
//! | `elsewhere` | the address of a stream on another host |
//!
//! `docs/DELIVERY.md` says what is served and what is refused.

mod elsewhere;
mod folder;
mod qualities;
mod survey;

pub(crate) use elsewhere::{Elsewhere, is_offered};
pub(crate) use folder::Folders;
pub(crate) use qualities::Qualities;

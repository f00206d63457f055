//! Just-in-time packaging: MP4 indexes to a plan, the plan to init segments, media segments and playlists.
//!
//! All of it is arithmetic on indexes; no media byte is read here. A media segment is a
//! [`VirtualObject`](crate::object::VirtualObject): generated `styp`/`moof`/`mdat` header bytes, then ranges of
//! the source file. The rules are in `docs/PACKAGING.md`.

mod bandwidth;
mod boundaries;
mod dash;
mod error;
mod frame_rate;
mod index_records;
mod index_store;
mod init;
mod key_frames;
mod ladder;
mod manifest;
mod material;
mod min_buffer;
mod names;
mod options;
mod plan;
mod presentation;
mod sample_entry;
mod segment;
mod stream;
mod survey;
mod text;
mod timeline;

pub(crate) use bandwidth::{SegmentCost, bit_rate};
pub use error::{PackageError, Warning};
pub use index_records::{IndexRecords, RecordsError};
pub use index_store::{DirectIndex, IndexError, IndexStore};
pub use material::{Input, Material};
pub use options::{PackageOptions, StartPoint};
pub use presentation::Presentation;
pub use stream::{SegmentStart, StreamKind, StreamPlan};
pub use text::{ChapterRead, SubtitleFault, SubtitleInput, SubtitleStream, TextPart, TextRead};

//! Subtitles and chapters of a title: planned from tracks and from files beside the film, read and written when asked for.
//!
//! | file | what it holds |
//! |---|---|
//! | `input` | a file of subtitles, read |
//! | `track` | which tracks are subtitles, and when their samples are shown |
//! | `plan` | subtitle streams, cut where the film is cut |
//! | `list` | what the viewer's menu says |
//! | `read` | what must be read for a segment or the whole, and what is made of it |
//! | `chapters` | chapters, of a track or of a list |

mod chapters;
mod input;
mod list;
mod plan;
mod read;
mod track;

pub use chapters::ChapterRead;
pub use input::{SubtitleFault, SubtitleInput};
pub use list::SubtitleStream;
pub use read::{TextPart, TextRead};

pub(super) use chapters::ChapterPlan;
pub(super) use plan::{TextOrigin, streams};
pub(super) use track::TextFormat;

//! Timed text: subtitles and chapters, read from files and tracks, written as `WebVTT`.
//!
//! | file | what it holds |
//! |---|---|
//! | `cue` | one cue, and the cues of one language in order |
//! | `error` | what is wrong with a file, and in which line |
//! | `limits` | how large a file may be |
//! | `encoding` | bytes to text: UTF-8, UTF-16, Windows-1252 |
//! | `timestamp` | `00:01:02.500`, and `SubRip`'s `00:01:02,500` |
//! | `markup` | text that cannot break out of its cue; `SubRip`'s tags |
//! | `webvtt`, `subrip` | the two formats of files |
//! | `tx3g`, `wvtt` | the two formats of samples in MP4 tracks |
//! | `write` | `WebVTT` in one piece, and cut into segments |
//! | `chapters` | chapters as JSON and as `WebVTT` |
//!
//! Everything that is read is bounded, and the error names the line and the limit. What comes out is well-formed whatever
//! went in: no payload holds a blank line or an arrow, no text opens a tag.

mod chapters;
mod cue;
mod encoding;
mod error;
mod limits;
mod markup;
mod subrip;
mod timestamp;
pub(crate) mod tx3g;
mod webvtt;
mod write;
pub(crate) mod wvtt;

pub use chapters::{Chapter, chapters_json, chapters_vtt};
pub use cue::{Cue, Cues};
pub use error::{TextError, TextFault};
pub use limits::{MAX_CUE_BYTES, MAX_CUES, MAX_FILE_BYTES, MAX_HEADER_BYTES, MAX_LINE_BYTES};
pub use subrip::parse_subrip;
pub use webvtt::parse_webvtt;

pub(crate) use encoding::decode_short;
pub(crate) use write::{segment, whole};

//! Makes valid MP4 films from lists of samples, progressive or in fragments.
//!
//! The films are for parsers and packagers: their configuration records are real, their samples are filler that
//! no decoder would like. Sample `n` of track `t` (from 0) is filled with the byte `31 * t + n` (modulo 256).

mod boxes;
mod entry;
mod fragments;
mod long_film;
mod movie;

pub use entry::{picture_entry, sound_entry};
pub use fragments::{TestBase, TestFragments};
pub use long_film::{index_start, long_film};
pub use movie::{MOVIE_TIMESCALE, TestCodec, TestMovie, TestSample, TestTrack};

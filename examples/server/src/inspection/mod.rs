//! Looking into a movie's streams: what they hold, and whether they can be played.
//!
//! | file | what it holds |
//! |---|---|
//! | `report` | what was found |
//! | `inspect` | from a movie's columns to the right way of looking |
//! | `film` | MP4 files: their tracks, and the streams that are planned from them |
//! | `hls` | finished playlists |
//! | `reasons` | errors in the words of the person who can mend them |
//!
//! Nothing on another host is ever fetched.

mod film;
mod hls;
mod inspect;
mod reasons;
mod report;

pub(crate) use inspect::{inspect, of_movie};
pub(crate) use reasons::sentence;
pub(crate) use report::{Inspection, State};

//! Subtitles and chapters: from tracks and files to what players get.

mod chapters;
mod files;
mod stage;
mod tracks;

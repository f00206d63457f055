//! Covers, and the MP4 index: against ffprobe on real files, against a plain model on made ones, against hostile ones, and
//! its cost.

mod cost;
mod cover;
mod hostile;
mod model;
mod movie;
mod real_files;

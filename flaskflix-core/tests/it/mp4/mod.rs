//! The MP4 index: against ffprobe on real files, against hostile ones, and its cost.

mod real_files;

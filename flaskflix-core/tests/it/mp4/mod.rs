//! Covers, and the MP4 index: against ffprobe on real files, against a plain model on made ones, against hostile ones, in
//! fragments, and its cost.

mod cost;
mod cover;
#[expect(clippy::cast_sign_loss, reason = "test films are small")]
mod edits;
#[expect(clippy::cast_possible_truncation, reason = "test films are small")]
mod fragments;
mod hostile;
mod model;
mod movie;
#[expect(clippy::cast_possible_truncation, reason = "test films are small")]
mod odd_tables;
mod real_files;
mod record;

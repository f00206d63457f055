//! Packaging, against a small demuxer that knows nothing of the packager, and playlists against two parsers.

mod codecs;
mod dash;
mod demux;
mod film;
mod fragments;
mod key_frames;
mod ladders;
mod plan;
mod playlists;
mod segments;
mod starts;
mod text;

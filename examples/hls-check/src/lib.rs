//! Every sample arrives: an HLS title is compared with the files it was made from, by `ffprobe` alone.
//!
//! The check knows nothing of FlaskFlix: it reads playlists over HTTP with its own small reader, downloads what a
//! client would download, and lets `ffprobe` name the packets on both sides. So it says the same about any
//! packager.
//!
//! | room | what it does |
//! |---|---|
//! | [`fetch`] | HTTP GET over a plain socket, relative references |
//! | [`playlist`] | multivariant and media playlists, only what the check needs |
//! | [`encryption`] | AES-128 of whole segments, taken off again |
//! | [`probe`] | runs `ffprobe`, packets as values |
//! | [`compare`] | packets and clocks of two tracks: pure |
//! | [`bandwidth`] | peak and average bit rates as RFC 8216bis defines them: pure |
//! | [`attributes`] | what the multivariant playlist says, against `ffprobe` and `mp4-atom`: pure |
//! | [`codec_string`] | codec strings derived anew with `mp4-atom`: pure |
//! | [`opinion`] | `mp4-atom`, `mp4box`, `m3u8-rs`, `quick-m3u8` and `ffmpeg` read the same |
//! | [`subtitles`] | every cue in every segment that it touches, against `ffmpeg`'s reading of the source |
//! | [`key_frames`] | I-frame playlists: every entry is one key frame of the film, at its time, and is decoded |
//! | [`description`] | the DASH description by `dash-mpd-core`: the same segments at the same times |
//! | [`segments`] | what each downloaded segment really holds |
//! | [`expectation`] | the table of titles that are not simply right: refused, in part, like another |
//! | [`title`] | one title from master URL to report |
//! | [`judge`](mod@judge) | what is wrong with what was downloaded: pure |
//! | [`report`] | the table for people, JSON for programs |
//! | [`origin`] | starts `flaskflix-origin` and walks its titles |

pub mod attributes;
pub mod bandwidth;
pub mod codec_string;
pub mod compare;
pub mod description;
pub mod encryption;
pub mod error;
pub mod expectation;
pub mod fetch;
pub mod judge;
pub mod key_frames;
pub mod opinion;
pub mod origin;
pub mod playlist;
pub mod probe;
pub mod report;
pub mod segments;
pub mod subtitles;
pub mod title;

//! The shape of our URLs: parse and format side by side, so that playlists and router cannot drift.
//!
//! ```text
//! /stream/{movie_id}/video
//! /stream/{movie_id}/master.m3u8
//! /stream/{movie_id}/manifest.mpd | key | chapters.json | chapters.vtt
//! /stream/{movie_id}/{stream}/index.m3u8 | init.mp4 | {n}.m4s
//! /stream/{movie_id}/{stream}/iframes.m3u8 | k{n}.m4s         video
//! /stream/{movie_id}/{stream}/{n}.vtt | subtitles.vtt         subtitles
//! /stream/{movie_id}/files/{path...}          below the folder of a finished HLS stream
//! /stream/{movie_id}/variants/{height}p/{path...}   below the folder of one quality's playlist
//! /stream/{movie_id}/t/{token}/...            the same, with the token in the path
//! /stream/{movie_id}/token | progress         feature `viewer`
//! /continue-watching                          feature `viewer`
//! ```
//!
//! Every path segment is percent-decoded exactly once, here, and what comes out is what is authorised *and* served.
//! Anything that is not of this shape (empty segments, a trailing slash, an encoded slash, `.` and `..`, a bad
//! escape, a number with a leading zero) is no route at all: 404 on every method.
//!
//! | file | what it holds |
//! |---|---|
//! | `address` | a title's address: parse and format |
//! | `api` | the addresses of the JSON endpoints: parse and format |
//! | `target` | the resources of a title and their names |
//! | `escape` | path segments: decoded once, written one way |
//! | `redact` | request targets as they may be logged |
//! | `label` | kinds of resources, for metrics and logs |

mod address;
#[cfg(feature = "viewer")]
mod api;
mod escape;
mod label;
mod redact;
mod target;

pub use address::Route;
#[cfg(feature = "viewer")]
pub use api::ApiRoute;
pub use escape::encode_segment;
pub use label::RouteLabel;
pub use redact::redacted;
pub use target::{RelativeUrls, StreamName, Target};

#[cfg(test)]
mod tests;

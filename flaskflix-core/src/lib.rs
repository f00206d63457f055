//! The pure heart of FlaskFlix.
//!
//! Everything here is a value or a decision: no I/O, no runtime, no web framework. Adapters
//! (`flaskflix-storage`) fill the traits, the edge (`flaskflix-http`) turns decisions into responses.
//!
//! | module | what it decides |
//! |---|---|
//! | [`catalog`], [`source`] | the ports an application implements: which titles exist, where their bytes are |
//! | [`access`] | the ports that decide about viewers: entitlement, rate limits, screens, revocations, URLs of other hosts |
//! | [`progress`] | how far a viewer is: which report counts, what is watched, what to continue |
//! | [`token`] | who may watch what until when: Common Access Tokens, HMAC-SHA256 key ring, [`token::Grant`] |
//! | [`range`], [`validator`], [`plan`] | RFC 9110 sections 8.8, 13 and 14: which bytes a request gets |
//! | [`encrypt`] | AES-128 of media segments: keys, vectors, the cipher |
//! | [`object`] | the virtual object: files and packaged segments as one ordered list of pieces |
//! | [`mp4`] | ISO BMFF: a bounded reader that indexes any real MP4, a small box writer |
//! | [`mpegts`] | the start of a transport stream: codecs, size, frame rate |
//! | [`package`] | index to segment plan to init and media segments, all just in time |
//! | [`playlist`] | HLS playlists through one deterministic writer |
//! | [`text`] | subtitles and chapters: `WebVTT`, `SubRip`, the text tracks of MP4 |
//!
//! [`ErrorChain`] shows an error with its causes.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod access;
pub mod catalog;
mod dash;
pub mod encrypt;
mod error_chain;
pub mod id;
pub mod mp4;
pub mod mpegts;
pub mod object;
pub mod package;
pub mod plan;
pub mod playlist;
pub mod progress;
pub mod range;
mod short_text;
pub mod source;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
pub mod time;
pub mod token;
pub mod validator;

pub use bytes::Bytes;
pub use error_chain::ErrorChain;

//! How samples are encoded: codec strings ([RFC 6381](https://www.rfc-editor.org/rfc/rfc6381)) out of the
//! configuration records.

mod av1_sequence;
mod bits;
mod description;
mod names;
mod sound;

pub(super) mod aac;
pub(super) mod ac3;
pub(super) mod av1;
pub(super) mod avc;
pub(super) mod colour;
pub(super) mod dolby_vision;
pub(super) mod esds;
pub(super) mod hevc;
pub(super) mod lossless;
pub(super) mod mp3;
pub(super) mod opus;
pub(super) mod vp9;

pub(crate) use bits::Bits;
pub(super) use colour::Colour;
pub use description::{Codec, ParameterSets, Unsupported};
pub(crate) use hevc::Profile as HevcProfile;
pub(super) use sound::Sound;

//! How samples are encoded: codec strings ([RFC 6381](https://www.rfc-editor.org/rfc/rfc6381)) out of the
//! configuration records.

mod bits;
mod description;

pub(super) mod aac;
pub(super) mod avc;
pub(super) mod esds;
pub(super) mod hevc;

pub(crate) use bits::Bits;
pub use description::{Codec, ParameterSets, Unsupported};
pub(crate) use hevc::Profile as HevcProfile;

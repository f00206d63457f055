//! How samples are encoded: codec strings (RFC 6381) out of the configuration records.

mod description;

pub use description::{Codec, ParameterSets, Unsupported};

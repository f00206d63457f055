//! Byte ranges: the half-open value all of FlaskFlix computes with.

mod byte_range;

pub use byte_range::ByteRange;

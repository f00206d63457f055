//! Byte ranges ([RFC 9110 section 14](https://www.rfc-editor.org/rfc/rfc9110#section-14)).
//!
//! A `Range` header goes through two steps: [`RangeSet::parse`] is the grammar and knows nothing of the object,
//! [`resolve`] holds the set against an object's length. Both are total and allocate next to nothing, but
//! for several parts. [`Multipart`] lays out the body of an answer with several parts; [`ByteRange`] is the half-open
//! value that all of FlaskFlix computes with.

mod byte_range;
mod content_range;
mod multipart;
mod resolve;
mod syntax;

pub use byte_range::ByteRange;
pub use content_range::ContentRange;
pub use multipart::{Boundary, Multipart, MultipartPiece};
pub use resolve::{ASSUMED_MEDIA_TYPE_BYTES, Resolution, resolve};
pub use syntax::{MAX_RANGE_BYTES, MAX_RANGE_SPECS, RangeSet, RangeSpec, RangeSyntaxError};

//! DASH media presentation descriptions (ISO/IEC 23009-1) through one deterministic writer: the same plan gives the same bytes, and
//! no text can break out of its attribute.
//!
//! This module knows the syntax; what stands in the description of a title is decided by [`package`](crate::package).

mod adaptation_set;
mod description;
mod segments;
mod xml;

pub(crate) use adaptation_set::{
    AdaptationSet, Colour, Content, Picture, Representation, Role, Sound, lowest_terms,
};
pub(crate) use description::Description;
pub(crate) use segments::Timeline;

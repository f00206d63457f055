//! Validators: entity tags (RFC 9110 section 8.8).

mod entity_tag;

pub use entity_tag::{EntityTag, InvalidEntityTag};

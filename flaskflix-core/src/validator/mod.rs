//! Validators and preconditions (RFC 9110 sections [8.8](https://www.rfc-editor.org/rfc/rfc9110#section-8.8) and
//! [13](https://www.rfc-editor.org/rfc/rfc9110#section-13)).
//!
//! [`EntityTag`] and [`HttpDate`] are the two validators of an object; [`evaluate`] holds the conditional headers
//! of a request against them, step by step as section 13.2.2 numbers them.

mod entity_tag;
mod http_date;
mod precondition;
mod tag_list;

pub use entity_tag::{EntityTag, InvalidEntityTag};
pub use http_date::{HttpDate, last_modified};
pub use precondition::{Verdict, evaluate};

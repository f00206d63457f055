//! The HTTP edge of FlaskFlix: `http` types in, decisions of `flaskflix-core`, an exact-length body out.

mod body;
pub mod route;
#[cfg(feature = "serve")]
pub mod serve;
mod trace;

pub use body::{Body, BodyError};

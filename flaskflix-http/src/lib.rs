//! The HTTP edge of FlaskFlix: `http` types in, decisions of `flaskflix-core`, an exact-length body out.

pub mod route;

//! The HTTP edge of FlaskFlix: `http` types in, decisions of `flaskflix-core`, an exact-length body out.
//!
//! The public interface is:
//!
//! | item | what it is |
//! |---|---|
//! | [`Streamer`] | the tower service an application embeds, with its builder |
//! | [`Body`] | the body of its responses: exactly the announced length, or an error |
//! | [`route`] | the shape of our URLs, for links to players |
//! | [`Cors`] | which web pages may play from another origin |
//! | [`axum`] | the streamer as a router of an axum app (feature `axum`) |
//! | [`serve`] | an accept loop with deadlines, caps and a drain (feature `serve`) |
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `axum` | yes | `axum::router` |
//! | `serve` | yes | `serve::Server`; needs tokio |
//!
//! What every request gets is written in `docs/HTTP.md`.

#[cfg(feature = "axum")]
pub mod axum;
mod body;
mod config;
mod cors;
mod encoding;
mod media_type;
mod presentations;
mod request;
mod response;
pub mod route;
#[cfg(feature = "serve")]
pub mod serve;
mod service;
mod status;
mod streamer;
mod trace;

pub use body::{Body, BodyError};
pub use cors::{Cors, InvalidCors};
pub use streamer::{BuildError, InfallibleFuture, ResponseFuture, Streamer, StreamerBuilder};

//! The HTTP edge of FlaskFlix: `http` types in, decisions of `flaskflix-core`, an exact-length body out.
//!
//! The public interface is:
//!
//! | item | what it is |
//! |---|---|
//! | [`Streamer`] | the tower service an application embeds, with its builder |
//! | [`Body`] | the body of its responses: exactly the announced length, or an error |
//! | [`route`] | the shape of our URLs, for links to players |
//! | [`metrics`] | what is counted, and its names |
//! | [`Cors`] | which web pages may play from another origin |
//! | [`Offload`] | leaves the bytes of plain files to the web server in front |
//! | [`viewer`] | tokens, progress and "continue watching" as JSON (feature `viewer`) |
//! | [`Vod`] | streamer and viewer API as one service (feature `viewer`) |
//! | [`axum`] | the streamer as a router of an axum app (feature `axum`) |
//! | [`serve`] | an accept loop with deadlines, caps and a drain (feature `serve`) |
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `axum` | yes | `axum::router`, `axum::vod_router` |
//! | `serve` | yes | `serve::Server` |
//! | `tls` | no | `serve::Tls`, `Server::tls`: TLS 1.2 and 1.3 in the accept loop |
//! | `viewer` | yes | `viewer::ViewerApi`, `Vod` |
//!
//! What every request gets is written in `docs/HTTP.md`.

mod admission;
#[cfg(feature = "axum")]
pub mod axum;
mod body;
mod config;
mod cors;
mod decision;
mod delivery;
mod encoding;
#[cfg(all(unix, feature = "serve"))]
mod hot;
mod media_type;
pub mod metrics;
mod offload;
mod packaged;
#[cfg(any(feature = "serve", feature = "viewer"))]
mod peer;
mod playlist;
mod request;
mod response;
pub mod route;
#[cfg(feature = "serve")]
pub mod serve;
mod service;
mod status;
mod streamer;
mod trace;
#[cfg(feature = "viewer")]
pub mod viewer;
#[cfg(feature = "viewer")]
mod vod;

pub use body::{Body, BodyError};
pub use cors::{Cors, InvalidCors};
pub use offload::{InvalidOffload, Offload};
pub use streamer::{BuildError, InfallibleFuture, ResponseFuture, Streamer, StreamerBuilder};
#[cfg(feature = "viewer")]
pub use vod::Vod;

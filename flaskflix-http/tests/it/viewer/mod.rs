//! The JSON endpoints: tokens, progress, continue watching.

mod bodies;
mod garbage;
mod limits;
mod opaque;
mod progress;
mod refusals;
mod revoked;
mod row;
mod scene;
mod screens;
mod tokens;
mod told;
mod vod;

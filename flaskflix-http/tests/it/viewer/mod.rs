//! The JSON endpoints: tokens, progress, continue watching.

mod bodies;
mod garbage;
mod limits;
mod progress;
mod refusals;
mod row;
mod scene;
mod tokens;
mod told;
mod vod;

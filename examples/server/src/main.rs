//! `flaskflix-server`: the example OTT server. Log in, browse, watch, leave, come back where you were.
//!
//! | module | what it holds |
//! |---|---|
//! | `app` | the state that handlers share, and the whole router |
//! | `web` | pages and forms |
//! | `ops` | health, metrics, the OpenAPI document, the request log |

mod app;
mod ops;
mod web;

fn main() {}

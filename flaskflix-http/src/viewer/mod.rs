//! What viewers do beside watching: get a stream token, leave their position, come back to it (feature `viewer`).
//!
//! [`ViewerApi`] is a tower service over some JSON endpoints; [`Vod`](crate::Vod) puts it in front of a
//! [`Streamer`](crate::Streamer). Who asks is the application's to say: its own middleware puts a [`Viewer`] into the
//! request's extensions, and a [`ClientAddress`] when addresses are to be limited.
//!
//! ```text
//! GET                    /stream/{movie_id}/token       a stream token, and the URL to play
//! GET POST PUT DELETE    /stream/{movie_id}/progress    one viewer's position in one title
//! GET DELETE             /continue-watching             what a viewer can go on with
//! GET                    /screens                       where a viewer watches now
//! DELETE                 /screens/{id}                  ends one of them
//! ```
//!
//! What each of them takes and answers is written in `docs/HTTP.md`.
//!
//! | file | what it holds |
//! |---|---|
//! | `api` | the service |
//! | `builder` | its settings |
//! | `desk` | the way of a request: who asks, how often, what for |
//! | `mint`, `progress`, `row`, `screens` | the endpoints |
//! | `documents` | the JSON that goes out |
//! | `received` | the bodies that come in: bounded in size and time |
//! | `fields` | the fields of a body, each of one type |
//! | `cursor` | where a page of the row begins |
//! | `identity` | the extensions that say who asks, and from where |
//! | `proxies` | the client's address behind proxies |
//! | `rate_limit` | quotas in the memory of this process |
//! | `counters` | what the token endpoint counts |

mod api;
mod builder;
mod counters;
mod cursor;
mod desk;
mod documents;
mod fields;
mod identity;
mod mint;
mod progress;
mod proxies;
mod rate_limit;
mod received;
mod row;
mod screens;

pub use crate::peer::PeerAddress;
pub use api::ViewerApi;
pub use builder::{BuildError, ViewerApiBuilder};
pub use identity::{ClientAddress, LogIn, Viewer};
pub use proxies::{InvalidSubnet, Subnet, TrustedProxies};
pub use rate_limit::LocalRateLimit;

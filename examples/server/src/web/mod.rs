//! Pages and forms.
//!
//! | file | what it holds |
//! |---|---|
//! | `stack` | the middleware around everything, in order |
//! | `media` | media beside the router, as one service with it |
//! | `problem` | what went wrong, as a page for people or JSON for programs |
//! | `headers` | the security headers |
//! | `csrf` | forms and scripts of other sites change nothing here |
//! | `identity` | who is it: the session's user, for handlers and for the library |
//! | `doors` | how often one may knock: log-in and registration |
//! | `sign_in`, `account` | register, log in, log out, change the password |
//! | `layout`, `card`, `paging`, `wording` | what several pages show |
//! | the others | one page each |

mod account;
pub(crate) mod admin;
mod card;
mod csrf;
mod doors;
mod headers;
pub(crate) mod home;
mod identity;
mod layout;
mod media;
pub(crate) mod movie;
mod paging;
pub(crate) mod posters;
mod problem;
pub(crate) mod sign_in;
mod stack;
pub(crate) mod static_files;
pub(crate) mod watch;
pub(crate) mod wording;

use axum::Router;

pub(crate) use doors::Doors;
pub(crate) use identity::{Admin, SignedIn, USER_KEY, Visitor};
pub(crate) use layout::Layout;
pub use media::service;
pub(crate) use problem::{Problem, page};
pub(crate) use stack::{library, protected};

use crate::app::App;

/// Every page.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(sign_in::routes())
        .merge(account::routes())
        .merge(home::routes())
        .merge(movie::routes())
        .merge(posters::routes())
        .merge(static_files::routes())
        .merge(watch::routes())
        .merge(admin::routes())
}

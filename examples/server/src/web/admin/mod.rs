//! The admin pages: movies and users.
//!
//! | file | what it holds |
//! |---|---|
//! | `movies` | the list of movies, and deleting one |
//! | `edit` | adding and editing a movie |
//! | `form` | what was typed into the form, and what is wrong with it |
//! | `upload` | reading the form with its image |
//! | `probe` | a look into a film while it is being chosen |
//! | `browse` | the files below the media folder |
//! | `users` | the list of users, and changing them |

mod browse;
mod edit;
mod form;
mod movies;
mod probe;
mod upload;
mod users;

use axum::Router;

use crate::app::App;

/// The routes of this folder.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(movies::routes())
        .merge(edit::routes())
        .merge(probe::routes())
        .merge(browse::routes())
        .merge(users::routes())
}

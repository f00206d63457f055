//! What comes after a movie.

use flaskflix_core::id::TitleId;
use flaskflix_storage::sql::{Movie, MovieQuery};

use super::poster;
use crate::{accounts::User, app::App, web::Problem};

/// The movie that the page offers at the end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) id: i64,
    pub(super) title: String,
    pub(super) poster: String,
}

/// The movie behind this one in the catalogue that the viewer has not seen to its end. `None` when there is none.
pub(super) async fn after(app: &App, user: &User, movie: &Movie) -> Result<Option<Next>, Problem> {
    let query = MovieQuery {
        limit: LOOK_AT,
        ..MovieQuery::default()
    };
    let list = app.movies().list(&query).await?;
    let Ok(viewer) = user.viewer() else {
        return Ok(None);
    };
    let ids: Vec<TitleId> = list.iter().map(Movie::title_id).collect();
    let entries = app.progress().entries(&viewer, &ids).await?;
    let is_seen = |movie: &Movie| {
        let id = movie.title_id();
        entries.iter().any(|entry| entry.title == id && entry.finished)
    };
    Ok(behind(&list, movie.id)
        .find(|movie| !is_seen(movie))
        .map(|movie| Next {
            id: movie.id,
            title: movie.title.clone(),
            poster: poster(movie),
        }))
}

/// The others, from the one behind `id` to the end and on from the beginning.
fn behind(list: &[Movie], id: i64) -> impl Iterator<Item = &Movie> {
    let place = list
        .iter()
        .position(|movie| movie.id == id)
        .map_or(0, |place| place + 1);
    let (before, behind) = list.split_at(place);
    behind.iter().chain(before).filter(move |movie| movie.id != id)
}

/// A larger catalogue has a next movie among its newest ones.
const LOOK_AT: u32 = 100;

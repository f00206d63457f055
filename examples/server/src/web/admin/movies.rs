//! The list of movies, and deleting one.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use flaskflix_storage::sql::{Movie, MovieQuery};
use futures_util::future::join_all;
use serde::Deserialize;

use crate::{
    app::App,
    inspection::{self, Inspection},
    web::{
        Admin, Problem, Visitor, card, layout::Layout, movie::find, paging::Pages, posters, problem::page,
        wording,
    },
};

/// The routes of this file.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin", get(list))
        .route("/admin/movies/{id}/delete", post(delete))
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: String,
    #[serde(default)]
    done: String,
}

async fn list(
    State(app): State<App>,
    Admin(user): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let search: String = asked.q.trim().chars().take(100).collect();
    let total = app.movies().count(Some(&search)).await?;
    let pages = Pages::new(
        "/admin",
        &search,
        asked.page.parse().unwrap_or(1),
        total,
        PER_PAGE,
    );
    let query = MovieQuery {
        search: Some(search.clone()),
        limit: PER_PAGE,
        offset: pages.offset(PER_PAGE),
    };
    let movies = app.movies().list(&query).await?;
    let looks = movies.iter().map(|movie| inspection::of_movie(&app, movie));
    let found = join_all(looks).await;
    let rows = movies
        .iter()
        .zip(found)
        .map(|(movie, found)| Row::of(movie, found))
        .collect();
    page(&Movies {
        layout: Layout::of(&app, &Visitor(Some(user))),
        count: wording::count(total, "movie", "movies"),
        done: (asked.done == "deleted").then_some("The movie was deleted."),
        search,
        rows,
        pages,
    })
}

/// Deletes a movie, everybody's place in it, and its poster; never a film's file.
async fn delete(
    State(app): State<App>,
    Admin(user): Admin,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let movie = find(&app, &id).await?;
    app.movies().remove(movie.id).await?;
    posters::forget(&app, movie.poster.as_deref()).await?;
    tracing::info!(movie = movie.id, admin = user.id, "movie deleted");
    Ok(Redirect::to("/admin?done=deleted").into_response())
}

/// One movie of the list.
struct Row {
    id: i64,
    title: String,
    poster: String,
    facts: String,
    delivery: &'static str,
    duration: String,
    state: inspection::State,
}

impl Row {
    fn of(movie: &Movie, found: Inspection) -> Self {
        let facts = [
            movie.release_year.map(|year| year.to_string()),
            Some(movie.genre.clone()),
        ];
        let facts: Vec<String> = facts
            .into_iter()
            .flatten()
            .filter(|fact| !fact.is_empty())
            .collect();
        Self {
            id: movie.id,
            title: movie.title.clone(),
            poster: posters::url(movie),
            facts: facts.join(" · "),
            delivery: found.delivery,
            duration: card::duration(movie)
                .or(found.duration)
                .map(wording::clock)
                .unwrap_or_default(),
            state: found.state,
        }
    }
}

#[derive(Template)]
#[template(path = "admin/movies.html")]
struct Movies {
    layout: Layout,
    search: String,
    count: String,
    done: Option<&'static str>,
    rows: Vec<Row>,
    pages: Pages,
}

/// Every movie of a page is looked into: not too many at once.
const PER_PAGE: u32 = 25;
